"""The HTML report: self-contained, safe against what targets answer, and complete."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from render.samples import finding, make_record, verdict, write_exchanges

from bookproof.render.html import LONGEST_BODY, render_html
from bookproof.render.record import Exchanges, RunRecord
from bookproof.verdict import Outcome, TargetSummary

VOID = {"meta", "input", "br", "hr", "img", "link"}


class Page(HTMLParser):
    """Collects tags and attributes, and checks that tags are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(html: str) -> Page:
    page = Page()
    page.feed(html)
    page.close()
    assert page.open == []
    return page


def html_of(record: RunRecord, folder: Path | None = None) -> str:
    return render_html(record, Exchanges(folder), folder)


@pytest.mark.parametrize("name", ["green", "mixed", "raced"])
def test_nothing_is_fetched_and_nothing_is_scripted(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    write_exchanges(tmp_path)
    html = html_of(request.getfixturevalue(name), tmp_path)
    page = read(html)
    assert not {"script", "link", "img", "iframe", "object", "embed", "base", "form"} & {tag for tag, _ in page.tags}
    for tag, attributes in page.tags:
        assert not {"src", "href", "srcset", "action", "data"} & set(attributes), tag
        assert not [attribute for attribute in attributes if attribute.startswith("on")], tag
    assert "url(" not in html
    assert "@import" not in html
    policy = next(a["content"] for t, a in page.tags if t == "meta" and a.get("http-equiv"))
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_hostile_text_is_text(tmp_path: Path) -> None:
    nasty = '</pre><script>alert(1)</script><img src=x onerror="alert(2)">{{ 7*7 }}{% raw %}\x1b[31m\u202eevil'
    write_exchanges(
        tmp_path,
        url=f"http://127.0.0.1:1/{nasty}",
        note=nasty,
        role=nasty,
        failure=nasty,
        response={"headers": {nasty: nasty}, "body": nasty},
    )
    found = verdict(
        "auth.key.missing",
        Outcome.VIOLATION,
        reason=nasty,
        findings=tuple(finding(subject=nasty, expected=nasty + str(n), seen=nasty, curl=nasty) for n in range(2)),
    )
    target = TargetSummary("mock", "imatic-v1", nasty, unreachable=nasty, left_behind=[nasty])
    record = make_record(
        found, targets=[target], waiver_problems=[nasty], command=f"bookproof {nasty.partition('{')[0]!r}"
    )
    html = html_of(record, tmp_path)
    page = read(html)
    assert not {"script", "img"} & {tag for tag, _ in page.tags}
    assert "{{ 7*7 }}" in "".join(page.text)
    assert "\x1b" not in html
    assert "\u202e" not in html


def test_findings_come_worst_first_with_their_evidence(mixed: RunRecord, tmp_path: Path) -> None:
    write_exchanges(tmp_path)
    html = html_of(mixed, tmp_path)
    places = [html.index(f'<article class="card finding {outcome}"') for outcome in ("error", "violation", "warning")]
    assert places == sorted(places)
    assert "and 17 findings alike" in html
    text = "".join(read(html).text)
    assert '"name": "Jürgen"' in text
    assert "Bearer <key of role full>" in text
    assert "curl -sS -i" in text


def test_every_requirement_and_every_exclusion_is_there(mixed: RunRecord) -> None:
    html = html_of(mixed)
    rows = next(iter(mixed.requirements.values()))
    for row in rows:
        assert f"<code>{row['id']}</code>" in html
    excluded = [row for row in rows if row["excluded_because"]]
    assert f"{len(excluded)} sentences" in html
    for outcome in ("error", "violation", "untestable", "warning", "waived", "not-applicable", "pass"):
        assert f'id="show-{outcome}"' in html
        assert f"#show-{outcome}:checked ~" in html


def test_long_bodies_are_cut_and_odd_ones_shown(tmp_path: Path) -> None:
    write_exchanges(tmp_path, response={"headers": {}, "body": '{"a":"' + "x" * 50_000 + '"}'})
    found = make_record(verdict("auth.key.missing", Outcome.VIOLATION))
    html = html_of(found, tmp_path)
    assert "more characters" in html
    assert "x" * (LONGEST_BODY + 1) not in html
    write_exchanges(tmp_path, response={"headers": {}, "body_base64": "3q2+7w=="})
    assert "(not text; base64) 3q2+7w==" in html_of(found, tmp_path)


def test_exchanges_that_are_not_recorded_are_named(tmp_path: Path) -> None:
    html = html_of(make_record(verdict("auth.key.missing", Outcome.VIOLATION)), tmp_path)
    assert re.search(r"Recorded beside this report: exchanges 2, 1", html)


def test_one_target_needs_no_names_beside_its_findings(mixed: RunRecord) -> None:
    assert '<span class="where">imatic</span>' in html_of(mixed)
    single = make_record(verdict("auth.key.missing", Outcome.VIOLATION))
    assert '<span class="where">' not in html_of(single)

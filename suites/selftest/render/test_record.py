"""The run file: valid, complete, and read back as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from referencing import Registry, Resource
from render.samples import finding, make_record, verdict, write_exchanges

from bookproof.render.record import Exchanges, RunRecord, UnknownFormat, read_record, write_record
from bookproof.resources import schema_path
from bookproof.verdict import Outcome


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    run, verdict_schema = (
        json.loads(schema_path("own", f"{name}.schema.json").read_text("utf-8")) for name in ("run", "verdict")
    )
    registry = Registry().with_resource(verdict_schema["$id"], Resource.from_contents(verdict_schema))
    jsonschema.Draft202012Validator.check_schema(run)
    jsonschema.Draft202012Validator.check_schema(verdict_schema)
    return jsonschema.Draft202012Validator(
        run, registry=registry, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


@pytest.mark.parametrize("name", ["green", "mixed", "raced"])
def test_run_file_is_valid_and_read_back(
    name: str, request: pytest.FixtureRequest, tmp_path: Path, validator: jsonschema.Draft202012Validator
) -> None:
    record: RunRecord = request.getfixturevalue(name)
    written = json.loads(write_record(record, tmp_path).read_text("utf-8"))
    assert [error.message for error in validator.iter_errors(written)] == []
    again = read_record(tmp_path)
    assert again.to_json() == written
    assert again.verdicts == record.verdicts
    assert again.targets == record.targets


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda data: data.update(extra=1), "extra"),
        (lambda data: data["verdicts"][0].update(outcome="fine"), "fine"),
        (lambda data: data["verdicts"][0].update(outcome="untestable", reason=""), "''"),
        (lambda data: data["verdicts"][0].update(outcome="violation", findings=[]), "[]"),
        (lambda data: data.update(started="yesterday"), "yesterday"),
        (lambda data: data["exit"].update(code=9), "9"),
    ],
)
def test_schema_refuses_what_is_wrong(
    spoil: object, complaint: str, green: RunRecord, validator: jsonschema.Draft202012Validator
) -> None:
    data = json.loads(json.dumps(green.to_json()))
    spoil(data)  # type: ignore[operator]
    assert any(complaint in error.message for error in validator.iter_errors(data))


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda race: race.pop("technique"), "technique"),
        (lambda race: race.update(spread=-1), "-1"),
        (lambda race: race["calls"][0].update(outcome="late"), "late"),
        (lambda race: race["found"][0].update(live="yes"), "yes"),
        (lambda race: race.update(unexplained=[[]]), "[]"),
    ],
)
def test_schema_refuses_races_that_are_wrong(
    spoil: object, complaint: str, raced: RunRecord, validator: jsonschema.Draft202012Validator
) -> None:
    """Each part of a race is described."""
    data = json.loads(json.dumps(raced.to_json()))
    spoil(data["targets"][0]["races"][0])  # type: ignore[operator]
    assert any(complaint in error.message for error in validator.iter_errors(data))


def test_schemas_describe_every_property() -> None:
    def check(schema: object, path: str) -> None:
        if isinstance(schema, dict):
            for name, inner in schema.get("properties", {}).items():
                if "properties" in schema and "additionalProperties" in schema:
                    assert "description" in inner or "$ref" in inner, f"{path}.{name}"
                check(inner, f"{path}.{name}")
            for key in ("items", "$defs", "additionalProperties"):
                inner = schema.get(key)
                for name, part in inner.items() if key == "$defs" and inner else [(key, inner)]:
                    check(part, f"{path}.{name}")

    for name in ("run", "verdict"):
        check(json.loads(schema_path("own", f"{name}.schema.json").read_text("utf-8")), name)


def test_unknown_format_is_refused(green: RunRecord) -> None:
    with pytest.raises(UnknownFormat, match="format 99"):
        RunRecord.from_json({**green.to_json(), "format": 99})


def test_half_a_surrogate_does_not_stop_the_report(tmp_path: Path) -> None:
    odd = verdict("auth.key.missing", Outcome.VIOLATION, findings=(finding(seen="name \ud800 came back"),))
    write_record(make_record(odd), tmp_path)
    assert read_record(tmp_path).verdicts[0].findings[0].seen == "name \ud800 came back"


def test_rows_of_two_dialects_are_kept_apart() -> None:
    record = make_record(verdict("auth.key.missing"), verdict("auth.key.missing", target="other"))
    record.targets[1] = replace(record.targets[1], dialect="other-v9")
    record.requirements = {**record.requirements, "other-v9": [{**record.row(record.verdicts[0]), "text": "otherwise"}]}
    first, second = (
        make_record(*record.verdicts, targets=record.targets, requirements=record.requirements).row(v)
        for v in record.verdicts
    )
    assert first["text"] != second["text"] == "otherwise"


def test_exchanges_are_found_by_number_and_cut_lines_passed_over(tmp_path: Path) -> None:
    write_exchanges(tmp_path, numbers=(3, 8))
    with (tmp_path / "exchanges-mock.jsonl").open("a") as file:
        file.write('{"number": 9, "url"')
    exchanges = Exchanges(tmp_path)
    assert exchanges.get("mock", 8)["number"] == 8  # type: ignore[index]
    assert exchanges.get("mock", 9) is None
    assert exchanges.get("nobody", 1) is None

"""Templates of webhook deliveries in the mock: what stands where `{{path}}` stood."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bookproof.mock.dialects.calcom_v2.templates import FORM, JSON, Templates

VALUES: dict[str, Any] = {
    "triggerEvent": "BOOKING_CREATED",
    "title": "Thirty between Ada and Zoë 🎉",
    "organizer": {"name": "Ada"},
    "attendees": [{"name": "Zoë"}, {"name": "Bo"}],
    "length": 30,
    "paid": False,
    "price": None,
    "quoted": 'a "b" & <c>',
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{title}}", "Thirty between Ada and Zoë 🎉"),
        ("{{ organizer.name }} and {{attendees.1.name}}", "Ada and Bo"),
        ("{{triggerEvent}}: {{length}}, {{paid}}", "BOOKING_CREATED: 30, false"),
        ("[{{price}}{{nowhere}}{{title.deeper}}{{attendees.7.name}}{{attendees.x}}]", "[]"),
        ("{{organizer}}", "[object Object]"),
        ("plain { text }", "plain { text }"),
    ],
)
def test_a_path_becomes_what_it_leads_to(template: str, text: str) -> None:
    """Or nothing, if it leads nowhere."""
    assert Templates().filled(template, VALUES) == text


def test_values_are_escaped_but_for_quotation_marks() -> None:
    """As on a web page."""
    assert Templates().filled("{{quoted}}", VALUES) == 'a "b" &amp; &lt;c&gt;'


def test_a_template_of_json_is_written_anew() -> None:
    """Compact, its characters as they are."""
    template = '{ "what" : "{{title}}",\n "who": ["{{attendees.0.name}}"] }'
    assert Templates().filled(template, VALUES) == '{"what":"Thirty between Ada and Zoë 🎉","who":["Zoë"]}'


def test_a_value_that_spoils_the_json_leaves_false() -> None:
    """The body is JSON still, and of no use."""
    assert json.loads(Templates().filled('{"what": "{{quoted}}"}', VALUES)) is False


@pytest.mark.parametrize(
    ("template", "media_type"),
    [('{"what": "{{title}}"}', JSON), ("what={{title}}", FORM), ('{"minutes": {{length}}}', FORM), ("[]", JSON)],
)
def test_the_template_says_what_the_body_is(template: str, media_type: str) -> None:
    """Before it is filled in."""
    assert Templates().media_type(template) == media_type

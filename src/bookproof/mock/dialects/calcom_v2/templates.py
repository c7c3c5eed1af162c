"""Templates: a subscriber's own text for the body of deliveries, with `{{path}}` where values go.

Source: Cal.com, Webhooks (custom payload template); behaviour of a running server.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
_PLACE = re.compile(r"\{\{\s*([^\s{}]+)\s*\}\}")
# Quotation marks stay as they are; the rest is what is dangerous in a web page.
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&#x27;", "`": "&#x60;", "=": "&#x3D;"}
_ESCAPED = re.compile("[&<>'`=]")
#: The body where a JSON template has stopped being JSON.
SPOILT = "false"


class Templates:
    """Fills templates in."""

    def media_type(self, template: str) -> str:
        """What the body will be: JSON if the template itself is, else a form, whatever it looks like."""
        return JSON if is_json(template) else FORM

    def filled(self, template: str, values: Mapping[str, Any]) -> str:
        """The body.

        Parameters:
            template: the subscriber's.
            values: the payload's members, and beside them `triggerEvent` and `createdAt`.
        """
        text = self.replaced(template, values)
        return self.again(text) if is_json(template) else text

    def replaced(self, template: str, values: Mapping[str, Any]) -> str:
        """The template with every `{{path}}` replaced; a path that leads nowhere becomes nothing."""
        return _PLACE.sub(lambda place: self.shown(self.value(values, place[1])), template)

    def value(self, values: Mapping[str, Any], path: str) -> Any:
        """What a path such as `attendees.0.name` leads to, None for nothing."""
        found: Any = values
        for step in path.split("."):
            if isinstance(found, Mapping):
                found = cast("Mapping[str, Any]", found).get(step)
            elif isinstance(found, list):
                items = cast("list[Any]", found)
                found = items[int(step)] if step.isascii() and step.isdigit() and int(step) < len(items) else None
            else:
                return None
        return found

    def shown(self, value: Any) -> str:
        """A value as text."""
        return self.escaped(as_text(value))

    def escaped(self, text: str) -> str:
        """The text as it may stand in a web page, quotation marks apart."""
        return _ESCAPED.sub(lambda character: _ESCAPES[character[0]], text)

    def again(self, text: str) -> str:
        """The text of JSON written anew; SPOILT if a value has made it something else."""
        try:
            value = json.loads(text)
        except ValueError:
            return SPOILT
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def is_json(text: str) -> bool:
    """Whether the text is JSON."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def as_text(value: Any) -> str:
    """A value as a JavaScript server writes it into a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "[object Object]"
    if isinstance(value, list):
        return ",".join(as_text(item) for item in cast("list[Any]", value))
    return str(value)

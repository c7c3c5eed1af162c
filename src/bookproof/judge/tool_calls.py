"""Judges the answers of tools: whose fault a refusal is, and whether a result keeps what its tool declares."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any, cast

from bookproof.judge.judge import Judge
from bookproof.wire.exchange import Exchange
from bookproof.wire.mcp import ToolAnswer

# How servers call a refusal that is the key's fault, where no status says so.
_KEY = re.compile(
    r"unauthori[sz]ed|unauthenticated|forbidden|permission|access[ _]denied|invalid[ _]api[ _]?key|invalid[ _]token"
    r"|(?:insufficient|missing|lacks?|requires?|needs?)\b[^.]{0,40}\bscopes?\b|insufficient_scope|missing_scope",
    re.IGNORECASE,
)


def about_key(answer: ToolAnswer) -> bool:
    """Whether a call was refused for its key and not for what it asked."""
    return answer.refused and (answer.exchange.status in (401, 403) or _KEY.search(answer.text) is not None)


def refused(judge: Judge, answer: ToolAnswer, why: str, *at: Exchange) -> bool:
    """Judge that a call was refused, in whatever way; an answer that fails, or is about the key, tells nothing.

    Args:
        judge: of the requirement.
        answer: to the call.
        why: what is wrong with the call.
        at: earlier exchanges that show it.

    Returns:
        whether anything was judged.
    """
    if not (answer.ok or answer.refused) or about_key(answer):
        return False
    judge.that(answer.refused, f"{why}: refused", str(answer), *at, answer.exchange)
    return True


def schema_faults(schema: Any, value: Any) -> list[str]:
    """What is wrong with a value by a JSON Schema, one sentence each; references lead nowhere outside the schema."""
    from referencing.exceptions import Unresolvable

    validator, wrong = _compiled(json.dumps(schema))
    if wrong:
        return [f"the schema itself is wrong: {wrong}"]
    try:
        errors = list(validator.iter_errors(value))
    except Unresolvable as why:
        return [f"the schema itself is wrong: {str(why).splitlines()[0]}"]
    return [f"{'.'.join(map(str, error.absolute_path)) or 'result'}: {_short(error.message)}" for error in errors[:5]]


@lru_cache(maxsize=256)
def _compiled(schema: str) -> tuple[Any, str]:
    """A validator for the text of a schema, which fetches nothing; and why it is no JSON Schema, or ""."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for
    from referencing import jsonschema

    stated = json.loads(schema)
    kind: Any = validator_for(stated, default=Draft202012Validator)
    try:
        kind.check_schema(stated)
    except SchemaError as why:
        place = "/".join(map(str, why.absolute_path))
        return None, f"{_short(why.message)}{f' at {place}' if place else ''}"
    return kind(stated, registry=jsonschema.EMPTY_REGISTRY), ""


def schema_error(schema: Any) -> str:
    """Why something is no JSON Schema of an object, or ""."""
    if not isinstance(schema, dict):
        return "it has none"
    stated = cast("dict[str, Any]", schema)
    _, wrong = _compiled(json.dumps(stated))
    return wrong or ("" if stated.get("type") == "object" else f"its type is {stated.get('type')}")


def _short(text: str) -> str:
    return text if len(text) <= 200 else text[:200] + "…"

"""Target files: read, checked as a whole, and turned into targets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from bookproof.contracts.documents import dialects
from bookproof.targets.binding_checks import check_bindings
from bookproof.targets.formats import is_base_url, is_range, parse_range
from bookproof.targets.target import (
    DoorSettings,
    EventTypeRules,
    InboxSettings,
    OAuthSettings,
    PlatformSettings,
    Safety,
    StormSettings,
    Target,
)
from bookproof.targets.toml_files import Problems, looks_secret, read_toml
from bookproof.targets.toml_lines import KeyPath

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: What a Cal.com target file may say about its data; see ``Target.known``.
_KNOWN = ("usernames", "organization", "foreign_organization", "team", "busy_day")
#: A role that may share its key with another: it is only asked to run out of requests.
_MAY_SHARE = "rate-limited"


def load_target_file(path: Path, environment: Mapping[str, str] = os.environ) -> Target:
    """The target that a file describes.

    Args:
        path: of the TOML file.
        environment: holds what the file names: keys, URLs, tokens.

    Raises:
        UsageError: ``path:line: key: what is wrong; remedy``, a line for each problem.
    """
    return target_from_document(read_document(path), environment, str(path))


def read_document(path: Path) -> dict[str, Any]:
    """The document of a target file, unchecked.

    Raises:
        UsageError: there is no such file, or it is no TOML.
    """
    return read_toml(path, "target file")


def target_from_document(document: Mapping[str, Any], environment: Mapping[str, str], source: str) -> Target:
    """The target that a document describes.

    Args:
        document: in the shape of ``schemas/own/target.schema.json``.
        environment: holds what the document names: keys, URLs, tokens.
        source: the file it came from, for messages with lines; or words for where else it came from.

    Raises:
        UsageError: something is wrong with the document or the environment; all of it is said at once.
    """
    problems = _checked(document, source)
    if document.get("embedded") is True:
        problems.add(("embedded",), "an embedded target has no file of its own to be read from", "name it as mock")
    secrets = _Environment(problems, environment)
    base_url = secrets.url(())
    credentials, missing = secrets.credentials()
    further: dict[str, Any] = {"door": _door(document, secrets), "inbox": _inbox(document, secrets)}
    further |= {"platform": _platform(document, secrets), "oauth": _oauth(document, secrets)}
    if "mcp" in document:
        further["mcp_url"] = secrets.url(("mcp",), "url")
    problems.raise_if_any()
    return _target(document, base_url, credentials, missing, further, source)


def check_document(document: Mapping[str, Any], source: str) -> None:
    """Check a document without its environment.

    Raises:
        UsageError: something is wrong with it; all of it is said at once.
    """
    _checked(document, source).raise_if_any()


# Checks


def _checked(document: Mapping[str, Any], source: str) -> Problems:
    problems = Problems(document, source)
    _check_names_of_variables(problems, document)
    problems.check_schema("target")
    if document.get("embedded") is True:
        for key in document:
            if key not in ("name", "dialect", "embedded"):
                problems.add((key,), "the embedded mock brings this itself", "leave it out")
        return problems
    _check_data(problems, _table(document, "data"))
    dialect = document.get("dialect")
    if dialect in dialects():
        check_bindings(problems, _table(document, "bindings"), str(dialect))
    return problems


def _check_names_of_variables(problems: Problems, document: Mapping[str, Any]) -> None:
    """Where the name of a variable belongs, a secret is refused, and never repeated."""
    credentials = _table(document, "credentials")
    places: dict[KeyPath, Any] = {("credentials", role): value for role, value in credentials.items()}
    places[("base_url_env",)] = document.get("base_url_env")
    for table in ("door", "inbox", "mcp", "platform", "oauth"):
        for key, value in _table(document, table).items():
            if key.endswith("_env"):
                places[table, key] = value
    for path, value in places.items():
        if isinstance(value, str) and not (value.isascii() and value.isupper() and value.isidentifier()):
            remedy = "put the value into an environment variable and write the name of that, in capitals, here"
            holds_secret = path[0] == "credentials" or path[-1] in (
                "token_env",
                "signing_secret_env",
                "client_secret_env",
            )
            secret = holds_secret or looks_secret(value)
            what = "a secret, it seems (not repeated here)," if secret else "this text"
            problems.add(path, f"{what} is not the name of an environment variable", remedy)
    roles_of: dict[str, list[str]] = {}
    for role, variable in credentials.items():
        if isinstance(variable, str) and role != _MAY_SHARE:
            roles_of.setdefault(variable, []).append(role)
    for first, *others in roles_of.values():
        for role in others:
            problems.add(
                ("credentials", role), f"names the same variable as {first}", "give each role a key of its own"
            )


def _check_data(problems: Problems, data: Mapping[str, Any]) -> None:
    event_types = _table(data, "event_types")
    for role, rules in event_types.items():
        path: KeyPath = ("data", "event_types", role)
        if isinstance(rules, Mapping):
            _check_ranges(problems, path, cast("Mapping[str, Any]", rules))
        elif role == "zones" and isinstance(rules, list):
            for index, zone_rules in enumerate(cast("list[Any]", rules)):
                if isinstance(zone_rules, Mapping):
                    _check_ranges(problems, (*path, index), cast("Mapping[str, Any]", zone_rules))


def _check_ranges(problems: Problems, path: KeyPath, rules: Mapping[str, Any]) -> None:
    for key in ("hours", "overrides"):
        for day, ranges in _table(rules, key).items():
            if key == "overrides" and not _is_date(day):
                problems.add((*path, key, day), "there is no such date", "write a date such as 2026-12-01")
            if not isinstance(ranges, list) or not all(
                isinstance(text, str) and is_range(text) for text in cast("list[Any]", ranges)
            ):
                continue  # the schema has said so
            texts = cast("list[str]", ranges)
            for (index, earlier), later in pairwise([*enumerate(texts), (len(texts), "")]):
                if later[1] and parse_range(later[1])[0] < parse_range(earlier)[1]:
                    what = f"begins before {earlier} ends"
                    problems.add((*path, key, day, index + 1), what, "write ranges in order and without overlaps")


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


# The environment


class _Environment:
    """Looks up what a document names by environment variables."""

    def __init__(self, problems: Problems, values: Mapping[str, str]) -> None:
        self._problems = problems
        self._document = problems.document
        self._values = values

    def value(self, path: KeyPath, remedy: str) -> str:
        """The value of the variable that is named at a path, or "" and a problem."""
        variable = _at(self._document, path)
        if not isinstance(variable, str):
            return ""
        value = self._values.get(variable, "").strip()
        if not value:
            self._problems.add(path, f"environment variable {variable} is not set", remedy)
        return value

    def url(self, table: KeyPath, key: str = "base_url") -> str:
        """The URL that a table gives, itself or by the name of a variable; or "" and a problem."""
        path = (*table, key)
        url = _at(self._document, path)
        if not isinstance(url, str):
            path = (*table, f"{key}_env")
            url = self.value(path, "export it, for example as https://calendar.example.com")
            if url and not is_base_url(url):
                example = "https://calendar.example.com"
                self._problems.add(path, "the variable holds no http or https URL", f"set it to one such as {example}")
                return ""
        url = url.rstrip("/")
        # A frequent slip: the base path stands in every path already.
        if not table and urlsplit(url).path.endswith(("/v1", "/v2")) and not self._document.get("bindings"):
            self._problems.add(
                path, f"ends with {urlsplit(url).path[-3:]}, with which every path begins", "leave it out here"
            )
        return url

    def credentials(self) -> tuple[dict[str, str], dict[str, str]]:
        """Role to key, and role to the reason why it has none."""
        keys: dict[str, str] = {}
        missing: dict[str, str] = {}
        for role, variable in _table(self._document, "credentials").items():
            if not isinstance(variable, str):
                continue
            key = self._values.get(variable, "").strip()
            if key and key.isascii() and key.isprintable() and " " not in key:
                keys[role] = key
            else:
                state = "holds characters that no key has" if key else "is not set"
                missing[role] = f"environment variable {variable} {state}"
        if "full" in missing:
            remedy = "export it with a key that has every scope; without it nothing can be judged"
            self._problems.add(("credentials", "full"), missing["full"], remedy)
        return keys, missing


def _door(document: Mapping[str, Any], secrets: _Environment) -> DoorSettings | None:
    door = document.get("door")
    if not isinstance(door, Mapping):
        return None
    url = secrets.url(("door",))
    token = secrets.value(("door", "token_env"), "export it, or leave [door] out")
    from bookproof.targets.door import OPERATIONS

    supports = cast("Mapping[str, Any]", door).get("supports", OPERATIONS)
    if not isinstance(supports, list | Mapping):
        return None
    return DoorSettings(url, token, frozenset(map(str, cast("list[Any]", supports))))


def _platform(document: Mapping[str, Any], secrets: _Environment) -> PlatformSettings | None:
    if not _table(document, "platform"):
        return None
    remedy = "export it, or leave [platform] out"
    return PlatformSettings(
        secrets.value(("platform", "client_id_env"), remedy), secrets.value(("platform", "client_secret_env"), remedy)
    )


def _oauth(document: Mapping[str, Any], secrets: _Environment) -> OAuthSettings | None:
    table = _table(document, "oauth")
    if not table:
        return None
    names = ("client_id", "client_secret", "public_client_id", "pending_client_id")
    given = {
        name: secrets.value(("oauth", f"{name}_env"), "export it, or leave [oauth] out")
        for name in names
        if f"{name}_env" in table
    }
    return OAuthSettings(**given, redirect_uri=str(table.get("redirect_uri", ""))) if "client_secret" in given else None


def _inbox(document: Mapping[str, Any], secrets: _Environment) -> InboxSettings:
    table = _table(document, "inbox")
    given: dict[str, Any] = {name: table[name] for name in ("listen", "wait") if name in table}
    if "url" in table or "url_env" in table:
        given["url"] = secrets.url(("inbox",), "url")
    if "token_env" in table:
        given["token"] = secrets.value(("inbox", "token_env"), "export it, or leave it out for a tunnel")
    if "signing_secret_env" in table:
        given["signing_secret"] = secrets.value(("inbox", "signing_secret_env"), "export it, or leave it out")
    return InboxSettings(**given)


# The target


def _target(
    document: Mapping[str, Any],
    base_url: str,
    credentials: dict[str, str],
    missing: dict[str, str],
    further: Mapping[str, Any],
    source: str,
) -> Target:
    limits, data, timeouts = (_table(document, key) for key in ("limits", "data", "timeouts"))
    zone = data.get("time_zone", "UTC")
    event_types = dict(_table(data, "event_types"))
    zones = cast("list[Mapping[str, Any]]", event_types.pop("zones", []))
    optional: dict[str, Any] = {}
    for given, name in ((limits, "requests_per_minute"), (data, "attendee_email"), (document, "verify_tls")):
        if name in given:
            optional[name] = given[name]
    for name in ("connect", "read"):
        if name in timeouts:
            optional[f"{name}_timeout"] = float(timeouts[name])
    return Target(
        name=document["name"],
        dialect=document["dialect"],
        base_url=base_url,
        credentials=credentials,
        missing_credentials=missing,
        variables=dict(_table(document, "credentials")),
        event_types={role: _rules(rules, zone) for role, rules in event_types.items()},
        zones=tuple(_rules(rules, zone) for rules in zones),
        foreign_event_type=data.get("foreign_event_type", ""),
        known={name: data[name] for name in _KNOWN if data.get(name) is not None},
        time_zone=zone,
        capabilities=dict(_table(document, "capabilities")),
        rate_limits=dict(_table(limits, "roles")),
        safety=Safety.parse(document.get("safety", "read")),
        binding=_table(document, "bindings"),
        storm=StormSettings(**_table(document, "storm")),
        source=source,
        **further,
        **optional,
    )


def _rules(given: Mapping[str, Any], zone: str) -> EventTypeRules:
    duration = given.get("duration")
    hours = given.get("hours")
    return EventTypeRules(
        code=given["code"],
        time_zone=given.get("time_zone", zone),
        durations=tuple(given.get("durations", () if duration is None else (duration,))),
        interval=given.get("interval"),
        buffer_before=given.get("buffer_before"),
        buffer_after=given.get("buffer_after"),
        minimum_notice=given.get("minimum_notice"),
        maximum_notice=given.get("maximum_notice"),
        daily_cap=given.get("daily_cap"),
        hours=None if hours is None else {day: _ranges(hours.get(day, [])) for day in _WEEKDAYS},
        overrides={day: _ranges(texts) for day, texts in given.get("overrides", {}).items()},
        required_answers=dict(given.get("required_answers", {})),
    )


def _ranges(texts: list[str]) -> tuple[tuple[str, str], ...]:
    return tuple(parse_range(text) for text in texts)


def _table(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A table of a document; an empty one if it is missing or something else, which the schema has said."""
    found = document.get(key)
    return cast("Mapping[str, Any]", found) if isinstance(found, Mapping) else {}


def _at(value: Any, path: KeyPath) -> Any:
    for step in path:
        value = cast("Mapping[Any, Any]", value).get(step) if isinstance(value, Mapping) else None
    return value

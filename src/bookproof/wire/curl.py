"""An exchange as a curl line that a person can paste into a shell."""

from __future__ import annotations

import re
import shlex
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from bookproof.wire.exchange import Exchange

#: Bodies up to this many bytes stand in the line as they are.
LONGEST_BODY = 2_000
#: Of a longer body, what is left once runs of one character are folded must not exceed this many bytes.
LONGEST_FOLDED = 8_000

# curl sets these itself, or they say nothing about the call.
_LEFT_OUT = frozenset({"host", "content-length", "connection", "accept-encoding", "user-agent", "transfer-encoding"})
_UNSAFE_IN_DOUBLE_QUOTES = frozenset('\\"`$!\n')
_RUN = re.compile(r"([\x20-\x7e])\1{199,}")


@dataclass(frozen=True)
class _Shell:
    """A part of a word that the shell expands."""

    expression: str


_Word = list["str | _Shell"]


def curl_line(exchange: Exchange, roles: Mapping[str, str], keys: Mapping[str, str] | None = None) -> str:
    """The command line that repeats an exchange.

    A key is written as an environment variable. A credential made of a key (its first half, say) is written as the
    shell expression that makes it, so that the line works and gives nothing away.

    Args:
        exchange: what was sent; only its request counts.
        roles: role to the name of the environment variable that holds its key.
        keys: role to the key itself, to find keys that were sent in odd places. Without it only the Authorization
            header of an exchange whose ``role`` is one of ``roles`` is written as a variable.
    """
    known = {key: roles[role] for role, key in (keys or {}).items() if role in roles and key}
    headers = {name.lower(): value for name, value in exchange.request_headers.items()}
    words = [*_method_and_url(exchange, known), *_headers(headers, exchange.role, roles, known)]
    body = exchange.request_body
    if not body:
        return " ".join(words)
    if "content-type" not in headers:
        words += ["-H", "'Content-Type:'"]
    text = _text_of(body)
    if text is not None and len(body) <= LONGEST_BODY:
        return " ".join([*words, "--data-raw", _quoted(_with_keys(text, known))])
    producer = _producer(body, text)
    if producer is None:
        return " ".join([*words, "--data-binary", f"@body-of-exchange-{exchange.number}"])
    return " ".join([producer, "|", *words, "--data-binary", "@-"])


def _method_and_url(exchange: Exchange, known: Mapping[str, str]) -> list[str]:
    method = exchange.method.upper()
    words = ["curl", "-sS", "-I" if method == "HEAD" else "-i"]
    if method not in ("HEAD", "POST" if exchange.request_body else "GET"):
        words += ["-X", shlex.quote(method)]
    if re.search(r"[\[\]{}]", exchange.url):
        words.append("-g")
    if re.search(r"/\.\.?(?:/|$|\?)", exchange.url):
        words.append("--path-as-is")
    return [*words, _quoted(_with_keys(exchange.url, known))]


def _headers(
    headers: Mapping[str, str], role: str, roles: Mapping[str, str], known: Mapping[str, str]
) -> Iterable[str]:
    for name, value in headers.items():
        if name in _LEFT_OUT or (name, value) == ("accept", "application/json"):
            continue
        word = _credential(value, role, roles, known) if name == "authorization" else _with_keys(value, known)
        shown = "-".join(part.capitalize() for part in name.split("-"))
        # curl leaves a header with an empty value out unless it ends in a semicolon.
        yield from ("-H", _quoted([f"{shown}: ", *word] if value else [f"{shown};"]))


def _credential(value: str, role: str, roles: Mapping[str, str], known: Mapping[str, str]) -> _Word:
    scheme, space, token = value.partition(" ")
    if not token:
        return [value]
    for key, variable in known.items():
        derived = _derived(token, key, variable)
        if derived is not None:
            return [scheme + space, *derived]
    if role in roles:
        return [scheme + space, _Shell(f"${roles[role]}")]
    secret = token.partition(".")[2]
    # What looks like somebody's key is never written out.
    return [scheme + space, f"<{role or 'key'}>" if len(secret) >= 6 or len(token) > 24 else token]


def _derived(token: str, key: str, variable: str) -> _Word | None:
    """How a token is made of a key, or None if it is not."""
    if token == key:
        return [_Shell(f"${variable}")]
    for ending in ("", ":"):
        if token == b64encode((key + ending).encode()).decode():
            return [_Shell(f"$(printf %s{ending} \"${variable}\" | base64 | tr -d '\\n')")]
    prefix, dot, secret = key.partition(".")
    other, _, rest = token.partition(".")
    made: _Word | None = None
    if dot and rest and rest == secret:
        made = [f"{other}.", _Shell(f"${{{variable}#*.}}")]
    elif dot and "." in token and other == prefix:
        if rest and secret.startswith(rest):
            made = [_Shell(f'$(printf %.{len(token)}s "${variable}")')]
        else:
            # Another secret says nothing by its letters, and may have been made of the right one's.
            made = [_Shell(f"${{{variable}%%.*}}"), f".{'x' * len(rest)}"]
    return made


def _with_keys(text: str, known: Mapping[str, str]) -> _Word:
    """A text with every key in it, plain or URL-encoded, turned into its variable."""
    spelled = {form: name for key, name in known.items() for form in (key, quote(key, safe=""), quote_plus(key))}
    if not any(form in text for form in spelled):
        return [text]
    pattern = "|".join(re.escape(form) for form in sorted(spelled, key=len, reverse=True))
    return [_Shell(f"${{{spelled[part]}}}") if part in spelled else part for part in re.split(f"({pattern})", text)]


def _quoted(word: _Word) -> str:
    """A word for the shell: in double quotes if something in it is to be expanded and that is safe, else in single."""
    pieces: _Word = []
    for piece in filter(None, word):
        if pieces and isinstance(piece, str) and isinstance(pieces[-1], str):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    literals = [piece for piece in pieces if isinstance(piece, str)]
    if len(literals) < len(pieces) and not any(_UNSAFE_IN_DOUBLE_QUOTES & set(literal) for literal in literals):
        return '"' + "".join(piece if isinstance(piece, str) else piece.expression for piece in pieces) + '"'
    return "".join(_single(piece) if isinstance(piece, str) else f'"{piece.expression}"' for piece in pieces)


def _single(text: str) -> str:
    quoted = shlex.quote(text)
    return quoted if quoted != text else f"'{text}'"


def _text_of(body: bytes) -> str | None:
    """The body as text that a shell word can hold, or None."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _producer(body: bytes, text: str | None) -> str | None:
    """A command that prints a long or a binary body, or None if it would be too long to read."""
    if text is None:
        if len(body) > LONGEST_BODY:
            return None
        octal = "".join(chr(b) if 48 <= b < 58 or 65 <= b < 91 or 97 <= b < 123 else f"\\{b:03o}" for b in body)
        return f"printf '{octal}'"
    commands: list[str] = []
    at = folded = 0
    for run in (*_RUN.finditer(text), None):
        literal = text[at : run.start() if run else len(text)]
        folded += len(literal.encode())
        if literal:
            commands.append(f"printf %s {shlex.quote(literal)}")
        if run:
            # A space stands for itself here: tr takes the character literally.
            letter = "\\\\" if run[1] == "\\" else run[1]
            commands.append(f"head -c {len(run[0])} /dev/zero | tr '\\0' {shlex.quote(letter)}")
            at = run.end()
    if folded > LONGEST_FOLDED:
        return None
    return f"{{ {'; '.join(commands)}; }}"

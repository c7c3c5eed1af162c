"""From the bytes of a request to its JSON value, before anything else is looked at.

Source: behaviour of a running server. What is neither JSON nor a form is ignored, as if there were no body.
"""

import codecs
import json
import re
import zlib
from typing import Any, NoReturn, cast

from bookproof.mock.dialects.calcom_v2 import query
from bookproof.mock.dialects.calcom_v2.errors import Refusal, bad_request, bare
from bookproof.mock.http.exchange import Call as HttpCall

BODY_LIMIT = 100 * 1024
_SURROGATE = re.compile("[\ud800-\udfff]")
_CHARSETS = ("utf-8", "utf-16", "utf-16le", "utf-16be")


class Unread(Exception):
    """The body could not be read; `refusal` says why. The answer gets no request id, or a word in place of one.

    Parameters:
        refusal: what is answered.
        request_id: what stands where the request id would, None for nothing.
    """

    def __init__(self, refusal: Refusal, request_id: str | None = None) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal
        self.request_id = request_id


class Bodies:
    """Reads bodies."""

    def limit(self) -> int:
        """The largest body in bytes."""
        return BODY_LIMIT

    def read(self, call: HttpCall) -> Any:
        """The value of the body: of JSON, the fields of a form, or {}.

        Raises:
            Unread: too large, an unknown encoding or character set, or not JSON.
        """
        self.check_size(call.body)
        media_type, _, parameters = call.headers.get("content-type", "").partition(";")
        media_type = media_type.strip().lower()
        if not call.body or media_type not in ("application/json", "application/x-www-form-urlencoded"):
            return {}
        text = self.text(self.inflated(call.body, call.headers.get("content-encoding", "identity")), parameters)
        return self.json(text) if media_type == "application/json" else query.parsed(text)

    def check_size(self, body: bytes) -> None:
        """Raises Unread with a bare 413 if the body is too large."""
        if len(body) > self.limit():
            raise Unread(bare(413, "request entity too large"))

    def inflated(self, body: bytes, encoding: str) -> bytes:
        """The body without its compression."""
        encoding = encoding.strip().lower()
        if encoding == "identity":
            return body
        if encoding not in ("gzip", "deflate"):
            raise Unread(bare(415, f'unsupported content encoding "{encoding}"'))
        reader = zlib.decompressobj(zlib.MAX_WBITS | 16 if encoding == "gzip" else zlib.MAX_WBITS)
        try:
            # One byte more than is allowed tells that it is too much, however much more there would be.
            plain = reader.decompress(body, self.limit() + 1)
        except zlib.error as failure:
            raise Unread(bare(400, "incorrect header check")) from failure
        self.check_size(plain)
        return plain

    def text(self, body: bytes, parameters: str) -> str:
        """The characters of the body."""
        charset = "utf-8"
        for parameter in parameters.split(";"):
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "charset":
                charset = value.strip().strip('"').lower()
        if charset not in _CHARSETS:
            raise Unread(bare(415, f'unsupported charset "{charset.upper()}"'))
        if charset == "utf-8":
            body = body.removeprefix(codecs.BOM_UTF8)
        return body.decode(charset, "replace")

    def json(self, text: str) -> Any:
        """The JSON value: an object or a list.

        Raises:
            Unread: 400, with the parser's words.
        """
        if not text.strip():
            return {}
        try:
            value = json.loads(text, parse_constant=_no_constant, parse_int=_number)
        except json.JSONDecodeError as failure:
            raise _not_json(text, failure.pos) from failure
        except (ValueError, RecursionError) as failure:
            raise _not_json(text, 0) from failure
        if not isinstance(value, (dict, list)):
            raise _not_json(text, len(text) - len(text.lstrip()))
        read: Any = cast("Any", value)
        return whole_characters(read) if "\\u" in text else read


def _not_json(text: str, position: int) -> Unread:
    if position >= len(text.rstrip()):
        message = "Unexpected end of JSON input"
    else:
        message = f"Unexpected token '{text[position]}' in JSON at position {position}"
    return Unread(bad_request(whole_characters(message)), "unknown-request-id")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _number(digits: str) -> int | float:
    # Beyond this the server's numbers are no longer exact, and Python's would have no end.
    return int(digits) if len(digits) <= 16 else float(digits)


def whole_characters(value: Any) -> Any:
    """The value with every half of a character replaced: it could be neither stored nor sent."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [whole_characters(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {whole_characters(name): whole_characters(item) for name, item in members.items()}
    return value

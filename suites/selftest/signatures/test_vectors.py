"""The golden signatures are right: made again with hashlib alone, judged by us, and decided by a library of others."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode
from typing import Any

import pytest
import stripe
from selftest_vectors import FILES, FOLDER, document

from bookproof.judge.signature import Scheme, examine
from bookproof.judge.signature_causes import REMEDIES, Cause
from bookproof.targets.own_schemas import own_schema, own_validator

KEPT = {scheme: json.loads((FOLDER / name).read_text("utf-8")) for scheme, name in FILES.items()}
CASES = [
    pytest.param(scheme, vector, id=f"{scheme}-{vector['id']}") for scheme in KEPT for vector in KEPT[scheme]["vectors"]
]
IMATIC = [pytest.param(vector, id=vector["id"]) for vector in KEPT["imatic"]["vectors"]]


def body_of(vector: dict[str, Any]) -> bytes:
    """The raw body of a vector."""
    return vector["body"].encode() if "body" in vector else b64decode(vector["body_base64"])


@pytest.mark.parametrize("scheme", FILES)
def test_files_are_what_the_recipes_make(scheme: str) -> None:
    """Whoever changes a recipe writes the files anew: python suites/selftest/selftest_vectors.py."""
    assert KEPT[scheme] == document(scheme)


@pytest.mark.parametrize("scheme", FILES)
def test_files_keep_to_their_schema(scheme: str) -> None:
    """The schema describes them, and no id is there twice."""
    assert [error.message for error in own_validator("vectors").iter_errors(KEPT[scheme])] == []
    ids = [vector["id"] for vector in KEPT[scheme]["vectors"]]
    assert len(ids) == len(set(ids))
    assert KEPT[scheme]["header_name"] == Scheme(scheme).header


def test_there_is_a_vector_for_every_cause() -> None:
    """No cause is left without an example, the schema knows them all, and each has a remedy."""
    shown = {vector["cause"] for known in KEPT.values() for vector in known["vectors"]}
    assert shown == {None, *Cause}
    assert set(own_schema("vectors")["$defs"]["vector"]["properties"]["cause"]["enum"]) == {None, *Cause}
    assert set(REMEDIES) == set(Cause)


@pytest.mark.parametrize(("scheme", "vector"), CASES)
def test_judge_agrees(scheme: str, vector: dict[str, Any]) -> None:
    """Our judge says of sender and receiver what the vector says, and never shows a secret."""
    found = examine(
        vector["header"],
        body_of(vector),
        vector["secret"],
        scheme=Scheme(scheme),
        moment=vector["moment"],
        tolerance=vector["tolerance"],
        other_secrets=vector.get("other_secrets"),
    )
    assert (found.cause, found.verifies) == (vector["cause"], vector["verifies"]), found
    assert found.right == (vector["cause"] is None)
    for secret in filter(None, (vector["secret"], *vector.get("other_secrets", {}).values())):
        assert secret not in repr(found)


@pytest.mark.parametrize("vector", IMATIC)
def test_an_independent_library_agrees(vector: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Stripe's own verifier, its clock set to the moment of receipt, decides as the vector says."""
    monkeypatch.setattr("time.time", lambda: vector["moment"])
    try:
        stripe.WebhookSignature.verify_header(body_of(vector), vector["header"], vector["secret"], vector["tolerance"])
    except stripe.SignatureVerificationError:
        accepted = False
    else:
        accepted = True
    assert accepted == vector["verifies"]


@pytest.mark.parametrize(("scheme", "vector"), CASES)
def test_right_vectors_hold_the_documented_digest(scheme: str, vector: dict[str, Any]) -> None:
    """Computed here from the documents' words, and found in the header just where nothing is wrong with it."""
    body, header = body_of(vector), vector["header"] or ""
    moment = dict(part.partition("=")[::2] for part in header.split(",")).get("t", "")
    signed = body if scheme == "calcom" else moment.encode() + b"." + body
    digest = hmac.new(vector["secret"].encode(), signed, hashlib.sha256).hexdigest()
    if vector["verifies"]:
        assert digest in header.replace(",", "=").split("=")
    elif vector["cause"] not in (None, "stale", "not-seconds", "prefixed", "spaces", "malformed", "field-missing"):
        assert digest not in header

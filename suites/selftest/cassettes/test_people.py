"""People in recordings: addresses and names go, and whatever is nobody's stays."""

from __future__ import annotations

import json

import pytest

from bookproof.recording.people import is_reserved
from bookproof.recording.standins import StandIns

HOST = {
    "name": "Anna Schmidt",
    "username": "anna.schmidt",
    "email": "Anna.Schmidt@Clinic-Berlin.de",
    "bio": 'Dentist, likes "sailing"',
    "avatarUrl": "https://cdn.clinic-berlin.de/anna.png",
}


def told(standins: StandIns, value: object) -> str:
    """What is written of JSON data."""
    return standins.data(json.dumps(value, ensure_ascii=False).encode()).decode()


def test_a_person_is_replaced_everywhere() -> None:
    """In the object that holds the address, and afterwards in texts, URLs and other objects."""
    standins = StandIns()
    shown = json.loads(told(standins, {"data": HOST}))["data"]
    assert shown == {
        "name": "Person 1",
        "username": "person-1",
        "email": "Person-1@Example.com",
        "bio": "About person 1",
        "avatarUrl": "https://example.com/person-1",
    }
    assert standins.text("GET /v2/event-types?username=anna.schmidt") == "GET /v2/event-types?username=person-1"
    assert standins.text("Intro with Anna Schmidt and SCHMIDT") == "Intro with Person 1 and PERSON1"
    assert standins.text("to anna.schmidt%40clinic-berlin.de") == "to person-1%40example.com"
    assert standins.text("Annabel and Schmidtke") == "Annabel and Schmidtke"


def test_one_address_is_one_person_however_it_is_written() -> None:
    """Capitals are kept in kind, for servers are judged by whether they mind them."""
    standins = StandIns()
    text = standins.text("xy@clinic.de XY@CLINIC.DE Xy@clinic.de other@clinic.de")
    assert text == "person-1@example.com PERSON-1@EXAMPLE.COM Person-1@example.com person-2@example.com"


@pytest.mark.parametrize(
    "address",
    ["bookproof@example.com", "a@mail.example.org", "office@northwind.example", "a@b.test", "x@y.invalid"],
)
def test_reserved_addresses_stay(address: str) -> None:
    """Nobody has an address of a domain for examples, so the name beside it is nobody's either."""
    assert is_reserved(address)
    written = json.dumps({"name": "Northwind Clinic", "email": address})
    assert told(StandIns(), json.loads(written)) == written


def test_a_long_address_with_a_year_is_somebody() -> None:
    """Letters and digits alone make no UID."""
    assert StandIns().text("maximilianmustermann1985@mail.de") == "person-1@example.com"


@pytest.mark.parametrize("uid", ["qnjwbkgcn6rwnnq5gg8rjh@cal.com", "0b6e3d8a-7f0c-4e0e-9a43-1c5f6d2b7a90@google.com"])
def test_a_uid_of_a_calendar_is_nobody(uid: str) -> None:
    """It looks like an address; what stands beside it names an appointment."""
    written = json.dumps({"name": "Assessment", "icsUid": uid})
    assert told(StandIns(), json.loads(written)) == written


def test_the_attendee_of_the_suite_stays() -> None:
    """With its tags; other addresses of its domain are somebody's."""
    standins = StandIns(attendee="qa@company.de")
    text = "qa@company.de qa+rival@company.de qa%2Brival%40company.de QA@company.de"
    assert standins.text(text) == text
    assert standins.text("qa-lead@company.de") == "person-1@example.com"


def test_words_of_the_contract_are_no_names() -> None:
    """A host may be called like a member of an answer, which must stay."""
    standins = StandIns(common=lambda: frozenset({"duration"}))
    person = {"name": "Duration May", "email": "d@clinic.de"}
    assert json.loads(told(standins, [person, {"duration": 30}]))[1] == {"duration": 30}
    assert standins.text("Duration May says duration, May says may") == "Person 1 says duration, May says may"


def test_letters_beyond_ascii_stay_in_kind() -> None:
    """How they are escaped shows in signatures, so a name that has some is replaced by one that has some."""
    standins = StandIns()
    told(standins, {"name": "Zoë Müller", "email": "zoe@clinic.de"})
    assert standins.text("Zoë Müller") == "Persön 1"
    assert standins.text(json.dumps("Zoë Müller")) == json.dumps("Persön 1")


def test_people_can_be_kept() -> None:
    """By the target file."""
    written = json.dumps({"name": "Anna Schmidt", "email": "anna@clinic.de"})
    assert told(StandIns(keep_people=True), json.loads(written)) == written


def test_further_names_can_be_given() -> None:
    """By the target file, too; they need no address beside them."""
    assert StandIns(names=("Ada Lovelace",)).text("with Ada Lovelace, or lovelace") == "with Person 1, or person1"


def test_replacing_twice_changes_nothing() -> None:
    """What is judged again is recorded again."""
    standins = StandIns()
    once = told(standins, {"data": HOST})
    assert told(standins, json.loads(once)) == once
    assert told(StandIns(), json.loads(once)) == once


def test_long_texts_take_no_time() -> None:
    """A word of 120,000 letters beside an address is no reason to try each of its beginnings."""
    text = "x" * 120_000 + " y@clinic.de"
    assert StandIns().text(text) == "x" * 120_000 + " person-1@example.com"

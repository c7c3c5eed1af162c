"""Single-use booking links."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.imatic_v1 import links
from bookproof.probes.imatic_v1.links import UNNOTICED, CreatedLinks, RevokedLink, UsedLinks
from bookproof.targets.binding import MISSING


@requirement("links.create.listed", links.created)
def test_created_links_are_listed(seen: CreatedLinks, judge: Judge) -> None:
    """A created link belongs to its event type, in whose list it is."""
    for exchange, code, named in zip(seen.exchanges, seen.codes, seen.named, strict=True):
        judge.that(
            code in seen.listed.links,
            f"event type {seen.event_type_code} lists its new link",
            f"{len(seen.listed.links)} links without it",
            exchange,
            seen.listed.pages[-1],
        )
        if named is not MISSING:
            judge.that(
                named == seen.event_type_code,
                f"a link of event type {seen.event_type_code}",
                f"a link of {named}",
                exchange,
            )


@requirement("links.use.once", links.used)
def test_a_link_books_once(seen: UsedLinks, judge: Judge) -> None:
    """A link that has booked is refused when it is used again."""
    if seen.shown is None or seen.second is None:
        raise judge.untestable(f"no link could be used: {answer(seen.first)}")
    if not seen.shown.live:
        raise judge.untestable("the booking by link cannot be read; see bookings.create.stored")
    if not seen.noticed:
        raise judge.untestable(UNNOTICED)
    judge.that(
        seen.second.refused,
        "a second booking by the same link is refused",
        answer(seen.second),
        seen.first,
        seen.second,
    )


@requirement("links.use.refused-keeps", links.used)
def test_a_refused_booking_keeps_its_link(seen: UsedLinks, judge: Judge) -> None:
    """A link whose first booking was refused still books."""
    if seen.refused is None or not seen.refused.refused:
        raise judge.untestable("no booking by a link was refused for its slot; see bookings.create.taken")
    if not seen.noticed:
        raise judge.untestable(UNNOTICED)
    if not seen.kept.ok and not (seen.fresh and seen.fresh.ok):
        raise judge.untestable(f"no link could be used, a fresh one neither: {answer(seen.kept)}")
    judge.that(
        seen.kept.ok,
        "a link books a free slot after a booking by it was refused",
        answer(seen.kept),
        seen.refused,
        seen.kept,
    )


@requirement("links.revoke.refused", links.used)
def test_a_revoked_link_books_nothing(seen: UsedLinks, judge: Judge) -> None:
    """A booking by a revoked link is refused."""
    if seen.by_revoked is None:
        raise judge.untestable("no link could be revoked; see links.revoke.listed")
    if not seen.shown:
        raise judge.untestable(f"no link could be used, revoked or not: {answer(seen.first)}")
    if not seen.noticed:
        raise judge.untestable(UNNOTICED)
    judge.that(
        seen.by_revoked.refused, "a booking by a revoked link is refused", answer(seen.by_revoked), seen.by_revoked
    )


@requirement("links.revoke.listed", links.revoked)
def test_a_revoked_link_is_not_listed_as_usable(seen: RevokedLink, judge: Judge) -> None:
    """A link can be revoked, and has then left the list or is marked there."""
    if judge.accepted(seen.exchange, "a link is revoked"):
        judge.that(
            not seen.as_before,
            "the revoked link is not listed, or marked as revoked",
            "it is listed as it was before",
            seen.exchange,
            seen.links.pages[-1],
        )

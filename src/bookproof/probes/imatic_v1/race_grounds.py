"""What must work for callers one after another before anything can be said of callers at once.

A race that is lost to a fault that needs no race would only repeat what another requirement says. What is not known,
because its probe is not part of the run, stands in nobody's way.
"""

from __future__ import annotations

from bookproof.probes.imatic_v1 import bookings, links, mcp_bookings, parity, reschedule, rules
from bookproof.probes.imatic_v1.session import Session
from bookproof.verdict import Untestable


def bookings_are_guarded(session: Session) -> None:
    """Go on unless a booking is known not to be stored, or not to hold its time.

    Raises:
        Untestable: it is known.
    """
    created = session.known(bookings.created)
    if created is None:
        return
    if created.shown and not created.stored:
        raise _not_even_in_turn("bookings are not stored", "bookings.create.stored")
    if any(conflict.ok for conflict in created.conflicts):
        raise _not_even_in_turn("bookings do not hold their time", "bookings.create.taken and .overlap")


def moves_are_guarded(session: Session) -> None:
    """Go on unless moves are known to go wrong.

    Raises:
        Untestable: they are.
    """
    bookings_are_guarded(session)
    moved, onto = session.known(reschedule.moved), session.known(reschedule.onto_taken)
    if moved and moved.slots and (not moved.old_listed or moved.new_listed):
        raise _not_even_in_turn("a move does not free the old slot and take the new one", "bookings.reschedule.*")
    if moved and not moved.slots:
        raise _not_even_in_turn("a booking is not moved", "bookings.reschedule.moves")
    if onto and (onto.move.ok or not onto.shown.live):
        raise _not_even_in_turn("a move onto a taken slot is not refused, or harms", "bookings.reschedule.taken")


def cancellations_free(session: Session) -> None:
    """Go on unless cancellations are known to go wrong.

    Raises:
        Untestable: they do.
    """
    bookings_are_guarded(session)
    gone = session.known(bookings.cancelled)
    if gone and (not gone.cancel.ok or gone.shown.live or (gone.shown_at_last and gone.shown_at_last.live)):
        raise _not_even_in_turn("a cancelled booking is not gone", "bookings.cancel.status")
    if gone and not (gone.listed and gone.rebook and gone.rebook.ok):
        raise _not_even_in_turn("a cancellation does not free its slot", "bookings.cancel.frees")


def slots_are_freed(session: Session) -> bool:
    """Whether nothing speaks against it that a slot can be booked again once its booking is cancelled."""
    try:
        cancellations_free(session)
    except Untestable:
        return False
    return True


def links_are_used_up(session: Session) -> None:
    """Go on unless links are known to book more than once, or not to be looked at.

    Raises:
        Untestable: they are.
    """
    bookings_are_guarded(session)
    used = session.need(links.used)
    if not used.noticed:
        raise Untestable(links.UNNOTICED)
    if used.second is None or not used.second.refused:
        raise _not_even_in_turn("a link books more than once, or not at all", "links.use.once")


def caps_are_kept(session: Session) -> None:
    """Go on unless the daily cap is known not to be kept.

    Raises:
        Untestable: it is known.
    """
    bookings_are_guarded(session)
    capped = session.known(rules.cap)
    if capped and not (capped.beyond.refused and capped.stored):
        raise _not_even_in_turn("the daily cap is not kept", "bookings.create.cap")


def doors_agree(session: Session) -> None:
    """Go on unless tools are known to book what is taken, or what they book not to be taken.

    Raises:
        Untestable: it is known.
    """
    bookings_are_guarded(session)
    taken, created = session.known(mcp_bookings.taken), session.known(parity.created)
    if taken and taken.create and taken.create.ok:
        raise _not_even_in_turn("a tool books what is taken", "mcp.booking.taken")
    if created and (not created.stored or (created.again and created.again.ok)):
        raise _not_even_in_turn("what a tool books is not taken", "parity.created and .holds")


def _not_even_in_turn(what: str, see: str) -> Untestable:
    return Untestable(f"{what}, even for callers one after another; see {see}")

"""Whose text is it? By the number of a booking, or by the short code that it names; else it is a request (SMS-8, C2).

A code of four digits proves little: a number that no booking names may try a few a day, and then staff read on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from syncd.domain.correspondence import Candidate, ConsentChanged, RequestReceived, TextReceived, TextReported
from syncd.domain.evidence import Evidence
from syncd.domain.keys import CaseKey, contact_key, derived_key, request_key, session_key, short_code, subject_of
from syncd.domain.people import Contact
from syncd.domain.phrases import Wish, read_words
from syncd.domain.session import Session, SessionState
from syncd.policy.numbers import sender_number
from syncd.ports.keys import Keys
from syncd.ports.views import Views

UNPLACED_MAX = 10
"""Pieces of evidence about one number's request of one day, two a text; then its codes are looked up no more."""


def place_report(evidence: Evidence, reported: TextReported, views: Views) -> Evidence | None:
    """To the subject of the effect that the carrier speaks of, where we know it."""
    subject = subject_of(reported.effect_key)
    return replace(evidence, subject=subject) if subject is not None and views.heard(subject) else None


def place_text(evidence: Evidence, text: TextReceived, views: Views, keys: Keys) -> tuple[Evidence, ...]:
    """To one session, to every one of the number's where it opts out, or to a request."""
    at = evidence.received_at
    number = sender_number(text.sender)
    mine = views.sessions_of_mobile(number, at) if number else ()
    said = read_words(text.body, text.media)
    unplaced = _request(keys, text, at)
    if said.code:
        coded = [s for s in mine if short_code(s.id) == said.code]
        by_code = not coded
        if by_code and (mine or views.heard(unplaced) < UNPLACED_MAX):
            coded = list(views.sessions_by_short_code(said.code, at))
        if len(coded) == 1:
            return (_to(evidence, replace(text, by_code=by_code), coded[0]),)
    elif len(mine) == 1:
        return (_to(evidence, text, mine[0]),)
    elif (due := _due(mine, said.wish, text)) is not None:
        return (_to(evidence, text, due),)
    elif mine and text.carrier == "out":
        several = replace(text, candidates=_candidates(mine))
        return tuple(_to(evidence, several, session, each=True) for session in mine)
    return _as_request(evidence, replace(text, candidates=_candidates(mine)), unplaced, number, views)


def _due(mine: Sequence[Session], wish: Wish, text: TextReceived) -> Session | None:
    """Of several, the one that was just asked about: only for what can do its customer no harm (SMS-8)."""
    if text.carrier == "out" or wish not in (Wish.KEEP, Wish.LATE, Wish.OTHER):
        return None
    asked = [s for s in mine if s.attendance.asked_at is not None and s.attendance.closed_at is None]
    return asked[0] if len(asked) == 1 else None


def _to(evidence: Evidence, text: TextReceived, session: Session, *, each: bool = False) -> Evidence:
    key = derived_key(evidence.key, session.id) if each else evidence.key
    return replace(evidence, key=key, payload=text, subject=session_key(session.id))


def _candidates(mine: Sequence[Session]) -> tuple[Candidate, ...]:
    """Those still to come; one that is over is not named."""
    return tuple(
        Candidate(s.id, short_code(s.id), s.starts_at, s.booking.booker.zone, s.booking.booker.locale)
        for s in mine
        if s.booking is not None and s.state is SessionState.BOOKED
    )


def _request(keys: Keys, text: TextReceived, at: datetime) -> CaseKey:
    """One number's texts of one day (UTC) are one request."""
    return request_key(keys.name("request", "text", text.sender, at.astimezone(UTC).date().isoformat()))


@dataclass(frozen=True, slots=True)
class _Writer:
    company_id: str | None
    contact_id: str | None


def _as_request(
    evidence: Evidence, text: TextReceived, subject: CaseKey, number: str | None, views: Views
) -> tuple[Evidence, ...]:
    """Before staff, with whose number it is; what the carrier did about it is noted for each contact of the number."""
    contacts = views.contacts_by_mobile(number) if number else ()
    placed = [replace(evidence, payload=text, subject=subject)]
    if text.carrier in ("in", "out"):
        consent = ConsentChanged(text.sender, "out" if text.carrier == "out" else "in", "text")
        for contact in contacts:
            key = derived_key(evidence.key, "consent", contact.id)
            placed.append(replace(evidence, key=key, payload=consent, subject=contact_key(contact.id)))
    elif text.carrier != "help":
        writer = _writer(contacts)
        received = RequestReceived(
            channel="text",
            sender=text.sender,
            text=text.body,
            answerable=False,  # it is answered as a text, by policy/unplaced_texts
            company_id=writer.company_id,
            contact_id=writer.contact_id,
        )
        placed.append(replace(evidence, key=derived_key(evidence.key, "request"), payload=received, subject=subject))
    return tuple(placed)


def _writer(contacts: Sequence[Contact]) -> _Writer:
    """Whose number it is, as far as that is one company's, and one contact's."""
    companies = {contact.company_id for contact in contacts}
    one = contacts[0].id if len(contacts) == 1 else None
    return _Writer(companies.pop() if len(companies) == 1 else None, one)

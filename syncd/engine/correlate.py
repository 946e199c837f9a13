"""Whose is it? Evidence from a calendar gets its subject here: by the event's mark, by where our entries stand, and for
marked events by the addresses and codes that they name (CAL-12, CAL-13, K7). Letters: engine/letters.py."""

from __future__ import annotations

from dataclasses import replace

from syncd.domain.correspondence import TextReceived, TextReported
from syncd.domain.evidence import EntryGone, EntrySeen, Evidence, Identified, MarkedEntrySeen
from syncd.domain.keys import session_key
from syncd.domain.people import normal_email
from syncd.engine.letters import MailPayload, Placing
from syncd.engine.placing_texts import place_report, place_text
from syncd.ports.keys import Keys
from syncd.ports.source import Batch
from syncd.ports.store import Store
from syncd.ports.views import Views

NAMED_MAX = 50
"""Addresses and words of one marked event that are looked up; the rest is ignored."""


def correlate(
    batch: Batch,
    store: Store,
    views: Views,
    keys: Keys,
    staff_emails: frozenset[str],
    mailboxes: frozenset[str] = frozenset(),
) -> Batch:
    """The batch with every piece of evidence given its subject; what concerns no session of ours is dropped.
    `mailboxes`: the desk's own addresses."""
    kept: list[Evidence] = []
    letters = Placing(store, views, keys, staff_emails | mailboxes)
    for evidence in batch.evidence:
        if isinstance(evidence.payload, MailPayload):
            kept.append(letters.place(evidence, evidence.payload))
            continue
        if isinstance(evidence.payload, TextReceived) and evidence.subject is None:
            kept += place_text(evidence, evidence.payload, views, keys)
            continue
        placed = _place(evidence, store, views, keys, staff_emails)
        if placed is not None:
            kept.append(placed)
    return replace(batch, evidence=tuple(kept))


def _place(evidence: Evidence, store: Store, views: Views, keys: Keys, staff_emails: frozenset[str]) -> Evidence | None:
    payload = evidence.payload
    match payload:
        case EntrySeen():
            return replace(evidence, subject=session_key(payload.session_id))
        case EntryGone():
            session_id = store.session_of_entry(payload.ref)
            return replace(evidence, subject=session_key(session_id)) if session_id else None
        case MarkedEntrySeen():
            session_id = store.session_of_entry(payload.ref) or adopted_session_id(keys, payload)
            people = identify(payload, views, keys, staff_emails)
            named = replace(payload, uid=keys.uid(session_id), people=people)
            return replace(evidence, subject=session_key(session_id), payload=named)
        case TextReported():
            return place_report(evidence, payload, views)
        case _:
            return evidence if evidence.subject is not None else None


def adopted_session_id(keys: Keys, marked: MarkedEntrySeen) -> str:
    """The id of the session that this event becomes; derived, so that reading it twice makes one (CAL-13)."""
    ref = marked.ref
    start = ref.original_start.isoformat() if ref.original_start else ""
    return keys.name("session", ref.calendar_id, ref.event_id, start)


def identify(marked: MarkedEntrySeen, views: Views, keys: Keys, staff_emails: frozenset[str]) -> tuple[Identified, ...]:
    """Known contacts by address, in the order named; a company by code, its contact then the first strange address."""
    people: list[Identified] = []
    strangers: list[str] = []
    names = {normal_email(a.email): a.name for a in marked.attendees}
    addresses = [*marked.emails, *(a.email for a in marked.attendees)]
    for address in dict.fromkeys(normal_email(a) for a in addresses[:NAMED_MAX]):
        if address in staff_emails:
            continue
        known = views.contacts_by_email(address)
        people += [Identified(c.company_id, c.id, c.email, c.name) for c in known]
        if not known:
            strangers.append(address)
    for code in marked.codes[:NAMED_MAX]:
        company = views.company_by_code(code)
        if company is None or any(p.company_id == company.id for p in people):
            continue
        email = strangers[0] if strangers else ""
        contact_id = keys.name("contact", company.id, email) if email else ""
        people.append(Identified(company.id, contact_id, email, names.get(email, "")))
    return tuple(people)

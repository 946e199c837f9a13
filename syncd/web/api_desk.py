"""What can the desk's own programs do? See sessions, companies and contacts; attest, decide; keep the catalogue.

Every call takes a key (web/api_access.py), and every act is recorded in the name of the key's staff member. What they
do about requests and return calls stands in web/api_requests.py.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Query, Request

from syncd.domain.decision import Answer
from syncd.domain.keys import CaseKind, split_key
from syncd.domain.money import Amount
from syncd.domain.paying import ClearanceGranted, FeeSet, ReleaseSet
from syncd.domain.people import Company, Contact
from syncd.domain.session import Session
from syncd.domain.spans import Span
from syncd.policy.gaps import type_of
from syncd.web.api import Key, ZoneQuery, content_of, house_of, press_of, visit_of
from syncd.web.api_access import Administers, Attends, Books, Reads
from syncd.web.api_desk_documents import as_absence, as_company, as_contact, as_session
from syncd.web.api_desk_models import (
    Absences,
    Attestation,
    BlockWish,
    ClearanceWish,
    Companies,
    CompanyDoc,
    ContactDoc,
    Contacts,
    DeskSessionDoc,
    DeskSessions,
    FeeWish,
    GiveWish,
    OutcomeWish,
    ReasonWish,
    Recorded,
    ReleaseWish,
    ShiftWish,
)
from syncd.web.api_models import Closed
from syncd.web.away import waiting_of
from syncd.web.desk_session import STATES
from syncd.web.forms import Inspection, Mistake
from syncd.web.problems import ProblemRaised, documented
from syncd.web.services import Services
from syncd.web.words import say

SHOWN_MAX = 200
ID_CHARS_MAX = 100
Id = Annotated[str, Path(max_length=ID_CHARS_MAX)]
DayQuery = Annotated[str, Query(max_length=10, examples=["2026-12-01"])]


def sessions(request: Request, key: Reads, day: DayQuery = "", zone: ZoneQuery = "UTC") -> DeskSessions:
    """The sessions that start on a day (today) of `zone`, by start; cancelled ones are left out."""
    services, found = _services(request), Inspection()
    local = ZoneInfo(found.zone("zone", zone) or "UTC")
    today = services.clock.now().astimezone(local).date()
    wanted = found.day("day", day, today) if day else today
    if found.mistakes:
        raise ProblemRaised("invalid", errors=found.mistakes)
    begins = datetime(wanted.year, wanted.month, wanted.day, tzinfo=local)
    span = Span(begins, begins + timedelta(days=1))
    shown = [s for s in services.views.sessions_starting(span) if s.booking is not None and s.state in STATES]
    return DeskSessions(day=wanted, zone=zone, sessions=[as_session(each) for each in shown])


def session(request: Request, key: Reads, session_id: Id) -> DeskSessionDoc:
    return as_session(_session(request, session_id))


def cancel(request: Request, key: Books, session_id: Id, idempotency: Key = None) -> DeskSessionDoc:
    """By the desk: no cutoff, and nothing counts against the customer (K3)."""
    known = _session(request, session_id)
    answer = _services(request).desk_door.cancel(known.id, press_of(idempotency), key.staff_id)
    return _changed(request, known, answer)


def give(request: Request, key: Books, session_id: Id, wish: GiveWish, idempotency: Key = None) -> DeskSessionDoc:
    """To a colleague, to another time, or both, under the same UID (K11, K12)."""
    known, services, found = _session(request, session_id), _services(request), Inspection()
    kind = type_of(known, services.desk(), services.terms())
    if kind is None or wish.staff not in kind.staff:
        found.wrong("staff", "Nobody of this id holds this type.")
    starts_at = found.instant("starts_at", wish.starts_at) if wish.starts_at is not None else None
    if found.mistakes:
        raise ProblemRaised("invalid", errors=found.mistakes)
    press = f"{press_of(idempotency)}~{content_of(wish)}"
    return _changed(request, known, services.desk_door.reassign(known.id, press, wish.staff, starts_at, key.staff_id))


def shift(request: Request, key: Attends, session_id: Id, wish: ShiftWish, idempotency: Key = None) -> DeskSessionDoc:
    """The session before runs over: this one's customer is told, its question and its close move by as much (K13)."""
    known = _session(request, session_id)
    press = f"{press_of(idempotency)}~{content_of(wish)}"
    late_by = timedelta(minutes=wish.minutes)
    return _changed(request, known, _services(request).door.shift(known.id, late_by, key.staff_id, press))


def absences(request: Request, key: Reads) -> Absences:
    """Who is out of office by their own calendar, over sessions of which nobody has said what becomes (K12)."""
    services = _services(request)
    now = services.clock.now()
    found = services.views.absences([member.id for member in services.desk().staff])
    sheets = [(absence.staff_id, waiting_of(services.views, absence, now)) for absence in found]
    return Absences(absences=[as_absence(staff_id, waiting) for staff_id, waiting in sheets if waiting])


def attest(
    request: Request, key: Attends, session_id: Id, wish: Attestation, idempotency: Key = None
) -> DeskSessionDoc:
    """The word of the key's staff member on the room (CON-5, A13)."""
    known = _session(request, session_id)
    press = f"{press_of(idempotency)}~{content_of(wish)}"
    door = _services(request).door
    return _changed(request, known, door.attest(known.id, wish.says, wish.since_start, key.staff_id, press, "api"))


def decide(
    request: Request, key: Attends, session_id: Id, wish: OutcomeWish, idempotency: Key = None
) -> DeskSessionDoc:
    """Decide, excuse, waive or restore an outcome, with a reason (A10)."""
    known = _session(request, session_id)
    press = f"{press_of(idempotency)}~{content_of(wish)}"
    door = _services(request).door
    answer = door.decide_outcome(known.id, wish.outcome, key.staff_id, wish.reason, press, confirmed=wish.confirmed)
    return _changed(request, known, answer)


def companies(request: Request, key: Reads, q: Annotated[str, Query(max_length=100)] = "") -> Companies:
    """All, or those that `q` names: an id, a code, a name, an address of one of theirs."""
    views = _services(request).views
    found: list[Company] = []
    if q.strip():
        for kind, subject_id in map(split_key, views.find_subjects(q.strip(), SHOWN_MAX)):
            contact = views.contact(subject_id) if kind is CaseKind.CONTACT else None
            wanted = subject_id if kind is CaseKind.COMPANY else contact.company_id if contact else ""
            company = views.company(wanted) if wanted else None
            if company is not None and company not in found:
                found.append(company)
    else:
        found = list(views.companies())
    return Companies(companies=[as_company(c) for c in found[:SHOWN_MAX]], more=max(0, len(found) - SHOWN_MAX))


def company(request: Request, key: Reads, company_id: Id) -> CompanyDoc:
    return as_company(_company(request, company_id))


def contacts(request: Request, key: Reads, company_id: Id) -> Contacts:
    """With their ledgers, and what they rest on (S1 to S4)."""
    services, known = _services(request), _company(request, company_id)
    now = services.clock.now()
    return Contacts(contacts=[as_contact(each, now) for each in services.views.contacts(known.id)[:SHOWN_MAX]])


def contact(request: Request, key: Reads, contact_id: Id) -> ContactDoc:
    return as_contact(_contact(request, contact_id), _services(request).clock.now())


def block(request: Request, key: Administers, company_id: Id, wish: BlockWish, idempotency: Key = None) -> CompanyDoc:
    """Block a company, or lift it: a person's decision, with its reason (C8, E6)."""
    known = _company(request, company_id)
    press = f"{press_of(idempotency)}~{content_of(wish)}"
    _services(request).desk_door.block(known.id, press, key.staff_id, wish.reason, blocked=wish.blocked)
    return as_company(_company(request, company_id))


def reinstate(
    request: Request, key: Administers, contact_id: Id, wish: ReasonWish, idempotency: Key = None
) -> ContactDoc:
    """End a suspension without a payment (S4)."""
    known = _contact(request, contact_id)
    press = f"{press_of(idempotency)}~{content_of(wish)}"
    _services(request).desk_door.reinstate(known.id, press, key.staff_id, wish.reason)
    return contact(request, key, contact_id)


def clear(
    request: Request, key: Administers, company_id: Id, wish: ClearanceWish, idempotency: Key = None
) -> CompanyDoc:
    """A yes for this company and a release, or taken back (E4)."""
    known, services = _company(request, company_id), _services(request)
    if services.views.catalogue().release(wish.release) is None:
        raise ProblemRaised(
            "invalid", errors=[Mistake("release", "There is no such release. GET /api/v1/fees lists them.")]
        )
    wanted = ClearanceGranted(wish.release, key.staff_id, wish.granted)
    services.door.clear(known.id, wanted, f"{press_of(idempotency)}~{content_of(wish)}")
    return as_company(_company(request, company_id))


def set_fee(request: Request, key: Administers, wish: FeeWish, idempotency: Key = None) -> Recorded:
    """From a day on; every change keeps its date (E8)."""
    services = _services(request)
    if services.desk().type(wish.type) is None:
        raise ProblemRaised("invalid", errors=[Mistake("type", "There is no such type. GET /api/v1/types lists them.")])
    amount = Amount(wish.amount_cents, wish.currency)
    wanted = FeeSet(wish.type, wish.plan or "", amount, wish.since, key.staff_id)
    services.door.set_fee(wanted, _catalogue_press(idempotency, wish))
    return Recorded()


def set_release(request: Request, key: Administers, wish: ReleaseWish, idempotency: Key = None) -> Recorded:
    """Its state from a day on; every change keeps its date (E8)."""
    wanted = ReleaseSet(wish.id, wish.name, wish.state, wish.since, key.staff_id)
    _services(request).door.set_release(wanted, _catalogue_press(idempotency, wish))
    return Recorded()


def add_routes(router: APIRouter) -> None:
    """The calls under `/api/v1/desk`."""
    add, root = router.add_api_route, "/desk"
    reads = documented([401, 403, 404, 422, 503])
    acts = documented([400, 401, 403, 404, 408, 409, 413, 422, 503])
    one, theirs = f"{root}/sessions/{{session_id}}", f"{root}/companies/{{company_id}}"
    add(f"{root}/sessions", sessions, summary="Sessions of a day", responses=reads)
    add(one, session, summary="One session", responses=reads)
    add(f"{root}/absences", absences, summary="Who is away over booked sessions", responses=reads)
    add(f"{root}/companies", companies, summary="Companies", responses=reads)
    add(theirs, company, summary="One company with its ledger", responses=reads)
    add(f"{theirs}/contacts", contacts, summary="Its contacts with their ledgers", responses=reads)
    add(f"{root}/contacts/{{contact_id}}", contact, summary="One contact with their ledger", responses=reads)
    posts = (
        (f"{one}/cancel", cancel, "Cancel a session for the desk"),
        (f"{one}/give", give, "Give a session to a colleague, or another time"),
        (f"{one}/shift", shift, "Let a session begin later"),
        (f"{one}/attest", attest, "Attest who was there"),
        (f"{one}/outcome", decide, "Decide what it came to"),
        (f"{theirs}/block", block, "Block a company, or lift it"),
        (f"{theirs}/clearances", clear, "Clear a release for a company"),
        (f"{root}/contacts/{{contact_id}}/reinstate", reinstate, "Lift a suspension"),
        (f"{root}/catalogue/fees", set_fee, "Set a fee"),
        (f"{root}/catalogue/releases", set_release, "Set a release's state"),
    )
    for path, act, summary in posts:
        add(path, act, methods=["POST"], summary=summary, responses=acts)


def _services(request: Request) -> Services:
    return house_of(request).services


def _session(request: Request, session_id: str) -> Session:
    found = _services(request).views.session(session_id)
    if found is None or found.booking is None or found.state not in STATES:
        raise ProblemRaised("not-found")
    return found


def _company(request: Request, company_id: str) -> Company:
    found = _services(request).views.company(company_id)
    if found is None:
        raise ProblemRaised("not-found")
    return found


def _contact(request: Request, contact_id: str) -> Contact:
    found = _services(request).views.contact(contact_id)
    if found is None:
        raise ProblemRaised("not-found")
    return found


def _changed(request: Request, known: Session, answer: Answer) -> DeskSessionDoc:
    if not answer.accepted:
        visit = visit_of(request)
        said = say(visit.desk, visit.when, answer.code, answer.until)
        more = {"until": answer.until.isoformat()} if answer.until is not None else {}
        raise ProblemRaised(said.name, detail=said.means, more=more)
    return as_session(_session(request, known.id))


def _catalogue_press(idempotency: str | None, wish: Closed) -> str:
    return f"{press_of(idempotency)}~{content_of(wish)}"

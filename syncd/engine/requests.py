"""What does the desk do about a request? Squeeze it in, call back, clear; what customers ask by the form (O1-O3, E4).

The same promises as engine/door. Gaps are read from the views, as slots are; a return call's is asked for live before
it is held, and the next is tried where it has gone. A crash between a request and its gap loses nothing: the request
is open, and staff are told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.domain.calling import CallPlanned, CallResulted, ClearancePressed, SqueezedIn
from syncd.domain.correspondence import RequestReceived
from syncd.domain.decision import Answer, AnswerCode
from syncd.domain.desk import Slot
from syncd.domain.evidence import Evidence, Payload
from syncd.domain.keys import CaseKey, derived_key, request_key, session_key
from syncd.domain.people import normal_email
from syncd.domain.request import Request, RequestKind
from syncd.domain.session import CallOutcome, Session, SessionState
from syncd.domain.spans import Span
from syncd.engine.door import Door
from syncd.policy import gaps
from syncd.policy.slots import InTheWay
from syncd.ports.errors import SlotTaken

SOURCE = "request"
AHEAD = timedelta(days=gaps.DAYS + 1)
TRIES_MAX = 5
"""Gaps that are tried before a person looks for one."""

GONE = (AnswerCode.SLOT_TAKEN, AnswerCode.SLOT_PAST, AnswerCode.NOT_OFFERED, AnswerCode.UNREADABLE)


@dataclass(frozen=True, slots=True)
class CallWanted:
    """A return call as a form asks for it, checked: an E.164 number, an IANA zone. `by`: staff enter it for them."""

    code: str
    name: str
    email: str
    phone: str
    zone: str = ""
    locale: str = ""
    issue: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Customer:
    """For whom staff set something: whose company, which contact, at which address."""

    company_id: str
    contact_id: str
    name: str
    email: str
    company_name: str
    zone: str
    mobile: str


@dataclass(slots=True)
class RequestDoor:
    """Beside the door for everyone; any thread may call it."""

    door: Door

    # -- what still fits -----------------------------------------------------------------------------------------------

    def emergency_gaps(self, type_id: str) -> tuple[Slot, ...]:
        """Nearest first (O1). Members whose calendars cannot be read, or were read too long ago, have none (CAL-26)."""
        kind, now = self.door.desk().type(type_id), self.door.clock.now()
        if kind is None:
            return ()
        return gaps.emergency_gaps(self.door.desk(), kind, self._ways(now), self.door.terms(), now)

    def call_gaps(self, zone: str) -> tuple[Slot, ...]:
        """For a return call to somebody in that zone, nearest first (O3)."""
        now = self.door.clock.now()
        return gaps.call_gaps(self.door.desk(), self._ways(now), zone, self.door.terms(), now)

    def customer(self, request: Request, code: str = "", email: str = "") -> Customer:
        """As the files have them; a `code` or an `email` that staff type counts before what came with the request."""
        views, address = self.door.views, email or (request.sender if "@" in request.sender else "")
        company = views.company_by_code(code) if code else None
        contact = views.contact(request.contact_id) if request.contact_id and not code else None
        address = address or (contact.email if contact else "")
        company_id = company.id if company else request.company_id or self.door.payer_of("", address)
        company = company or views.company(company_id)
        contact = contact or views.contact(self.door.contact_id(company_id, address))
        zone = (contact and contact.zone) or (company and company.zone) or request.zone or self.door.desk().zone
        name = request.sender_name or (contact.name if contact else "")
        called = company.name if company else address.rpartition("@")[2]
        contact_id = contact.id if contact else self.door.contact_id(company_id, address)
        return Customer(company_id, contact_id, name, address, called, zone, contact.mobile or "" if contact else "")

    # -- what staff press ----------------------------------------------------------------------------------------------

    def squeeze_in(
        self,
        request_id: str,
        type_id: str,
        staff_id: str,
        starts_at: datetime,
        press: str,
        staff: str,
        code: str = "",
        email: str = "",
    ) -> Answer:
        """An emergency session in that gap (O1). RECORDED: the company is blocked, and staff are asked first (O4)."""
        request = self.door.views.request(request_id)
        if request is None:
            return Answer("", AnswerCode.STALE_QUESTION, "O1")
        session_id, _ = self._session_for(request)
        whom = self.customer(request, code, email)
        if not whom.email:
            return Answer("", AnswerCode.NO_SUCH_SESSION, "O1")
        payload = SqueezedIn(
            self.door.keys.uid(session_id),
            type_id,
            staff_id,
            starts_at,
            request_id,
            whom.company_id,
            whom.contact_id,
            whom.name,
            whom.email,
            staff,
            whom.company_name,
            request.subject,
        )
        return self._submit(derived_key(session_id, "squeeze", press), session_key(session_id), payload)

    def plan_call(
        self,
        request_id: str,
        press: str,
        staff: str,
        slot: Slot | None = None,
        number: str = "",
        code: str = "",
        email: str = "",
    ) -> Answer:
        """Hold a gap and tell the customer (O3): that `slot`, else the nearest. `number`: else the request's, else the
        contact's. One call back: after its attempt there is no other."""
        request = self.door.views.request(request_id)
        if request is None:
            return Answer("", AnswerCode.STALE_QUESTION, "O3")
        session_id, standing = self._session_for(request)
        whom = self.customer(request, code, email)
        called = number or request.phone or whom.mobile
        if not called or not whom.email:
            return Answer("", AnswerCode.ALREADY_BOOKED if standing else AnswerCode.NO_SUCH_SESSION, "O3")
        answer = Answer("", AnswerCode.NOT_OFFERED, "O3")
        picked = slot or standing
        for gap in (picked,) if picked is not None else self.call_gaps(whom.zone)[:TRIES_MAX]:
            answer = self._hold_call(request, session_id, gap, whom, called, press, staff)
            if answer.code not in GONE:
                break
        return answer

    def end_call(self, session_id: str, outcome: CallOutcome, press: str, staff: str) -> Answer:
        """What the call came to (O3)."""
        key = derived_key(session_id, "call", press)
        return self._submit(key, session_key(session_id), CallResulted(outcome, staff))

    def clear(self, request_id: str, company_id: str, release_id: str, press: str, staff: str) -> Answer:
        """A yes for that company and release (E4); the writer is told that it can be bought now."""
        release = self.door.views.catalogue().release(release_id)
        payload = ClearancePressed(company_id, release_id, release.name if release else release_id, staff)
        key = derived_key(request_id, "clear", company_id, release_id, press)
        return self._submit(key, request_key(request_id), payload)

    # -- what is asked by a form ---------------------------------------------------------------------------------------

    def request_of_form(self, form_id: str) -> str:
        return self.door.keys.name("request", "form", form_id)

    def session_of(self, request_id: str) -> Session | None:
        """What the request became, the latest; also before the request itself has heard of it."""
        request = self.door.views.request(request_id)
        if request is None:
            return None
        newer = self.door.views.session(self._name(request))
        return newer or (self.door.views.session(request.session_id) if request.session_id else None)

    def ask_call(self, form_id: str, press: str, wanted: CallWanted) -> Answer:
        """BOOKED: a gap is held, and the customer told. RECORDED: asked for, and a person looks for one. A code that
        opens nothing is an answer (E3)."""
        company = self.door.views.company_by_code(wanted.code)
        if company is None and not self.door.views.knows_companies(self.door.clock.now()):
            return Answer("", AnswerCode.DIRECTORY_UNREAD, "D2")
        contact_id = self.door.contact_id(company.id, wanted.email) if company else None
        coming = self.door.views.sessions_of_contact(contact_id, self.door.clock.now()) if contact_id else ()
        request_id = self.request_of_form(form_id)
        if any(session.call is not None and session.request_id != request_id for session in coming):
            return Answer("", AnswerCode.ALREADY_BOOKED, "O3")
        payload = RequestReceived(
            "staff" if wanted.by else "form",
            normal_email(wanted.email),
            wanted.name,
            text=wanted.issue,
            answerable=False,
            company_id=company.id if company else None,
            contact_id=contact_id,
            as_kind=RequestKind.RETURN_CALL,
            phone=wanted.phone,
            zone=wanted.zone,
            locale=wanted.locale,
            by=wanted.by,
        )
        asked = self._submit(derived_key(form_id, "call", press), request_key(request_id), payload)
        if not asked.accepted:
            return asked
        held = self.plan_call(request_id, press, wanted.by)
        return held if held.code is AnswerCode.BOOKED else asked

    # -- inside --------------------------------------------------------------------------------------------------------

    def _ways(self, now: datetime) -> dict[str, InTheWay]:
        desk, views, terms = self.door.desk(), self.door.views, self.door.terms()
        around = Span(now - timedelta(days=1), now + AHEAD)
        neighbours = views.neighbours(around, now)
        found = {}
        for member in desk.staff:
            busy = views.busy(member.id, around)
            if busy.read_at is not None and now - busy.read_at <= terms.busy_age_max:
                found[member.id] = InTheWay(busy.spans, neighbours)
        return found

    def _name(self, request: Request) -> str:
        return self.door.keys.name("session", "request", request.id, request.session_id or "")

    def _session_for(self, request: Request) -> tuple[str, Slot | None]:
        """The id of the next session for it. Ids go on from the last: two who press at once name the same session.
        Where the last one stands in the way it is that one, with its slot: whoever pressed for it and got no answer
        gets it now, and a later press is told that it stands."""
        last = self.session_of(request.id)
        if last is None:
            return self._name(request), None
        live = last.state in (SessionState.BOOKED, SessionState.HELD)
        tried = last.call is not None and last.call.outcome in (CallOutcome.DONE, CallOutcome.NOT_REACHED)
        if live or tried:
            return last.id, Slot(last.starts_at, last.ends_at, last.staff_id)
        return self._name(request), None

    def _hold_call(
        self, request: Request, session_id: str, gap: Slot, whom: Customer, number: str, press: str, staff: str
    ) -> Answer:
        payload = CallPlanned(
            self.door.keys.uid(session_id),
            gap.staff_id,
            gap.starts_at,
            request.id,
            whom.company_id,
            whom.contact_id,
            whom.name,
            whom.email,
            number,
            self.door.ask(gap.staff_id, Span(gap.starts_at, gap.starts_at + self.door.terms().call_length)),
            staff,
            request.zone,
            request.locale,
            request.text or request.subject,
            whom.company_name,
        )
        key = derived_key(session_id, "call", gap.staff_id, gap.starts_at.isoformat(), press)
        try:
            return self._submit(key, session_key(session_id), payload)
        except SlotTaken:
            return Answer("", AnswerCode.SLOT_TAKEN, "O3")

    def _submit(self, key: str, subject: CaseKey, payload: Payload) -> Answer:
        now = self.door.clock.now()
        evidence = Evidence(derived_key(SOURCE, key), SOURCE, now, payload, subject)
        settled = self.door.store.settle(subject, self.door.decide, now, (evidence,))
        self.door.wake()
        for answer in settled.answers:
            if answer.evidence_key == evidence.key:
                return answer
        raise AssertionError(f"no answer to {payload.kind}: every request has one (C4)")

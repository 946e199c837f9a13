"""The one door in for people: requests from pages and the API become evidence, are settled at once, and are answered.

Any thread may call it. Whatever is asked of a calendar is asked before, live, and rides along as evidence (CAL-26);
the rest is one `store.settle`. What was not recorded is said to be not recorded (`Unavailable`), and the same press may
be sent again: its key is derived from the form and the press, so a double submit is one act.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from syncd.domain.attendance import Outcome
from syncd.domain.attended import Attested, CustomerSaid, Objected, OutcomeDecided, ShiftRequested
from syncd.domain.decision import Answer, AnswerCode
from syncd.domain.desk import Desk, Slot
from syncd.domain.evidence import (
    Asked,
    BookingRequested,
    CancelRequested,
    CodeRequested,
    Evidence,
    HoldRequested,
    LinksRequested,
    Payload,
    RescheduleRequested,
    RestoreRequested,
    StaffAnswered,
)
from syncd.domain.keys import CATALOGUE_KEY, CaseKey, company_key, contact_key, derived_key, session_key
from syncd.domain.money import Amount
from syncd.domain.paying import ClearanceGranted, FeeSet, PaymentAbandoned, ReinstatementAsked, ReleaseSet
from syncd.domain.people import Attendee, Side, normal_email
from syncd.domain.session import Choice
from syncd.domain.spans import Span
from syncd.domain.terms import Terms
from syncd.policy import slots
from syncd.ports.calendar import Calendar
from syncd.ports.clock import Clock
from syncd.ports.errors import SyncdError
from syncd.ports.keys import Keys
from syncd.ports.store import Decide, Store
from syncd.ports.views import Views

OFFER_DAYS_MAX = 62
NEAREST_DAYS = 14
OBJECTION_MAX = 4_000


@dataclass(frozen=True, slots=True)
class Details:
    """What a booking form says, checked and normalised by the page or the API: E.164 number, IANA zone, addresses."""

    type_id: str
    staff_id: str
    starts_at: datetime
    code: str
    booker: Attendee
    topic_id: str | None = None
    colleagues: tuple[Attendee, ...] = ()
    issue: str = ""
    release: str = ""
    pays_by: str | None = None  # E4: paid, by this method; then there is no code
    company_name: str = ""
    shown: Amount | None = None  # E7


@dataclass(slots=True)
class Door:
    """`desk` and `terms` are asked anew each time: a reload changes them. `wake` tells the loops that there is work."""

    store: Store
    views: Views
    calendars: Mapping[str, Calendar]
    clock: Clock
    keys: Keys
    desk: Callable[[], Desk]
    terms: Callable[[], Terms]
    decide: Decide
    wake: Callable[[], None] = field(default=lambda: None)

    # -- what is on offer ----------------------------------------------------------------------------------------------

    def offers(
        self, type_id: str, first: date, days: int, zone: str, staff_id: str | None = None, moving: str | None = None
    ) -> tuple[Slot, ...]:
        """Slots whose start falls into `days` days from `first` as days of `zone`; one a start (least burdened, B3).

        `moving`: the session that is being rescheduled, which is not in its own way. A member whose calendars cannot
        be read, or were read longer ago than the terms allow, has none (CAL-26).
        """
        desk, terms, now = self.desk(), self.terms(), self.clock.now()
        kind = desk.type(type_id)
        if kind is None or not 0 < days <= OFFER_DAYS_MAX:
            return ()
        local = ZoneInfo(zone)
        window = Span(_midnight(first, local), _midnight(first + timedelta(days=days), local))
        around = window.widened(timedelta(days=1), timedelta(days=1))
        neighbours = tuple(n for n in self.views.neighbours(around, now) if n.session_id != moving)
        found: list[Slot] = []
        for member in (m for m in desk.staff if m.id in kind.staff and staff_id in (None, m.id)):
            busy = self.views.busy(member.id, around)
            if busy.read_at is None or now - busy.read_at > terms.busy_age_max:
                continue
            way = slots.InTheWay(busy.spans, neighbours)
            day = window.starts_at.astimezone(ZoneInfo(member.zone)).date()
            found += slots.free_slots(desk, kind, member, way, day - timedelta(days=1), days + 3, now)
        burden: dict[str, int] = {}
        for neighbour in neighbours:
            burden[neighbour.staff_id] = burden.get(neighbour.staff_id, 0) + 1
        return tuple(s for s in slots.least_burdened(found, burden) if window.holds(s.starts_at))

    def nearest(
        self, type_id: str, starts_at: datetime, zone: str, count: int = 3, moving: str | None = None
    ) -> tuple[Slot, ...]:
        """The `count` free slots closest to a time that was lost (B2), in order of time."""
        day = starts_at.astimezone(ZoneInfo(zone)).date()
        near = self.offers(type_id, day - timedelta(days=2), NEAREST_DAYS, zone, moving=moving)
        closest = sorted(near, key=lambda slot: abs(slot.starts_at - starts_at))[:count]
        return tuple(sorted(closest, key=lambda slot: slot.starts_at))

    def ask(self, staff_id: str, span: Span) -> Asked:
        """Live busy time of all the member's calendars; what cannot be read is named, never taken for free."""
        now = self.clock.now()
        member = self.desk().member(staff_id)
        busy: list[Span] = []
        unreadable: list[str] = []
        includes_own = False
        for calendar_id in member.calendars if member else ():
            try:
                answer = self.calendars[calendar_id].busy(span)
            except (SyncdError, KeyError):
                unreadable.append(calendar_id)
                continue
            busy += answer.spans
            includes_own = includes_own or answer.includes_own
        return Asked(staff_id, span, now, tuple(sorted(busy)), includes_own, tuple(unreadable))

    # -- what a customer presses ---------------------------------------------------------------------------------------

    def session_of_form(self, form_id: str) -> str:
        """The session that this booking form is about: its id is derived from the form's (B2: one hold a form)."""
        return self.keys.name("session", form_id)

    def hold(self, form_id: str, press: str, type_id: str, staff_id: str, starts_at: datetime, network: str) -> Answer:
        """Keep a slot while details are typed (B2). `network`: the visitor's address, kept only as a digest."""
        session_id = self.session_of_form(form_id)
        payload = HoldRequested(
            self.keys.uid(session_id),
            type_id,
            staff_id,
            starts_at,
            self.keys.digest("network", network),
            self._ask_for(type_id, staff_id, starts_at),
        )
        return self._submit("form", derived_key(form_id, "hold", press), session_key(session_id), payload)

    def book(self, form_id: str, press: str, details: Details, network: str, door: str = "page") -> Answer:
        """Book (E1-E6, B1, B2). An unknown code is an answer, not an error (E3)."""
        session_id = self.session_of_form(form_id)
        company = self.views.company_by_code(details.code)
        if company is None and details.pays_by is None and not self.views.knows_companies(self.clock.now()):
            return Answer("", AnswerCode.DIRECTORY_UNREAD, "D2")
        company_id = company.id if company else None
        if details.pays_by is not None:
            company_id = self.payer_of(details.code, details.booker.email)
        contact_id = self.contact_id(company_id, details.booker.email) if company_id else None
        payload = BookingRequested(
            uid=self.keys.uid(session_id),
            type_id=details.type_id,
            staff_id=details.staff_id,
            starts_at=details.starts_at,
            door="api" if door == "api" else "page",
            company_id=company_id,
            contact_id=contact_id,
            booker=details.booker,
            asked=self._ask_for(details.type_id, details.staff_id, details.starts_at),
            topic_id=details.topic_id,
            colleagues=details.colleagues,
            issue=details.issue,
            release=details.release,
            pays_by=details.pays_by,
            company_name=details.company_name,
            shown=details.shown,
            network=self.keys.digest("network", network),
        )
        return self._submit("form", derived_key(form_id, "book", press), session_key(session_id), payload)

    def cancel(self, session_id: str, press: str, email: str | None, via: str = "link") -> Answer:
        """Cancel by the customer (C1), judged by this instant (C4)."""
        payload = CancelRequested(via, Side.CUSTOMER, email)
        return self._submit("link", derived_key(session_id, "cancel", press), session_key(session_id), payload)

    def reschedule(
        self, session_id: str, press: str, email: str | None, starts_at: datetime, staff_id: str, via: str = "link"
    ) -> Answer:
        """Move to another slot, also of another staff member (C1, C12)."""
        session = self.views.session(session_id)
        type_id = session.type_id if session else ""
        asked = self._ask_for(type_id, staff_id, starts_at)
        payload = RescheduleRequested(via, Side.CUSTOMER, starts_at, staff_id, asked, email)
        return self._submit("link", derived_key(session_id, "reschedule", press), session_key(session_id), payload)

    def restore(self, session_id: str, press: str, email: str | None) -> Answer:
        """ "A colleague is coming": undo a decline while the slot is free (C6)."""
        session = self.views.session(session_id)
        if session is None:
            return Answer("", AnswerCode.NO_SUCH_SESSION, "C6")
        payload = RestoreRequested("link", Side.CUSTOMER, self.ask(session.staff_id, session.span))
        return self._submit("link", derived_key(session_id, "restore", press), session_key(session_id), payload)

    def send_links(self, email: str, press: str) -> None:
        """B5: to the address on file, if it is one; whoever asks learns nothing either way."""
        for contact in self.views.contacts_by_email(normal_email(email)):
            key = derived_key(contact.id, "links", press)
            self._submit("link", key, contact_key(contact.id), LinksRequested())

    def send_code(self, email: str, press: str) -> None:
        """E9: the code of each company that has this address on file, to that address; whoever asks learns nothing."""
        for contact in self.views.contacts_by_email(normal_email(email)):
            company = self.views.company(contact.company_id)
            if company is not None and company.code:
                key = derived_key(contact.id, "code", press)
                self._submit("link", key, contact_key(contact.id), CodeRequested(company.name, company.code))

    def payer_of(self, code: str, email: str) -> str:
        """The company of somebody who pays: by its code, else the one on whose file the address is, else one of their
        own (E2, E4)."""
        company = self.views.company_by_code(code)
        if company is not None:
            return company.id
        known = self.views.contacts_by_email(normal_email(email))
        return known[0].company_id if known else self.keys.name("payer", normal_email(email))

    def abandon_payment(self, subject: CaseKey, press: str) -> Answer:
        """The customer went back from paying: what was kept is freed once nothing can be paid any more (PAY-5)."""
        return self._submit("payment", derived_key(subject, "abandon", press), subject, PaymentAbandoned())

    def ask_reinstatement(self, contact_id: str, method: str, press: str) -> Answer:
        """A suspended contact wants to pay, by the link in the notice (S4, PAY-6)."""
        key = derived_key(contact_id, "reinstatement", press)
        return self._submit("payment", key, contact_key(contact_id), ReinstatementAsked(method))

    # -- what the desk sells (E4, E8) ----------------------------------------------------------------------------------

    def set_release(self, wanted: ReleaseSet, press: str) -> Answer:
        return self._submit("catalogue", press, CATALOGUE_KEY, wanted)

    def set_fee(self, wanted: FeeSet, press: str) -> Answer:
        return self._submit("catalogue", press, CATALOGUE_KEY, wanted)

    def clear(self, company_id: str, wanted: ClearanceGranted, press: str) -> Answer:
        """A staff member's yes for a company and a release (E4)."""
        return self._submit("clearance", derived_key(company_id, press), company_key(company_id), wanted)

    def contact_id(self, company_id: str, email: str) -> str:
        """A contact is an address at a company (E2)."""
        return self.keys.name("contact", company_id, normal_email(email))

    # -- what staff press ----------------------------------------------------------------------------------------------

    def answer_question(self, key: CaseKey, question_id: str, choice: Choice, staff_id: str, press: str) -> Answer:
        """By the signed link of a question (N8)."""
        payload = StaffAnswered(question_id, choice, staff_id)
        return self._submit("question", derived_key(key, question_id, staff_id, press), key, payload)

    def attest(
        self,
        session_id: str,
        says: Literal["here", "nobody", "online", "phone", "unplaced"],
        since_start: bool,
        staff_id: str,
        press: str,
        via: str = "desk",
    ) -> Answer:
        """A staff member's own word on the room (CON-5): "I am in the room" (`here`), or whom they found there.

        `since_start`: the explicit tick "and I was there since T - 15"; with `nobody` that is coverage, canary and
        statement at once (A13). Answered RECORDED, NOT_YET before T - 15, ALREADY_OVER later than the terms'
        `attest_within` after the close (then it is a decision: `decide_outcome`), NO_SUCH_SESSION.
        """
        now = self.clock.now()
        session = self.views.session(session_id)
        since = now
        if since_start and session is not None:
            since = min(now, session.starts_at - self.views.terms(session.terms_id).early)
        payload = Attested(staff_id, says, since, via=via)
        return self._submit("desk", derived_key(session_id, "attest", press), session_key(session_id), payload)

    def decide_outcome(
        self,
        session_id: str,
        outcome: Outcome,
        staff_id: str,
        reason: str,
        press: str,
        *,
        lead: bool = False,
        confirmed: bool = False,
    ) -> Answer:
        """Staff decide, excuse, waive or restore (A10). NO_SHOW takes a second press (`confirmed`), else it is answered
        NEEDS_SECOND_PRESS; over the customer's "I am here" a `lead`, else NEEDS_LEAD; always a reason, else
        NEEDS_REASON. Who is a lead the caller knows: at the desk by the role of the sign-in. NOT_YET before T - 15;
        ALREADY_CANCELLED for a cancelled session, which comes to nothing."""
        payload = OutcomeDecided(outcome, staff_id, reason.strip(), lead, confirmed)
        return self._submit("desk", derived_key(session_id, "outcome", press), session_key(session_id), payload)

    def shift(self, session_id: str, by: timedelta, staff_id: str, press: str) -> Answer:
        """The session before runs over: this one's customer is told, its question and its close move by as much (K13).
        `by` counts from the scheduled start and replaces an earlier shift; at most an hour, else NOT_OFFERED."""
        payload = ShiftRequested(by, staff_id)
        return self._submit("desk", derived_key(session_id, "shift", press), session_key(session_id), payload)

    # -- what a customer says of a session that is due -----------------------------------------------------------------

    def say(
        self,
        session_id: str,
        says: Literal["here", "late", "keep", "not-coming"],
        press: str,
        email: str | None,
        via: str = "link",
    ) -> Answer:
        """On the session's own page, between T - 15 and the close: "I am here" (A11), "I am late" (A4), "not coming".

        `until` of the answer: the close as it now stands (late, keep). NOT_YET before T - 15, ALREADY_OVER after the
        close, ALREADY_CANCELLED, NO_SUCH_SESSION.
        """
        payload = CustomerSaid(says, via, email)
        return self._submit("link", derived_key(session_id, "say", press), session_key(session_id), payload)

    def object(self, session_id: str, email: str, words: str, press: str) -> Answer:
        """A contact objects to an outcome (A15): it goes before staff, and penalties wait. UNCHANGED where there is no
        outcome to object to, or an objection stands already."""
        payload = Objected(normal_email(email), words.strip()[:OBJECTION_MAX])
        return self._submit("link", derived_key(session_id, "object", press), session_key(session_id), payload)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _ask_for(self, type_id: str, staff_id: str, starts_at: datetime) -> Asked:
        kind = self.desk().type(type_id)
        length = kind.length if kind else timedelta(minutes=30)
        return self.ask(staff_id, Span(starts_at, starts_at + length))

    def _submit(self, source: str, key: str, subject: CaseKey, payload: Payload) -> Answer:
        now = self.clock.now()
        evidence = Evidence(derived_key(source, key), source, now, payload, subject)
        settled = self.store.settle(subject, self.decide, now, (evidence,))
        self.wake()
        for answer in settled.answers:
            if answer.evidence_key == evidence.key:
                return answer
        raise AssertionError(f"no answer to {payload.kind}: every request has one (C4)")


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)

"""Who? Companies, contacts, attendees and staff, with the standing that the ledgers give them (policy: Words, E, S)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

from syncd.domain.money import Clearance, Payment


class Plan(StrEnum):
    SUPPORT = "support"
    MAINTENANCE = "maintenance"


class Side(StrEnum):
    """Who made a change: the customer, the desk's staff, or syncd by a rule."""

    CUSTOMER = "customer"
    STAFF = "staff"
    SYNCD = "syncd"


class Entitlement(StrEnum):
    """Why a session may take place."""

    PLAN = "plan"
    PAID = "paid"
    COURTESY = "courtesy"


class Reinstatement(StrEnum):
    """What ends a suspension (S4)."""

    WAIT = "wait"
    PAYMENT = "payment"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Strike:
    """A mark against a company (S2): when it was given, by which session, for whose no-show. It stays on the record;
    `withdrawn_at`: what it rested on was reversed (A9, A10). When it ceases to count is the terms' business (S8)."""

    session_id: str
    struck_at: datetime
    contact_id: str = ""
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Suspension:
    """A period in which a contact books no free session (S1, E5): the no-shows that it rests on, oldest first.

    `ends_at` is the end of its last day in `zone`. `lifted_at` ends it early: by payment, by staff, or because a
    no-show was reversed (`lifted_by`; S4, A9). `session_id`: whose no-show completed it; `terms_id`: that session's
    terms (S10). `fee`: the reference of the payment that lifted it. `reversed_at`: it ought never to have been.
    `held_at`: an objection is open, and it waits meanwhile (A15). `open_ended`: waiting does not end it (S4), and
    `ends_at` is only when it would have.
    """

    started_at: datetime
    ends_at: datetime
    lifted_at: datetime | None = None
    session_ids: tuple[str, ...] = ()
    lifted_by: str = ""
    session_id: str = ""
    zone: str = "UTC"
    terms_id: str = "default"
    fee: str = ""
    reversed_at: datetime | None = None
    held_at: datetime | None = None
    open_ended: bool = False

    def stands_at(self, instant: datetime) -> bool:
        own = None if self.open_ended else self.ends_at
        ends = [end for end in (own, self.lifted_at, self.reversed_at, self.held_at) if end is not None]
        return self.started_at <= instant and all(instant < end for end in ends)


@dataclass(frozen=True, slots=True)
class NoShow:
    """A confirmed no-show in the contact's ledger (S1). `counts`: it may lead to a suspension (S9, E11). `warned_at`:
    the warning about it was handed over (S6). `spent_on`: the session whose no-show completed the suspension that it
    went into (S3). `reversed_at`: it is none any more (A9, A10). `held_at`: an objection to it is open (A15).
    `company_id`, `zone` and `terms_id` are the session's own (S2, S3, S10)."""

    session_id: str
    starts_at: datetime
    confirmed_at: datetime
    counts: bool = True
    warned_at: datetime | None = None
    spent_on: str | None = None
    reversed_at: datetime | None = None
    company_id: str = ""
    zone: str = "UTC"
    terms_id: str = "default"
    held_at: datetime | None = None

    @property
    def open(self) -> bool:
        """May it still lead to a suspension?"""
        return self.counts and self.spent_on is None and self.reversed_at is None and self.held_at is None


@dataclass(frozen=True, slots=True)
class Fee:
    """A payment for reinstatement, as it was recorded (S4, PAY-6). `lifted`: the session whose suspension it lifted;
    None: it lifted nothing, and a person looks at it (S7)."""

    reference: str
    paid_at: datetime
    amount_cents: int
    currency: str
    lifted: str | None = None


@dataclass(frozen=True, slots=True)
class Matter:
    """What a contact or company has before a person: asked once, repeated once, and never at their expense (N8).

    `about`: second-no-show (S1) | fee (S7, PAY-6) | review (C8). `to`: staff id. `sessions`: those it is about;
    `reference`: the payment's; `detail`: what happened, in words for staff; `choices` as in `session.Choice`.
    """

    id: str
    about: str
    to: str
    asked_at: datetime
    repeat_at: datetime | None = None
    sessions: tuple[str, ...] = ()
    reference: str = ""
    detail: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SameDayChange:
    """A session cancelled or moved by the customer on its day (C8). `who` booked it: the letter goes to them."""

    session_id: str
    changed_at: datetime
    who: Attendee | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """Whether a number takes our texts (SMS-9). `consent`: in | out | unusable; no row: unknown."""

    number: str
    consent: str
    source: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Company:
    """A customer organisation as the directory last told it (D2), and its own ledger.

    `plan_until` is the last day on which the plan is active (E1), in the contact's zone; None with a plan: no end.
    """

    id: str
    name: str
    code: str | None = None
    plan: Plan | None = None
    plan_until: date | None = None
    zone: str | None = None
    country: str | None = None
    blocked: bool = False
    listed: bool = True
    strikes: tuple[Strike, ...] = ()
    same_day: tuple[SameDayChange, ...] = ()
    clearances: tuple[Clearance, ...] = ()
    blocked_by_desk: bool = False  # C8: a person's decision, beside the directory's word
    block_reason: str = ""
    matters: tuple[Matter, ...] = ()

    @property
    def barred(self) -> bool:
        """It books nothing (E6): by the directory's word, or by a person's decision."""
        return self.blocked or self.blocked_by_desk

    def plan_on(self, day: date) -> Plan | None:
        """The plan that is active on that day, or None (E1)."""
        if self.plan is None or (self.plan_until is not None and day > self.plan_until):
            return None
        return self.plan


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at a company, found by e-mail address (E2). `listed`: the portal has this address on file; `proved_at`:
    a press on a mailed link or an accepted invitation proved it theirs (E11)."""

    id: str
    company_id: str
    name: str
    email: str
    mobile: str | None = None
    zone: str | None = None
    locale: str | None = None
    listed: bool = False
    suspensions: tuple[Suspension, ...] = ()
    no_shows: tuple[NoShow, ...] = ()
    proved_at: datetime | None = None
    consents: tuple[Consent, ...] = ()
    payment: Payment | None = None  # for a reinstatement (PAY-6)
    fees: tuple[Fee, ...] = ()
    matters: tuple[Matter, ...] = ()

    @property
    def address_proved(self) -> bool:
        """Is the address theirs? On file, or proved by a press or an accepted invitation (E11)."""
        return self.listed or self.proved_at is not None

    def suspended_at(self, instant: datetime) -> Suspension | None:
        return next((s for s in self.suspensions if s.stands_at(instant)), None)


@dataclass(frozen=True, slots=True)
class Attendee:
    """Whom an event invites (RFC 5545 3.8.4.1), as the booking knew them. `mobile` is E.164; `zone` an IANA name."""

    name: str
    email: str
    zone: str
    locale: str = "en"
    mobile: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class OpenHours:
    """One stretch of a working week: Monday is 0; local wall-clock times of the staff member (B1)."""

    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Who holds sessions. `calendar_id` is written (K1); `reads` are only read for busy time (K2)."""

    id: str
    name: str
    email: str
    zone: str
    calendar_id: str
    reads: tuple[str, ...] = ()
    hours: tuple[OpenHours, ...] = ()
    holidays: tuple[date, ...] = ()
    lead: bool = False
    accounts: tuple[str, ...] = ()  # addresses, numbers (E.164) and names by which conferences show them (ATT-12)
    mobile: str | None = None  # questions by text, where they want them (N8)
    asked_by_mail: bool = False  # the offer "nobody is there" comes by mail too, not on the desk alone (A3)
    asked_by_text: bool = False  # and by text

    @property
    def calendars(self) -> tuple[str, ...]:
        return (self.calendar_id, *self.reads)


def normal_email(address: str) -> str:
    """How addresses are compared: trimmed, case folded. The spelling that was typed is kept elsewhere."""
    return address.strip().casefold()


def normal_code(code: str) -> str:
    """How company codes are compared: without blanks and dashes, upper case (E1, E3)."""
    return "".join(code.split()).replace("-", "").upper()


@dataclass(frozen=True, slots=True)
class Standing:
    """What bears on eligibility at one instant, read from contact and company (E5, E6)."""

    suspended_until: datetime | None = None
    blocked: bool = False
    strikes: tuple[Strike, ...] = field(default=())

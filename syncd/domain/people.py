"""Who? Companies, contacts, attendees and staff, with the standing that the ledgers give them (policy: Words, E, S)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum


class Plan(StrEnum):
    SUPPORT = "support"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class Strike:
    """A mark against a company (S2): when it was given and by which session."""

    session_id: str
    struck_at: datetime


@dataclass(frozen=True, slots=True)
class Suspension:
    """A period in which a contact books no free session (S1, E5). `lifted_at` ends it early (S4)."""

    started_at: datetime
    ends_at: datetime
    lifted_at: datetime | None = None

    def stands_at(self, instant: datetime) -> bool:
        over = self.ends_at if self.lifted_at is None else min(self.ends_at, self.lifted_at)
        return self.started_at <= instant < over


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

    def plan_on(self, day: date) -> Plan | None:
        """The plan that is active on that day, or None (E1)."""
        if self.plan is None or (self.plan_until is not None and day > self.plan_until):
            return None
        return self.plan


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at a company, found by e-mail address (E2). `listed`: the portal has this address on file (E11)."""

    id: str
    company_id: str
    name: str
    email: str
    mobile: str | None = None
    zone: str | None = None
    locale: str | None = None
    listed: bool = False
    suspensions: tuple[Suspension, ...] = ()

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

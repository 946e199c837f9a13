"""What does the API say of the desk, to its own programs? Documents with whole ledgers; instants are UTC, RFC 3339."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from syncd.domain.attendance import Outcome
from syncd.domain.money import ReleaseState
from syncd.domain.people import Plan
from syncd.web.api_models import CENTS_MAX, Closed, Id, Instant, Person

REASON_MAX = 500

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=REASON_MAX)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), Field(examples=["USD"])]
Cents = Annotated[int, Field(ge=0, le=CENTS_MAX)]


class VerdictDoc(BaseModel):
    outcome: Outcome
    rule: str
    decided_at: datetime
    by: str = Field(description="customer, staff or syncd")
    presumed: bool
    staff: str | None
    reason: str


class DeskSessionDoc(BaseModel):
    id: str
    state: str
    type: str
    channel: str
    starts_at: datetime
    ends_at: datetime
    staff: str
    company: str | None
    company_name: str
    contact: str | None
    booked_by: Person
    colleagues: list[Person]
    entitlement: str
    topic: str | None
    issue: str
    verdict: VerdictDoc | None
    objected: bool


class DeskSessions(BaseModel):
    day: date
    zone: str
    sessions: list[DeskSessionDoc]


class AbsenceDoc(BaseModel):
    staff: str
    sessions: list[DeskSessionDoc]


class Absences(BaseModel):
    absences: list[AbsenceDoc]


class StrikeDoc(BaseModel):
    session: str
    contact: str
    struck_at: datetime
    withdrawn_at: datetime | None


class CompanyDoc(BaseModel):
    id: str
    name: str
    code: str | None
    plan: Plan | None
    plan_until: date | None
    zone: str | None
    country: str | None
    blocked: bool
    listed: bool
    strikes: list[StrikeDoc]
    same_day_changes: list[datetime]
    clearances: list[str]


class Companies(BaseModel):
    companies: list[CompanyDoc]
    more: int = Field(description="So many more were found; ask more closely.")


class NoShowDoc(BaseModel):
    session: str
    starts_at: datetime
    counts: bool
    warned_at: datetime | None
    spent_on: str | None
    reversed_at: datetime | None


class SuspensionDoc(BaseModel):
    started_at: datetime
    ends_at: datetime | None = Field(description="None: waiting does not end it.")
    lifted_at: datetime | None
    lifted_by: str
    reversed_at: datetime | None
    sessions: list[str]
    stands: bool


class PaidDoc(BaseModel):
    reference: str
    paid_at: datetime
    amount_cents: int
    currency: str
    lifted: str | None


class ContactDoc(BaseModel):
    id: str
    company: str
    name: str
    email: str
    mobile: str | None
    zone: str | None
    locale: str | None
    listed: bool
    suspended: bool
    no_shows: list[NoShowDoc]
    suspensions: list[SuspensionDoc]
    payments: list[PaidDoc]


class Contacts(BaseModel):
    contacts: list[ContactDoc]


class Attestation(Closed):
    says: Literal["here", "nobody", "online", "phone", "unplaced"] = Field(
        description="I am in the room; nobody came; somebody is online, on the line, or somewhere."
    )
    since_start: bool = Field(default=False, description="And I was there since 15 minutes before the start (A13).")


class OutcomeWish(Closed):
    outcome: Outcome
    reason: Reason
    confirmed: bool = Field(default=False, description="The second press, needed against the customer (A10).")


class ReasonWish(Closed):
    reason: Reason


class BlockWish(ReasonWish):
    blocked: bool


class GiveWish(Closed):
    staff: Id
    starts_at: Instant | None = Field(default=None, description="Another time; without it: the same.")


class ShiftWish(Closed):
    minutes: int = Field(ge=5, le=60, description="From the scheduled start; it replaces an earlier one.")


class FeeWish(Closed):
    type: Id
    plan: Plan | None = Field(default=None, description="A fee of its own for a plan; without it: for everybody else.")
    amount_cents: Cents
    currency: Currency
    since: date


class ReleaseWish(Closed):
    id: Id
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    state: ReleaseState
    since: date


class ClearanceWish(Closed):
    release: Id
    granted: bool = True


class Recorded(BaseModel):
    """It is recorded; the same request under the same Idempotency-Key is the same act."""

    recorded: Literal[True] = True

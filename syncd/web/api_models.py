"""What does the API say and take? Its documents (OpenAPI); instants are RFC 3339 with their offset."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from syncd.web.forms import CODE_MAX, COLLEAGUES_MAX, EMAIL_MAX, INSTANT_MAX, ISSUE_MAX, MOBILE_MAX, NAME_MAX
from syncd.web.places import ZONE_CHARS_MAX

ID_MAX = 64
DAYS_MAX = 31
CENTS_MAX = 100_000_000

Id = Annotated[str, StringConstraints(min_length=1, max_length=ID_MAX)]
Instant = Annotated[str, StringConstraints(max_length=INSTANT_MAX), Field(examples=["2026-12-01T10:00:00-05:00"])]
Zone = Annotated[str, StringConstraints(max_length=ZONE_CHARS_MAX), Field(examples=["America/New_York"])]


class ProblemKind(BaseModel):
    type: str
    status: int
    title: str
    means: str


class Closed(BaseModel):
    """What is not known is refused, so that a mistyped name is noticed."""

    model_config = ConfigDict(extra="forbid")


class Staff(BaseModel):
    id: str
    name: str


class TopicDoc(BaseModel):
    id: str
    name: str
    preparation: str


class TypeDoc(BaseModel):
    id: str
    name: str
    about: str
    channel: str = Field(description="online (screen share with a conference line) or phone")
    length_minutes: int
    step_minutes: int
    notice_minutes: int = Field(description="How long before its start a slot can be booked at the latest.")
    horizon_days: int
    staff: list[Staff]


class Types(BaseModel):
    desk: str
    zone: str = Field(description="The desk's own time zone (IANA).")
    types: list[TypeDoc]
    topics: list[TopicDoc]


class SlotDoc(BaseModel):
    starts_at: str
    ends_at: str
    staff: str


class Slots(BaseModel):
    type: str
    zone: str
    slots: list[SlotDoc]


class Person(Closed):
    name: str = Field(default="", max_length=NAME_MAX)
    email: str = Field(max_length=EMAIL_MAX)


class PaymentWish(Closed):
    """The paid way (E4). The fee is the one that GET /api/v1/fees shows: another one books nothing (E7)."""

    company: str = Field(max_length=NAME_MAX)
    fee_cents: int = Field(ge=0, le=CENTS_MAX)
    currency: str = Field(pattern=r"^[A-Z]{3}$", examples=["USD"])
    release: str = Field(default="", max_length=ID_MAX, description="The release in use, by its id.")
    method: Id | None = Field(default=None, description="A way to pay, by its id; without it, the first.")


class PaymentDoc(BaseModel):
    """Nothing is booked yet: it is once this is paid (PAY-1)."""

    pay_at: str = Field(description="Where the customer pays.")
    until: str = Field(description="So long it can be paid, and the slot is kept.")
    amount_cents: int
    currency: str


class FeeDoc(BaseModel):
    type: str
    plan: str | None = Field(description="Whose fee it is; None: everybody else's.")
    amount_cents: int
    currency: str
    since: str


class ReleaseDoc(BaseModel):
    id: str
    name: str
    state: str
    since: str
    needs_clearance: bool = Field(description="It is sold once a person has said yes.")


class MethodDoc(BaseModel):
    id: str
    online: bool = Field(description="Paid before it is booked; else billed by hand, and booked at once.")


class Fees(BaseModel):
    fees: list[FeeDoc]
    releases: list[ReleaseDoc]
    methods: list[MethodDoc]


class BookingWish(Closed):
    type: Id
    starts_at: Instant
    zone: Zone = Field(description="The visitor's IANA zone: messages state times in it.")
    company_code: str = Field(default="", max_length=CODE_MAX, description="Without `payment`: what makes it free.")
    payment: PaymentWish | None = None
    name: str = Field(max_length=NAME_MAX)
    email: str = Field(max_length=EMAIL_MAX)
    staff: Id | None = Field(default=None, description="A staff id of the slot; without it, whoever is free.")
    mobile: str | None = Field(default=None, max_length=MOBILE_MAX)
    topic: Id | None = None
    issue: str = Field(default="", max_length=ISSUE_MAX)
    colleagues: list[Person] = Field(default_factory=list, max_length=COLLEAGUES_MAX)


class RescheduleWish(Closed):
    starts_at: Instant
    staff: Id | None = Field(default=None, description="Without it: the same if free, else whoever is.")


class Number(BaseModel):
    e164: str
    label: str


class Join(BaseModel):
    url: str | None = Field(description="None for a session by phone.")
    conference_id: str = Field(description="As it is typed.")
    numbers: list[Number] = Field(description="Nearest to the reader first.")
    call_in_page: str | None
    room_code: str | None


class SessionDoc(BaseModel):
    """One session as its link shows it."""

    token: str = Field(description="Opens this session, here and at /s/{token}.")
    state: str = Field(description="booked, cancelled or ended")
    type: str
    channel: str
    starts_at: str
    ends_at: str
    zone: str
    staff: Staff
    company: str
    booked_by: Person
    colleagues: list[Person]
    topic: str | None
    issue: str
    join: Join | None
    change_until: str | None = Field(description="The last instant for cancel and reschedule; None once it has passed.")
    page: str

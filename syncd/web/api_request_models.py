"""What does the API say of requests and return calls? Its documents (O1, O3); instants are UTC, RFC 3339."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from syncd.domain.request import RequestKind
from syncd.domain.session import CallOutcome
from syncd.web.api_desk_models import REASON_MAX, DeskSessionDoc
from syncd.web.api_models import Closed, Id, Instant, Zone
from syncd.web.forms import CODE_MAX, EMAIL_MAX, ISSUE_MAX, MOBILE_MAX, NAME_MAX

Code = Annotated[str, StringConstraints(max_length=CODE_MAX)]
Email = Annotated[str, StringConstraints(max_length=EMAIL_MAX)]
Sorted = Literal[RequestKind.EMERGENCY, RequestKind.CLEARANCE, RequestKind.RETURN_CALL, RequestKind.OTHER]


class RequestDoc(BaseModel):
    id: str
    channel: str
    sender: str
    sender_name: str
    received_at: datetime
    kind: RequestKind
    subject: str
    text: str
    company: str | None
    contact: str | None
    answer_by: datetime | None
    sorted_by: str | None
    closed_at: datetime | None


class Requests(BaseModel):
    requests: list[RequestDoc]


class CustomerDoc(BaseModel):
    """For whom it is, as the files have them."""

    company: str
    company_name: str
    contact: str
    name: str
    email: str = Field(description="Empty: nobody knows it; name it with what you set.")
    zone: str
    number: str = Field(description="Where they can be called, E.164; empty: not known.")


class CallDoc(BaseModel):
    number: str
    calls_from: str
    outcome: CallOutcome | None
    outcome_at: datetime | None


class RequestDetail(RequestDoc):
    """`session`: what it became, the latest. A session that waits for staff's word on a blocked company (O4) is shown
    once it is booked; `waits` says that it does."""

    customer: CustomerDoc
    session: DeskSessionDoc | None
    call: CallDoc | None
    waits: bool


class GapDoc(BaseModel):
    type: str
    starts_at: datetime
    ends_at: datetime
    staff: str


class Gaps(BaseModel):
    """Nearest first, of today and tomorrow; of every free stretch its first start."""

    zone: str = Field(description="The customer's zone: by it they can be called, and are told when.")
    gaps: list[GapDoc]


class SortWish(Closed):
    kind: Sorted
    reason: Annotated[str, StringConstraints(max_length=REASON_MAX)] = ""


class ForWhom(Closed):
    """Who it is for, where the files know too little."""

    company_code: Code = ""
    email: Email = ""


class SqueezeWish(ForWhom):
    type: Id
    starts_at: Instant
    staff: Id


class CallWish(ForWhom):
    """Without a start and a staff id: the nearest gap."""

    starts_at: Instant | None = None
    staff: Id | None = None
    number: str = Field(default="", max_length=MOBILE_MAX, description="Without it: the request's, or the contact's.")


class ClearWish(ForWhom):
    release: Id


class CallOutcomeWish(Closed):
    outcome: CallOutcome


class ReturnCallWish(Closed):
    """Whose plan brings return calls asks with its code (O3)."""

    company_code: Code
    name: str = Field(max_length=NAME_MAX)
    email: Email
    number: str = Field(max_length=MOBILE_MAX, description="The number to call.")
    zone: Zone
    issue: str = Field(default="", max_length=ISSUE_MAX)


class ReturnCallDoc(BaseModel):
    """Held, with when and from which number it comes; or not yet: then a person looks for a time."""

    held: bool
    starts_at: datetime | None
    ends_at: datetime | None
    number: str | None
    calls_from: str | None
    answer_by: datetime | None

"""What do staff do about a request, and what became of it? Emergencies, return calls, clearances (O1, O3, E4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from syncd.domain.asked import Asked
from syncd.domain.session import CallOutcome


@dataclass(frozen=True, slots=True)
class SqueezedIn:
    """Staff pick a gap for a request: an emergency session (O1). It may stand over other things (K6), so that nothing
    is asked of calendars. `name` and `email`: the customer; their zone is what the files say (N4)."""

    uid: str
    type_id: str
    staff_id: str
    starts_at: datetime
    request_id: str
    company_id: str
    contact_id: str
    name: str
    email: str
    by: str
    company_name: str = ""
    issue: str = ""
    kind: Literal["squeezed-in"] = "squeezed-in"


@dataclass(frozen=True, slots=True)
class CallPlanned:
    """A gap for a return call was found for a request (O3). `number`: to be called, E.164. `zone`, `locale`: the
    customer's as their form had them; empty: what the files say. `by`: the staff id; empty: syncd itself."""

    uid: str
    staff_id: str
    starts_at: datetime
    request_id: str
    company_id: str
    contact_id: str
    name: str
    email: str
    number: str
    asked: Asked
    by: str = ""
    zone: str = ""
    locale: str = ""
    issue: str = ""
    company_name: str = ""
    kind: Literal["call-planned"] = "call-planned"


@dataclass(frozen=True, slots=True)
class CallResulted:
    """Staff say what a return call came to (O3). `by`: the staff id."""

    outcome: CallOutcome
    by: str
    kind: Literal["call-resulted"] = "call-resulted"


@dataclass(frozen=True, slots=True)
class RequestServed:
    """Derived, session -> request: this session was made for it. `by`: the staff id; empty: syncd found the gap."""

    session_id: str
    by: str = ""
    kind: Literal["request-served"] = "request-served"


@dataclass(frozen=True, slots=True)
class RequestMissed:
    """Derived, session -> request: the session that was made for it is off, or it takes another. `why`: declined |
    cancelled | needs-session."""

    session_id: str
    why: str
    kind: Literal["request-missed"] = "request-missed"


@dataclass(frozen=True, slots=True)
class ClearancePressed:
    """A staff member's yes to a request for a clearance: for this company and release (E4)."""

    company_id: str
    release_id: str
    release_name: str
    by: str
    kind: Literal["clearance-pressed"] = "clearance-pressed"


CallingEvidence = SqueezedIn | CallPlanned | CallResulted | RequestServed | RequestMissed | ClearancePressed

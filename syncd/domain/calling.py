"""What do staff say of a request, and what became of it? Evidence of return calls and clearances (O3, E4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from syncd.domain.session import CallOutcome


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


CallingEvidence = CallResulted | RequestServed | RequestMissed | ClearancePressed

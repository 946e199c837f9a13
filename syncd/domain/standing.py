"""What follows for contact and company? Evidence for their ledgers (S1-S11, C8, E6, E11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from syncd.domain.people import Attendee


@dataclass(frozen=True, slots=True)
class NoShowConfirmed:
    """Derived, session -> contact. `counts`: toward a suspension (S9, E11 is the contact's to judge). `terms_id`: the
    session's own terms (S10); `zone`: the booker's, in which days are counted (S3); `company_id`: whose account a
    strike goes to (S2)."""

    session_id: str
    company_id: str
    starts_at: datetime
    zone: str
    counts: bool
    terms_id: str
    kind: Literal["no-show-confirmed"] = "no-show-confirmed"


@dataclass(frozen=True, slots=True)
class NoShowReversed:
    """Derived, session -> contact: it is none any more (A9, A10, A15). `answers`: their objection was upheld, and what
    the ledger writes to them is the answer."""

    session_id: str
    reason: str
    answers: bool = False
    kind: Literal["no-show-reversed"] = "no-show-reversed"


@dataclass(frozen=True, slots=True)
class NoShowContested:
    """Derived, session -> contact: the contact objects, and penalties wait (A15). `settled`: the objection was answered
    and the no-show stands; one that is upheld comes as NoShowReversed."""

    session_id: str
    settled: bool = False
    kind: Literal["no-show-contested"] = "no-show-contested"


@dataclass(frozen=True, slots=True)
class StrikeGiven:
    """Derived, contact -> company (S2)."""

    session_id: str
    contact_id: str
    kind: Literal["strike-given"] = "strike-given"


@dataclass(frozen=True, slots=True)
class StrikeWithdrawn:
    session_id: str
    contact_id: str
    kind: Literal["strike-withdrawn"] = "strike-withdrawn"


@dataclass(frozen=True, slots=True)
class SameDayChanged:
    """Derived, session -> company (C8). `who` booked the session, and is written to."""

    session_id: str
    contact_id: str
    changed_at: datetime
    who: Attendee
    kind: Literal["same-day-changed"] = "same-day-changed"


@dataclass(frozen=True, slots=True)
class AddressProved:
    """Derived, session -> contact: a press on a mailed link or an accepted invitation (E11)."""

    how: str
    kind: Literal["address-proved"] = "address-proved"


@dataclass(frozen=True, slots=True)
class Reinstated:
    """A suspension is lifted: `by` payment | staff. `amount_cents`, `currency`, `reference` for a payment (S4, PAY-6);
    `staff_id`, `reason` for a person's decision."""

    by: Literal["payment", "staff"]
    reference: str = ""
    amount_cents: int = 0
    currency: str = "USD"
    staff_id: str | None = None
    reason: str = ""
    kind: Literal["reinstated"] = "reinstated"


@dataclass(frozen=True, slots=True)
class BlockDecided:
    """A person blocks a company, or lifts it (C8, S8, E6): case by case, with a reason."""

    blocked: bool
    staff_id: str
    reason: str
    kind: Literal["block-decided"] = "block-decided"


StandingEvidence = (
    NoShowConfirmed
    | NoShowReversed
    | NoShowContested
    | StrikeGiven
    | StrikeWithdrawn
    | SameDayChanged
    | AddressProved
    | Reinstated
    | BlockDecided
)

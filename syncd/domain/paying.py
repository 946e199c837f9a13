"""What do we see of money, and of what is sold? Evidence of fees, releases, clearances, payments (E4, E7, E8, PAY)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from syncd.domain.money import Amount, ReleaseState


@dataclass(frozen=True, slots=True)
class ReleaseSet:
    """A person says which state a release has from a day on (E8)."""

    release_id: str
    name: str
    state: ReleaseState
    since: date
    staff_id: str
    kind: Literal["release-set"] = "release-set"


@dataclass(frozen=True, slots=True)
class FeeSet:
    """A person says what a session type costs from a day on (E8)."""

    type_id: str
    plan: str
    amount: Amount
    since: date
    staff_id: str
    kind: Literal["fee-set"] = "fee-set"


@dataclass(frozen=True, slots=True)
class ClearanceGranted:
    """A staff member's yes for this company and that release (E4); `granted` false takes it back."""

    release_id: str
    staff_id: str
    granted: bool = True
    kind: Literal["clearance-granted"] = "clearance-granted"


@dataclass(frozen=True, slots=True)
class CompanyDeclared:
    """Somebody who pays names their company; the directory knows nothing of it (E4)."""

    name: str
    country: str | None = None
    kind: Literal["company-declared"] = "company-declared"


@dataclass(frozen=True, slots=True)
class PaymentOpened:
    """The processor takes the payment at `url` until it expires (PAY-1)."""

    effect_key: str
    reference: str
    outside_id: str
    url: str
    kind: Literal["payment-opened"] = "payment-opened"


@dataclass(frozen=True, slots=True)
class PaymentNudged:
    """A webhook says that something happened to a payment: look (PAY-4). It is believed in nothing else."""

    outside_id: str
    event_id: str
    event_type: str = ""
    kind: Literal["payment-nudged"] = "payment-nudged"


@dataclass(frozen=True, slots=True)
class PaymentSeen:
    """The payment as the processor has it when asked: only `paid` pays (PAY-4); `expired` frees the slot (PAY-5)."""

    reference: str
    outside_id: str
    status: Literal["open", "paid", "expired", "unknown"]
    amount: Amount | None = None
    effect_key: str = ""
    kind: Literal["payment-seen"] = "payment-seen"


@dataclass(frozen=True, slots=True)
class PaymentAbandoned:
    """The customer went back: the slot shall be free as soon as nothing can be paid any more (PAY-5)."""

    kind: Literal["payment-abandoned"] = "payment-abandoned"


@dataclass(frozen=True, slots=True)
class ReinstatementAsked:
    """A suspended contact wants to pay (S4, PAY-6)."""

    method: str
    kind: Literal["reinstatement-asked"] = "reinstatement-asked"


MoneyEvidence = (
    ReleaseSet
    | FeeSet
    | ClearanceGranted
    | CompanyDeclared
    | PaymentOpened
    | PaymentNudged
    | PaymentSeen
    | PaymentAbandoned
    | ReinstatementAsked
)

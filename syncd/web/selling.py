"""What can a visitor buy? The paid way of a booking form: releases to choose from, and the fee that binds (E4, E7).

The fee that a form shows is signed into it: what is charged is what was shown, whatever the schedule says later.
"""

from __future__ import annotations

from syncd.domain.decision import AnswerCode
from syncd.domain.desk import SessionType
from syncd.domain.money import Amount, Catalogue, Release, ReleaseState
from syncd.engine.door import Details
from syncd.policy.eligibility import Refused, sell
from syncd.web.visit import Visit


def can_be_bought(visit: Visit, kind: SessionType) -> bool:
    """Is there a way to pay, and a fee?"""
    fee = visit.services.views.catalogue().fee_on(kind.id, "", visit.desk_day)
    return bool(visit.desk.payments) and fee is not None


def releases(visit: Visit) -> tuple[tuple[Release, ReleaseState], ...]:
    """Those that are out today, the supported ones first."""
    found = [(r, state) for r in visit.services.views.catalogue().releases if (state := r.state_on(visit.desk_day))]
    return tuple(sorted(found, key=lambda pair: (list(ReleaseState).index(pair[1]), pair[0].name)))


def price(visit: Visit, details: Details) -> Amount | Refused:
    """The fee for this visitor today, as the engine will judge it (E4, E6)."""
    services = visit.services
    catalogue: Catalogue = services.views.catalogue()
    company = services.views.company(services.door.payer_of(details.code, details.booker.email))
    sold = sell(company, catalogue, details.type_id, details.release, services.terms(), visit.desk_day)
    return sold if isinstance(sold, Refused) else sold[0]


def signed(visit: Visit, form_id: str, fee: Amount) -> str:
    return visit.services.keys.sign("fee", form_id, str(fee.cents), fee.currency)


def shown_fee(visit: Visit, form_id: str) -> Amount | None:
    """The fee that this very form showed; None where it showed none of ours."""
    parts = visit.services.keys.open("fee", visit.form.get("fee", ""))
    if parts is None or len(parts) != 3 or parts[0] != form_id or not parts[1].isdigit():
        return None
    return Amount(int(parts[1]), parts[2])


NOT_BOUGHT = (AnswerCode.NOT_SOLD, AnswerCode.CLEARANCE_NEEDED, AnswerCode.FEE_CHANGED, AnswerCode.NOT_FREE)

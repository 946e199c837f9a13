"""What does it cost, and which releases are supported? A public page, written from what the desk keeps (E4, E8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from syncd.domain.money import Catalogue, Fee
from syncd.messages.amounts import shown
from syncd.web.selling import releases
from syncd.web.visit import Visit

STATES = {
    "active": ("Supported", "Sessions can be booked at any time."),
    "deprecated": ("Limited support", "Sessions are sold once we have cleared your request."),
    "end-of-life": ("No longer supported", "Sessions are sold only if we have cleared your request."),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One fee in force, and one to come, if there is."""

    name: str
    plan: str
    amount: str
    since: date
    later: str = ""
    later_since: date | None = None


def fees(visit: Visit) -> Response:
    desk, catalogue = visit.desk, visit.services.views.catalogue()
    cleared = [str(state) for state in visit.services.terms().clearance_for]
    return visit.show(
        "fees.html",
        rows=[row for kind in desk.types for row in _rows(visit, catalogue, kind.id, kind.name)],
        free=[kind.name for kind in desk.types if kind.free],
        plans=[str(plan) for plan in visit.services.terms().free_plans],
        releases=[(release, state, *STATES[state], str(state) in cleared) for release, state in releases(visit)],
        buyable=bool(desk.payments),
    )


def _rows(visit: Visit, catalogue: Catalogue, type_id: str, name: str) -> list[Row]:
    found: list[Row] = []
    tag = visit.when.locale.tag
    for plan in sorted({fee.plan for fee in catalogue.fees if fee.type_id == type_id}):
        mine = [fee for fee in catalogue.fees if (fee.type_id, fee.plan) == (type_id, plan)]
        now = [fee for fee in mine if fee.since <= visit.desk_day]
        then = [fee for fee in mine if fee.since > visit.desk_day]
        if now:
            present: Fee = max(now, key=lambda fee: fee.since)
            later = min(then, key=lambda fee: fee.since) if then else None
            soon = (shown(later.amount, tag), later.since) if later else ("", None)
            found.append(Row(name, plan, shown(present.amount, tag), present.since, *soon))
    return found

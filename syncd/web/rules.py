"""Which rules are in force? A public page in plain words, written from the terms and the desk, dated, with the earlier
versions kept (E13). A session is judged by the rules that it was booked under (S10), so those can be read, too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from starlette.responses import Response

from syncd.domain.money import ReleaseState
from syncd.domain.people import Entitlement
from syncd.domain.terms import Terms
from syncd.messages.amounts import shown
from syncd.policy.reinstating import price
from syncd.web.fees import STATES
from syncd.web.visit import NotThere, Visit

COUNTED = {Entitlement.PLAN: "free", Entitlement.PAID: "paid", Entitlement.COURTESY: "courtesy"}


@dataclass(frozen=True, slots=True)
class Version:
    """The terms of one time: `until` is None for those in force, `id` what an address calls them."""

    id: str
    since: date
    until: date | None
    terms: Terms


def rules(visit: Visit) -> Response:
    versions = _versions(visit)
    asked = visit.query.get("version", "")
    wanted = next((v for v in versions if v.id == asked), None) if asked else versions[0]
    if wanted is None:
        raise NotThere
    terms = wanted.terms
    amount = price(terms)
    return visit.show(
        "rules.html",
        version=wanted,
        versions=versions,
        now=versions[0],
        terms=terms,
        span=span,
        spans=[span(each) for each in terms.reminders],
        plans=[str(plan) for plan in terms.free_plans],
        emergency=[str(plan) for plan in terms.emergency_plans],
        counted=[COUNTED[each] for each in terms.counting],
        needs_yes=[STATES[str(state)][0].lower() for state in ReleaseState if state in terms.clearance_for],
        lifts=shown(amount, visit.when.locale.tag) if amount is not None else "",
        waits=terms.reinstatement != "payment",
    )


def span(length: timedelta) -> str:
    """65 minutes, 24 hours, 30 days: in the largest unit that leaves no rest."""
    minutes = round(length.total_seconds() / 60)
    if minutes and minutes % 1440 == 0 and minutes > 1440:
        return _counted(minutes // 1440, "day")
    if minutes and minutes % 60 == 0:
        return _counted(minutes // 60, "hour")
    return _counted(minutes, "minute")


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _versions(visit: Visit) -> list[Version]:
    """The latest first. Those in force are what the desk goes by at this moment, also where nothing was stored yet."""
    terms = visit.services.terms()
    kept = list(visit.services.views.terms_history())
    if not kept or kept[0][1] != terms:
        kept.insert(0, (visit.now, terms))
    until: date | None = None
    found = []
    for since, each in kept:
        day = visit.when.local(since).date()
        found.append(Version(_name(each, since), day, until, each))
        until = day
    return found


def _name(terms: Terms, since: datetime) -> str:
    return f"{terms.id.removeprefix('terms-')}-{int(since.timestamp())}"

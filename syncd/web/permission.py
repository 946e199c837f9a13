"""May they book? Asked before the check page, as the engine will judge it when booking, and throttled (E1, E3, E5, E6).

The same pure rule decides in both places (policy.eligibility), and the engine's word counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syncd.domain.decision import AnswerCode
from syncd.domain.money import Amount
from syncd.domain.people import Company
from syncd.engine.door import Details
from syncd.policy.eligibility import Refused, judge
from syncd.web.selling import price
from syncd.web.visit import Visit
from syncd.web.words import REFUSED_CODES, Said, say


@dataclass(frozen=True, slots=True)
class Permission:
    """`fee`: for a paid session. `refusal` says why not; `closed_until`: too many codes were refused, none is looked at
    before then."""

    company: Company | None = None
    fee: Amount | None = None
    refusal: Said | None = None
    closed_until: datetime | None = None


def permission(visit: Visit, details: Details) -> Permission:
    """The same work whatever the code is (E3)."""
    closed = visit.house.codes.closed_until(visit.network, visit.now)
    if closed is not None:
        return Permission(closed_until=closed)
    if details.pays_by is not None:
        return _bought(visit, details)
    services = visit.services
    kind = visit.desk.type(details.type_id)
    if kind is not None and not kind.free:
        return Permission(refusal=say(visit.desk, visit.when, AnswerCode.NOT_FREE))
    company = services.views.company_by_code(details.code)
    contact_id = services.door.contact_id(company.id if company else "", details.booker.email)
    contact = services.views.contact(contact_id)
    why = judge(company, contact, services.terms(), details.starts_at, details.booker.zone, visit.now)
    if why is None:
        return Permission(company=company)
    count_refusal(visit, why.code)
    return Permission(refusal=say(visit.desk, visit.when, why.code, why.until))


def _bought(visit: Visit, details: Details) -> Permission:
    """At which fee, or why it is not sold (E4, E7)."""
    sold = price(visit, details)
    if isinstance(sold, Refused):
        return Permission(refusal=say(visit.desk, visit.when, sold.code, sold.until))
    return Permission(fee=sold)


def count_refusal(visit: Visit, code: AnswerCode) -> None:
    """Only codes that open nothing are guesses."""
    if code in REFUSED_CODES:
        visit.house.codes.mark(visit.network, visit.now)

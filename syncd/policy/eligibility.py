"""May this company and contact have a free session? And if not, at which fee is it sold? (E1, E3-E7, E12)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from syncd.domain.decision import AnswerCode
from syncd.domain.money import Amount, Catalogue
from syncd.domain.people import Company, Contact
from syncd.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class Refused:
    """Why not, by which rule, and until when if it ends by itself."""

    code: AnswerCode
    rule: str
    says: str
    until: datetime | None = None


def judge(
    company: Company | None, contact: Contact | None, terms: Terms, starts_at: datetime, zone: str, now: datetime
) -> Refused | None:
    """None: the session is free. `zone` is the contact's: the plan must be active on the session's day there (E1).

    A company that is not known and one whose plan has lapsed are told apart here, for the record; what the visitor is
    told is one and the same (E3).
    """
    if company is None or not company.listed:
        return Refused(AnswerCode.UNKNOWN_CODE, "E3", "no company has this code")
    if company.barred:
        return Refused(AnswerCode.BLOCKED, "E6", "the company is blocked")
    if not has_free_plan(company, terms, starts_at, zone):
        return Refused(AnswerCode.PLAN_LAPSED, "E3", "no plan that brings free sessions is active on that day")
    suspension = contact.suspended_at(now) if contact else None
    if suspension is not None:
        return Refused(AnswerCode.SUSPENDED, "E5", "the contact is suspended from free sessions", suspension.ends_at)
    return None


def sell(
    company: Company | None,
    catalogue: Catalogue,
    type_id: str,
    release_id: str,
    terms: Terms,
    today: date,
) -> tuple[Amount, ...] | Refused:
    """The fees at which it is sold: today's, and yesterday's for a form that was open over midnight (E4, E7).

    `today`: the desk's day. `company`: the payer's, None where nobody has heard of it. A suspension does not matter
    here (E5).
    """
    if company is not None and (company.blocked or company.blocked_by_desk):
        return Refused(AnswerCode.BLOCKED, "E6", "the company is blocked")
    release = catalogue.release(release_id)
    state = release.state_on(today) if release is not None else None
    if catalogue.releases and state is None:
        return Refused(AnswerCode.NOT_SOLD, "E4", "the release is not known")
    cleared = company is not None and any(c.release_id == release_id for c in company.clearances)
    if state in terms.clearance_for and not cleared:
        return Refused(AnswerCode.CLEARANCE_NEEDED, "E4", f"a {state} release is sold after staff's yes alone")
    plan = company.plan_on(today) if company is not None else None
    days = (today, today - timedelta(days=1))
    fees = [fee for day in days if (fee := catalogue.fee_on(type_id, plan or "", day)) is not None]
    return tuple(fees) or Refused(AnswerCode.NOT_SOLD, "E4", "there is no fee for this type of session")


def has_free_plan(company: Company, terms: Terms, starts_at: datetime, zone: str) -> bool:
    return company.plan_on(starts_at.astimezone(ZoneInfo(zone)).date()) in terms.free_plans

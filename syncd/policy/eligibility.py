"""May this company and contact have a free session? (E1, E3, E5, E6, E12)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from syncd.domain.decision import AnswerCode
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


def has_free_plan(company: Company, terms: Terms, starts_at: datetime, zone: str) -> bool:
    return company.plan_on(starts_at.astimezone(ZoneInfo(zone)).date()) in terms.free_plans

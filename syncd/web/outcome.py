"""How does a session that is due, or over, look to its customer? What it came to stands there in the customer's words,
with its reason and what it means; never whose fault it is (A3, A15, PAGE-6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from syncd.domain.attendance import Outcome, Verdict
from syncd.domain.people import Side
from syncd.domain.session import SessionState

if TYPE_CHECKING:
    from syncd.web.manage import Glance

SAYS = ("here", "late", "not-coming")
"""What can be pressed on the page of a session that is due."""


@dataclass(frozen=True, slots=True)
class Words:
    """`tone` as in a pill; `means`: what follows from it for the reader; `why`: what it rests on."""

    title: str
    tone: str
    why: str
    means: str


def course_of(glance: Glance) -> dict[str, object]:
    """What the session's page shows of its course. `open`: the window of A11, T - 15 to the close."""
    session, now = glance.session, glance.visit.now
    attendance, terms = session.attendance, glance.visit.services.views.terms(session.terms_id)
    begins = session.starts_at - terms.early
    booked = session.state is SessionState.BOOKED
    is_open = booked and begins <= now and attendance.closed_at is None and attendance.verdict is None
    verdict = attendance.verdict
    said = glance.visit.query.get("said", "")
    return {
        "is_open": is_open,
        "opens_at": begins,
        "waiting_until": attendance.close_at if is_open and attendance.here_at is None else None,
        "verdict": in_words(verdict, glance, attendance.closed_at) if verdict else None,
        "can_object": verdict is not None and verdict.outcome is Outcome.NO_SHOW and attendance.objection is None,
        "said": said if said in SAYS else "",
    }


def in_words(verdict: Verdict, glance: Glance, closed_at: datetime | None) -> Words:
    """For the customer: what happened, what it means, never whose fault (PAGE-6)."""
    say, who = glance.visit.when.locale.say, _decided(verdict, glance)
    match verdict.outcome:
        case Outcome.ATTENDED:
            why = say("page.outcome.attended_why")
            return Words(say("page.outcome.attended"), "good", f"{why} {who}".strip(), "")
        case Outcome.EXCUSED:
            return Words(say("page.outcome.excused"), "", who, say("page.outcome.excused_means"))
        case Outcome.UNDETERMINED:
            why, means = say("page.outcome.undetermined_why"), say("page.outcome.undetermined_means")
            return Words(say("page.outcome.undetermined"), "", why, means)
    why = f"{_nobody(glance, closed_at)} {who}".strip()
    return Words(say("page.outcome.missed"), "bad", why, _means(glance))


def _decided(verdict: Verdict, glance: Glance) -> str:
    """That a person decided it, with the reason in their words; empty where nobody did."""
    if verdict.by is not Side.STAFF:
        return ""
    say, desk = glance.visit.when.locale.say, glance.visit.desk.name
    if not verdict.reason:
        return say("page.outcome.by_person", desk=desk)
    return say("page.outcome.by_person_why", desk=desk, reason=verdict.reason)


def _nobody(glance: Glance, closed_at: datetime | None) -> str:
    when, company = glance.visit.when, glance.facts.company_name
    if closed_at is None:
        return when.locale.say("page.outcome.missed_why", company=company)
    until = when.deadline(closed_at, glance.session.starts_at)
    return when.locale.say("page.outcome.missed_why_until", company=company, time=until)


def _means(glance: Glance) -> str:
    """The rule, by the booking's own terms (S10)."""
    facts, locale = glance.facts, glance.visit.when.locale
    if facts.no_show_months is None or facts.suspension_days is None:
        return locale.say("page.outcome.means_nothing")
    return locale.count("page.outcome.means", facts.no_show_months, days=facts.suspension_days)

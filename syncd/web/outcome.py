"""How does a session that is due, or over, look to its customer? What it came to stands there in the customer's words,
with its reason and what it means; never whose fault it is (A3, A15, PAGE-6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from syncd.domain.attendance import Outcome, Verdict
from syncd.domain.people import Side
from syncd.domain.session import SessionState
from syncd.messages.when import When

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
    when, company = glance.visit.when, glance.facts.company_name
    by_person = f" A person at {glance.visit.desk.name} decided it" if verdict.by is Side.STAFF else ""
    reason = (
        f"{by_person}: “{verdict.reason}”" if by_person and verdict.reason else f"{by_person}." if by_person else ""
    )
    match verdict.outcome:
        case Outcome.ATTENDED:
            return Words("It took place", "good", ("You or a colleague were there." + reason).strip(), "")
        case Outcome.EXCUSED:
            return Words("It is excused", "", reason.strip(), "Nothing counts against you.")
        case Outcome.UNDETERMINED:
            why = "We could not prove who was there, so a person looks at it."
            return Words("Not clear what it came to", "", why, "It counts against nobody.")
    return Words("Recorded as missed", "bad", _nobody(when, company, closed_at) + reason, _means(glance))


def _nobody(when: When, company: str, closed_at: datetime | None) -> str:
    until = f" until {when.time(closed_at)} {when.zone_name(closed_at)}" if closed_at else ""
    return f"We waited in the room{until}, and nobody from {company} joined, online or by phone."


def _means(glance: Glance) -> str:
    """The rule, by the booking's own terms (S10)."""
    facts = glance.facts
    if facts.no_show_months is None or facts.suspension_days is None:
        return "It counts toward nothing."
    return (
        f"A second missed session within {facts.no_show_months} months suspends free sessions for "
        f"{facts.suspension_days} days."
    )

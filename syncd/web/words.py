"""How do we say what an answer came to? One title, one meaning, and the status of each, for pages and API alike (C4).

Say what happened and what it means; what can be done now stands on the page that says it (PAGE-6). An unknown code and
a lapsed one get the same words (E3).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syncd.domain.decision import AnswerCode
from syncd.domain.desk import Desk
from syncd.messages.when import When


@dataclass(frozen=True, slots=True)
class Kind:
    """`status`: as HTTP says it; `name`: in problem documents; `answer.<name>` in the catalogue has the words."""

    status: int
    name: str


KINDS: dict[AnswerCode, Kind] = {
    AnswerCode.UNKNOWN_CODE: Kind(403, "code-refused"),
    AnswerCode.DIRECTORY_UNREAD: Kind(503, "directory-unread"),
    AnswerCode.PLAN_LAPSED: Kind(403, "code-refused"),
    AnswerCode.SUSPENDED: Kind(403, "suspended"),
    AnswerCode.BLOCKED: Kind(403, "blocked"),
    AnswerCode.SLOT_TAKEN: Kind(409, "slot-taken"),
    AnswerCode.SLOT_PAST: Kind(409, "slot-past"),
    AnswerCode.NOT_OFFERED: Kind(409, "not-offered"),
    AnswerCode.UNREADABLE: Kind(503, "calendar-unreadable"),
    AnswerCode.TOO_MANY_HOLDS: Kind(429, "too-many-holds"),
    AnswerCode.TOO_LATE: Kind(409, "too-late"),
    AnswerCode.ALREADY_CANCELLED: Kind(409, "already-cancelled"),
    AnswerCode.ALREADY_BOOKED: Kind(409, "already-booked"),
    AnswerCode.ALREADY_OVER: Kind(409, "already-over"),
    AnswerCode.UNCHANGED: Kind(409, "unchanged"),
    AnswerCode.NO_SUCH_SESSION: Kind(404, "not-found"),
    AnswerCode.NOT_FREE: Kind(403, "not-free"),
    AnswerCode.NOT_SOLD: Kind(403, "not-sold"),
    AnswerCode.CLEARANCE_NEEDED: Kind(403, "clearance-needed"),
    AnswerCode.FEE_CHANGED: Kind(409, "fee-changed"),
    AnswerCode.STALE_QUESTION: Kind(409, "stale-question"),
    AnswerCode.NOT_YET: Kind(409, "not-yet"),
    AnswerCode.NEEDS_REASON: Kind(422, "needs-reason"),
    AnswerCode.NEEDS_SECOND_PRESS: Kind(409, "needs-second-press"),
    AnswerCode.NEEDS_LEAD: Kind(403, "needs-lead"),
}

REFUSED_CODES = frozenset({AnswerCode.UNKNOWN_CODE, AnswerCode.PLAN_LAPSED})
LOST_SLOTS = frozenset({AnswerCode.SLOT_TAKEN, AnswerCode.SLOT_PAST, AnswerCode.NOT_OFFERED, AnswerCode.UNREADABLE})


@dataclass(frozen=True, slots=True)
class Said:
    """An answer in words. `until`: the instant that it turns on, for programs."""

    code: AnswerCode
    status: int
    name: str
    title: str
    means: str
    until: datetime | None = None


def say(desk: Desk, when: When, code: AnswerCode, until: datetime | None = None) -> Said:
    """The words for an answer that was not the one hoped for."""
    kind, locale = KINDS[code], when.locale
    means = locale.say(
        f"answer.{kind.name}.means",
        until=when.short_moment(until) if until else locale.say("answer.no_date"),
        support=desk.support_email or desk.organizer,
    )
    return Said(code, kind.status, kind.name, locale.say(f"answer.{kind.name}.title"), means, until)

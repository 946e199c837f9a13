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
class Words:
    """`status`: as HTTP says it; `name`: as problem documents name it; `{until}` and `{support}` stand for both."""

    status: int
    name: str
    title: str
    means: str


CODE_REFUSED = Words(
    403,
    "code-refused",
    "This code does not open a booking",
    "It is mistyped, unknown, or its plan is not active on the day of the session. Nothing was booked.",
)

WORDS: dict[AnswerCode, Words] = {
    AnswerCode.UNKNOWN_CODE: CODE_REFUSED,
    AnswerCode.DIRECTORY_UNREAD: Words(
        503,
        "directory-unread",
        "Company codes cannot be checked yet",
        "The list of customers has not been read. Nothing was booked; please try again in a few minutes.",
    ),
    AnswerCode.PLAN_LAPSED: CODE_REFUSED,
    AnswerCode.SUSPENDED: Words(
        403,
        "suspended",
        "You cannot book free sessions at the moment",
        "Your free sessions are suspended until {until}. Colleagues of yours can book as before.",
    ),
    AnswerCode.BLOCKED: Words(
        403,
        "blocked",
        "Your company cannot book sessions at the moment",
        "Please write to {support}: a person there can tell you why, and what can be done.",
    ),
    AnswerCode.SLOT_TAKEN: Words(
        409, "slot-taken", "This time has just been taken", "Somebody else was a moment faster. Nothing was booked."
    ),
    AnswerCode.SLOT_PAST: Words(
        409, "slot-past", "This time can no longer be booked", "It has passed, or begins too soon. Nothing was changed."
    ),
    AnswerCode.NOT_OFFERED: Words(
        409, "not-offered", "This time is not on offer", "It is no longer free. Nothing was changed."
    ),
    AnswerCode.UNREADABLE: Words(
        503,
        "calendar-unreadable",
        "This time cannot be confirmed right now",
        "We could not read the calendar behind it, and book nothing that may be taken. Nothing was changed.",
    ),
    AnswerCode.TOO_MANY_HOLDS: Words(
        429,
        "too-many-holds",
        "Your network is holding several times already",
        "Each is kept for a few minutes while details are typed. Finish one of those bookings, or try again shortly.",
    ),
    AnswerCode.TOO_LATE: Words(
        409,
        "too-late",
        "It is too late to change this session",
        "Changes were possible until {until}. The session stands.",
    ),
    AnswerCode.ALREADY_CANCELLED: Words(
        409, "already-cancelled", "This session is cancelled already", "There was nothing left to change."
    ),
    AnswerCode.ALREADY_BOOKED: Words(
        409,
        "already-booked",
        "This form has booked a session already",
        "One form books one session. The confirmation is in the mail that we sent you.",
    ),
    AnswerCode.ALREADY_OVER: Words(
        409, "already-over", "This session is over", "Its time has passed, so nothing can be changed."
    ),
    AnswerCode.UNCHANGED: Words(
        409, "unchanged", "That is the time it has now", "Choose another time to move the session. Nothing was changed."
    ),
    AnswerCode.NO_SUCH_SESSION: Words(
        404, "not-found", "There is nothing under this address", "The link is not complete, or no longer valid."
    ),
    AnswerCode.NOT_FREE: Words(
        403,
        "not-free",
        "Sessions of this kind are paid",
        "A company code does not make them free. Choose to pay for it; a plan may have a fee of its own.",
    ),
    AnswerCode.NOT_SOLD: Words(
        403,
        "not-sold",
        "This session cannot be bought",
        "There is no fee for this kind of session with that release. Please write to {support}. Nothing was booked.",
    ),
    AnswerCode.CLEARANCE_NEEDED: Words(
        403,
        "clearance-needed",
        "For this release we have to say yes first",
        "Its support is limited. Write to {support} which release you use and what it is about: once we have cleared "
        "it for your company, you can book here. Nothing was booked.",
    ),
    AnswerCode.FEE_CHANGED: Words(
        409,
        "fee-changed",
        "The fee has changed",
        "Your form showed one that is no longer in force. Look at the new one, and press again. Nothing was booked.",
    ),
    AnswerCode.STALE_QUESTION: Words(
        409,
        "stale-question",
        "This question has been settled",
        "It was answered before, or what it asked about has changed since. Your answer was not needed any more.",
    ),
    AnswerCode.NOT_YET: Words(
        409, "not-yet", "It is too early for that", "The room opens a quarter of an hour before the start."
    ),
    AnswerCode.NEEDS_REASON: Words(422, "needs-reason", "A reason is needed", "Say why: the record keeps it."),
    AnswerCode.NEEDS_SECOND_PRESS: Words(
        409, "needs-second-press", "This goes against the customer", "It takes a second press. Nothing was recorded."
    ),
    AnswerCode.NEEDS_LEAD: Words(
        403,
        "needs-lead",
        "This takes a lead",
        "It is another's session, or the customer has said that they were there. Nothing was recorded.",
    ),
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
    words = WORDS[code]
    means = words.means.format(
        until=when.short_moment(until) if until else "a date that we do not know",
        support=desk.support_email or desk.organizer,
    )
    return Said(code, words.status, words.name, words.title, means, until)

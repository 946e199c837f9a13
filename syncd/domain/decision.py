"""What did we conclude? A Decision: everything that must change for one subject, with the reasons.

`decide(case, now) -> Decision` is pure; the store writes the whole in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from syncd.domain.absence import Absence
from syncd.domain.effect import Effect
from syncd.domain.evidence import Evidence
from syncd.domain.keys import CaseKey
from syncd.domain.money import Catalogue
from syncd.domain.people import Company, Contact
from syncd.domain.request import Request
from syncd.domain.session import Question, Session
from syncd.domain.spans import Span


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason: the rule's id (policy.md, calendars.md …), a sentence for an operator, and the figures it used."""

    rule: str
    says: str
    data: tuple[tuple[str, str], ...] = ()


class AnswerCode(StrEnum):
    """What a request came to. Pages, API and mails word it; the set is closed so that none is left without words."""

    HELD = "held"
    BOOKED = "booked"
    CANCELLED = "cancelled"
    RESCHEDULED = "rescheduled"
    RESTORED = "restored"
    LINKS_SENT = "links-sent"
    RECORDED = "recorded"
    TOO_LATE = "too-late"
    SLOT_TAKEN = "slot-taken"
    SLOT_PAST = "slot-past"
    NOT_OFFERED = "not-offered"
    UNREADABLE = "unreadable"
    UNKNOWN_CODE = "unknown-code"
    DIRECTORY_UNREAD = "directory-unread"  # D2: no company is known yet, so no code can be judged
    PLAN_LAPSED = "plan-lapsed"
    SUSPENDED = "suspended"
    BLOCKED = "blocked"
    TOO_MANY_HOLDS = "too-many-holds"
    ALREADY_CANCELLED = "already-cancelled"
    ALREADY_BOOKED = "already-booked"
    ALREADY_OVER = "already-over"
    NO_SUCH_SESSION = "no-such-session"
    UNCHANGED = "unchanged"
    STALE_QUESTION = "stale-question"
    NOT_YET = "not-yet"  # its window has not opened
    NEEDS_REASON = "needs-reason"  # A10
    NEEDS_SECOND_PRESS = "needs-second-press"  # A10: against the customer
    NEEDS_LEAD = "needs-lead"  # A10: over "I am here"
    PAYMENT_DUE = "payment-due"  # held until it is paid (B2)
    NOT_FREE = "not-free"  # E7: this type is paid, with a plan too
    NOT_SOLD = "not-sold"  # no fee for it, or end of life without a clearance (E4)
    CLEARANCE_NEEDED = "clearance-needed"  # E4
    FEE_CHANGED = "fee-changed"  # E7: the form showed another fee


ACCEPTED = frozenset(
    {
        AnswerCode.HELD,
        AnswerCode.BOOKED,
        AnswerCode.CANCELLED,
        AnswerCode.RESCHEDULED,
        AnswerCode.RESTORED,
        AnswerCode.LINKS_SENT,
        AnswerCode.RECORDED,
        AnswerCode.PAYMENT_DUE,
    }
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one request (C4). `until`: the deadline or date it turns on, where there is one."""

    evidence_key: str
    code: AnswerCode
    rule: str
    until: datetime | None = None

    @property
    def accepted(self) -> bool:
        return self.code in ACCEPTED


@dataclass(frozen=True, slots=True)
class Claim:
    """A Decision's claim on a resource's time: `staff:<id>` or `room:<id>`, over the span with its buffers.

    The store refuses (SlotTaken) what overlaps another session's claim, unless `may_overlap` (K6: what staff set).
    """

    resource: str
    span: Span
    may_overlap: bool = False


@dataclass(frozen=True, slots=True)
class CalendarState:
    """What we know of one calendar as a whole: since when it fails, whether that was told, deletions on hold."""

    calendar_id: str
    failing_since: datetime | None = None
    error: str = ""
    hint: str = ""
    alerted_at: datetime | None = None
    outages: int = 0
    held: tuple[str, ...] = ()  # session ids (CAL-7)
    question: Question | None = None
    questions_asked: int = 0
    sessions: tuple[str, ...] = ()  # to be attested by hand while an attendance feed is down (ATT-14)


State = Session | Contact | Company | CalendarState | Request | Catalogue | Absence


@dataclass(frozen=True, slots=True)
class Decision:
    """All that follows for one subject from one look at its case.

    `state` is the subject's new state, None if unchanged. `claims` replace the subject's former claims, None keeps
    them. `derived` is evidence to other subjects, stored in the same transaction. `review_at`: look again then.
    """

    subject: CaseKey
    decided_at: datetime
    findings: tuple[Finding, ...] = ()
    state: State | None = None
    claims: tuple[Claim, ...] | None = None
    effects: tuple[Effect, ...] = ()
    answers: tuple[Answer, ...] = ()
    derived: tuple[Evidence, ...] = ()
    review_at: datetime | None = None

    @property
    def changes_nothing(self) -> bool:
        return replace(self, review_at=None) == Decision(self.subject, self.decided_at)

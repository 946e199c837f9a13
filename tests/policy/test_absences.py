"""Out of office over booked sessions: one sheet, one reminder, and nothing more once it is dealt with (K12, N8, K5)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from syncd.domain.absence import Absence, AwaySeen
from syncd.domain.case import StaffCase
from syncd.domain.decision import AnswerCode, Decision
from syncd.domain.desk import Desk
from syncd.domain.effect import Effect, StaffMail, StaffText
from syncd.domain.evidence import CancelRequested, Evidence, Payload, StaffAnswered
from syncd.domain.keys import session_key, staff_key
from syncd.domain.people import Side
from syncd.domain.session import Choice, Session, SessionState
from syncd.domain.spans import Span
from syncd.domain.terms import Terms
from syncd.policy.decide import decide
from syncd.testing import builders as make
from tests.policy.play import DANA, DESK, EMIL, NOW

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = Span(NOW + HOUR, NOW + 9 * HOUR)
LEAD = replace(DANA, mobile="+12125550171")
LED = replace(DESK, staff=(LEAD, EMIL), texting_number="+15713173122")


def booked(number: int, hours: float, **changes: object) -> Session:
    start = NOW + hours * HOUR
    made = make.session(id=f"s{number}", staff_id="emil", span=Span(start, start + 30 * MINUTE))
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass
class Sheet:
    """Emil's case, kept in memory."""

    sessions: tuple[Session, ...] = (booked(1, 2), booked(2, 4))
    desk: Desk = LED
    now: datetime = NOW
    absence: Absence | None = None
    effects: dict[str, Effect] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)

    def sees(self, *payloads: Payload) -> Decision:
        key, at = staff_key("emil"), len(self.decisions)
        fresh = tuple(Evidence(f"e{at}-{n}", "test", self.now, p, key, at + 1) for n, p in enumerate(payloads))
        case = StaffCase(key, "emil", self.desk, Terms(), self.absence, fresh, self.sessions, ())
        made = decide(case, self.now)
        assert made == decide(case, self.now)
        self.absence = made.state if isinstance(made.state, Absence) else self.absence
        assert not set(self.effects) & {effect.key for effect in made.effects}, "two acts under one key"
        self.effects |= {effect.key: effect for effect in made.effects}
        self.decisions.append(made)
        return made

    def away(self, *spans: Span, calendar: str = "cal-emil") -> Decision:
        return self.sees(AwaySeen(calendar, spans))

    def waits_until(self, instant: datetime) -> None:
        while self.decisions and (due := self.decisions[-1].review_at) is not None and due <= instant:
            assert due > self.now, "a review that asks for itself never ends"
            self.now = due
            self.sees()
        self.now = instant

    def without(self, *ids: str) -> None:
        self.sessions = tuple(s for s in self.sessions if s.id not in ids)

    @property
    def mails(self) -> list[StaffMail]:
        return [e.body for e in self.effects.values() if isinstance(e.body, StaffMail)]

    @property
    def told(self) -> list[tuple[str, tuple[str, ...], bool]]:
        return [(m.to_id, tuple(past.session_id for past in m.sessions), m.repeated) for m in self.mails]

    @property
    def texts(self) -> list[StaffText]:
        return [e.body for e in self.effects.values() if isinstance(e.body, StaffText)]


def test_all_sessions_of_an_absence_are_one_sheet_before_the_lead() -> None:
    sheet = Sheet((*Sheet.sessions, booked(3, 20), booked(4, 3, state=SessionState.CANCELLED)))
    sheet.away(DAY)
    assert sheet.told == [("dana", ("s1", "s2"), False)]
    assert [(text.to_id, text.number, text.about) for text in sheet.texts] == [("dana", "+12125550171", EMIL.name)]


def test_no_booked_session_means_no_word() -> None:
    sheet = Sheet((booked(3, 20),))
    sheet.away(DAY)
    assert sheet.told == []
    assert sheet.decisions[-1].review_at is None


def test_the_lead_is_reminded_once_45_minutes_before_the_first() -> None:
    sheet = Sheet()
    sheet.away(DAY)
    sheet.waits_until(NOW + 2 * HOUR - 45 * MINUTE - timedelta(seconds=1))
    assert len(sheet.told) == 1
    sheet.waits_until(NOW + 2 * HOUR - 45 * MINUTE)
    assert sheet.told[1:] == [("dana", ("s1", "s2"), True)]
    assert [text.repeated for text in sheet.texts] == [False, True]
    reminder = list(sheet.effects.values())[-2:]
    assert {effect.expire_at for effect in reminder} == {NOW + 2 * HOUR}, "of no use after the start (N5)"
    sheet.waits_until(NOW + 12 * HOUR)
    assert len(sheet.told) == 2
    assert sheet.absence is not None
    assert sheet.absence.question is None, "all of them have begun"


def test_nobody_is_reminded_of_what_has_been_dealt_with() -> None:
    sheet = Sheet()
    sheet.away(DAY)
    sheet.without("s1", "s2")  # given away, moved or cancelled
    sheet.waits_until(NOW + 12 * HOUR)
    assert len(sheet.told) == 1
    assert sheet.absence is not None
    assert (sheet.absence.question, sheet.absence.sheet) == (None, ())


def test_where_the_first_is_seen_to_the_next_ones_moment_counts() -> None:
    sheet = Sheet()
    sheet.away(DAY)
    sheet.without("s1")
    sheet.waits_until(NOW + 4 * HOUR - 46 * MINUTE)
    assert len(sheet.told) == 1
    sheet.waits_until(NOW + 4 * HOUR)
    assert sheet.told[1:] == [("dana", ("s2",), True)]


def test_an_absence_that_comes_late_asks_at_once_and_reminds_nobody() -> None:
    sheet = Sheet((booked(1, 0.5),))
    sheet.away(Span(NOW, NOW + 9 * HOUR))
    sheet.waits_until(NOW + HOUR)
    assert sheet.told == [("dana", ("s1",), False)]


def test_an_absence_that_goes_away_closes_what_was_not_decided() -> None:
    sheet = Sheet()
    sheet.away(DAY)
    assert sheet.absence is not None
    question = sheet.absence.question
    assert question is not None
    sheet.away()
    assert (sheet.absence.question, sheet.absence.sheet) == (None, ())
    late = sheet.sees(StaffAnswered(question.id, Choice.CANCEL, "dana"))
    assert [a.code for a in late.answers] == [AnswerCode.STALE_QUESTION]
    assert late.derived == ()
    sheet.waits_until(NOW + 12 * HOUR)
    assert len(sheet.told) == 1


def test_an_absence_that_grows_asks_anew_and_one_that_shrinks_does_not() -> None:
    sheet = Sheet()
    sheet.away(Span(DAY.starts_at, NOW + 3 * HOUR))
    sheet.away(DAY)
    assert sheet.told == [("dana", ("s1",), False), ("dana", ("s1", "s2"), False)]
    sheet.away(Span(DAY.starts_at, NOW + 3 * HOUR))
    assert len(sheet.told) == 2
    assert len({m.question.id for m in sheet.mails if m.question}) == 2


def test_one_press_cancels_all_and_nothing_counts_against_a_customer() -> None:
    sheet = Sheet()
    sheet.away(DAY)
    assert sheet.absence is not None
    assert sheet.absence.question is not None
    made = sheet.sees(StaffAnswered(sheet.absence.question.id, Choice.CANCEL, "dana"))
    assert [a.code for a in made.answers] == [AnswerCode.RECORDED]
    assert [(e.subject, e.payload) for e in made.derived] == [
        (session_key(s.id), CancelRequested("staff", Side.STAFF, "dana")) for s in sheet.sessions
    ]
    sheet.waits_until(NOW + 12 * HOUR)
    assert len(sheet.told) == 1


def test_what_is_left_alone_is_asked_about_again_only_when_it_moves() -> None:
    sheet = Sheet()
    sheet.away(DAY)
    assert sheet.absence is not None
    assert sheet.absence.question is not None
    sheet.sees(StaffAnswered(sheet.absence.question.id, Choice.LEAVE, "dana"))
    sheet.away(DAY, Span(NOW + 20 * HOUR, NOW + 21 * HOUR))
    assert len(sheet.told) == 1
    sheet.sessions = (booked(1, 5), booked(2, 4))
    sheet.sees()
    assert sheet.told[1:] == [("dana", ("s1",), False)]


def test_a_lead_who_is_away_is_not_asked_where_there_is_another() -> None:
    boss = replace(EMIL, lead=True, mobile=None)
    both = Sheet(desk=replace(LED, staff=(boss, LEAD)))
    both.away(DAY)
    assert [to for to, _, _ in both.told] == ["dana"]
    alone = Sheet(desk=replace(LED, staff=(boss, replace(LEAD, lead=False))))
    alone.away(DAY)
    assert [to for to, _, _ in alone.told] == ["emil"]


def test_a_calendar_that_is_read_no_more_says_nothing_more() -> None:
    sheet = Sheet()
    sheet.away(DAY, calendar="cal-former")
    assert sheet.told == []

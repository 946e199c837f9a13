"""The policy's times, to the second, under a virtual clock: with and without a mobile number, for each kind of feed, on
a day on which the clocks change (A3 to A8, A13, A14, ATT-6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from syncd.domain.attendance import Hints, Outcome, Presence, Stage
from syncd.domain.attended import Attested, CustomerSaid, ShiftRequested
from syncd.domain.desk import Channel
from syncd.domain.effect import EffectKind, StaffMail, StaffText
from syncd.domain.letters import Letter, StaffLetter, TextLetter
from syncd.domain.session import QuestionKind
from syncd.domain.spans import Span
from syncd.testing import builders as make
from tests.attendance.bench import Bench, Subject, desk_with
from tests.attendance.sim_room import Shape, SimFeed, Visit, abilities

CLOCKS_CHANGE = datetime(2026, 3, 8, 6, 50, tzinfo=UTC)
"""01:50 in New York; ten minutes later it is 03:00 there."""
MOBILE = "+12025550143"


def minutes(count: float) -> datetime:
    return CLOCKS_CHANGE + timedelta(minutes=count)


def scene(
    shape: Shape | None, mobile: str | None = MOBILE, *visits: Visit, staff: bool = True
) -> tuple[Bench, Subject]:
    ability = abilities(shape) if shape is not None else None
    room = make.room(feeds=(ability,) if ability else ())
    there = [Visit("ann", minutes(-5), minutes(31), hints=Hints(email="ann@desk.example"))] if staff else []
    feed = SimFeed(ability, {"room-1": [*there, *visits]}) if ability else None
    step = ability.poll if ability else timedelta(seconds=10)
    bench = Bench(desk_with(room), feed, step=step, now=minutes(-1800))
    person = make.attendee(mobile=mobile, zone="America/New_York")
    session = make.session(
        span=Span(CLOCKS_CHANGE, minutes(30)), booking=make.booking(booker=person), arranged_at=minutes(-9000)
    )
    return bench, bench.add(session, replace(make.contact(), email=person.email, mobile=mobile))


def settled(bench: Bench, subject: Subject, hours: float = 26) -> Subject:
    bench.run(CLOCKS_CHANGE + timedelta(hours=hours), minutes(-16))
    return subject


@pytest.mark.parametrize("shape", [Shape.HISTORY, Shape.SNAPSHOT])
@pytest.mark.parametrize(("mobile", "close"), [(MOBILE, 15), (None, 10)])
def test_a_live_feed_asks_at_five_and_closes_to_the_second(shape: Shape, mobile: str | None, close: int) -> None:
    subject = settled(*scene(shape, mobile))
    attendance = subject.session.attendance
    assert attendance.asked_at == minutes(5)
    assert attendance.closed_at == attendance.released_at == minutes(close)
    assert attendance.verdict is not None
    assert (attendance.verdict.outcome, attendance.verdict.decided_at) == (Outcome.NO_SHOW, minutes(close + 90))
    (mail,) = subject.mails(Letter.ARE_YOU_COMING)
    assert mail.until == minutes(close)
    assert [text.letter for text in subject.texts()] == [TextLetter.ARE_YOU_COMING] * (mobile is not None)
    derived = [item for made in subject.decisions for item in made.derived]
    assert [item.payload.kind for item in derived] == ["no-show-confirmed"]


def test_what_is_known_only_afterwards_asks_nobody_and_presumes_attendance() -> None:
    subject = settled(*scene(Shape.AFTER))
    attendance = subject.session.attendance
    assert attendance.asked_at is None
    assert (attendance.closed_at, attendance.released_at) == (minutes(15), None)
    assert attendance.offered_at == minutes(4)
    assert subject.verdict == "attended (presumed)"
    assert attendance.verdict is not None
    assert attendance.verdict.decided_at == minutes(25)
    assert not subject.effects.keys() & {e.key for e, _ in subject.effects.values() if "mail" in e.kind}


def test_with_attestation_alone_an_attended_day_presses_nothing_and_asks_nobody() -> None:
    subject = settled(*scene(None))
    assert subject.verdict == "attended (presumed)"
    assert not subject.effects, "no mail, no text, no question"


def test_with_attestation_alone_one_press_after_the_close_is_a_no_show() -> None:
    bench, subject = scene(None)
    press = Attested("ann", "nobody", minutes(-15))
    bench.at(minutes(16), lambda: bench.sees("s1", press))
    settled(bench, subject)
    assert subject.session.attendance.verdict is not None
    assert subject.session.attendance.verdict.decided_at == minutes(25)
    assert subject.outcome is Outcome.NO_SHOW
    assert not subject.mails(Letter.ARE_YOU_COMING)


def test_a_press_at_four_asks_the_customer_and_proves_nothing_of_what_came_after_it() -> None:
    bench, subject = scene(None)
    bench.at(minutes(4), lambda: bench.sees("s1", Attested("ann", "nobody", minutes(-15))))
    settled(bench, subject)
    attendance = subject.session.attendance
    assert (attendance.asked_at, attendance.released_at) == (minutes(5), minutes(15))
    assert subject.outcome is Outcome.UNDETERMINED
    assert [q.kind for q in subject.session.questions] == [QuestionKind.WHAT_CAME_OF_IT]


def test_a_press_before_and_one_after_the_close_prove_it() -> None:
    bench, subject = scene(None)
    for at in (4, 15):
        bench.at(minutes(at), lambda: bench.sees("s1", Attested("ann", "nobody", minutes(-15))))
    settled(bench, subject)
    assert subject.outcome is Outcome.NO_SHOW


def test_absence_that_is_known_later_asks_later_and_waits_ten_minutes_more() -> None:
    """A guest who was wrongly admitted is unexplained until staff say so: here the feed is down until T + 8."""
    bench, subject = scene(None)
    bench.at(minutes(8), lambda: bench.sees("s1", Attested("ann", "nobody", minutes(-15))))
    settled(bench, subject)
    assert subject.session.attendance.asked_at == minutes(8)
    assert subject.session.attendance.closed_at == minutes(18)


def test_i_am_late_moves_the_close_once_asks_once_more_and_strikes_nobody() -> None:
    bench, subject = scene(Shape.HISTORY)
    for at in (6, 7):
        bench.at(minutes(at), lambda: bench.sees("s1", CustomerSaid("late", "link")))
    settled(bench, subject)
    attendance = subject.session.attendance
    assert (attendance.asked_at, attendance.asked_again_at) == (minutes(5), minutes(15))
    assert attendance.closed_at == attendance.released_at == minutes(30)
    assert [text.letter for text in subject.texts()] == [TextLetter.ARE_YOU_COMING, TextLetter.STILL_THERE]
    assert attendance.verdict is not None
    assert (attendance.verdict.outcome, attendance.verdict.rule) == (Outcome.UNDETERMINED, "A12")


def test_not_coming_frees_the_consultant_at_its_receipt_and_is_judged_up_to_it() -> None:
    bench, subject = scene(Shape.HISTORY)
    bench.at(minutes(6.5), lambda: bench.sees("s1", CustomerSaid("not-coming", "link"), minutes(6.25)))
    settled(bench, subject)
    attendance = subject.session.attendance
    assert (attendance.closed_at, attendance.released_at) == (minutes(6.25), minutes(6.5))
    assert subject.outcome is Outcome.NO_SHOW


@pytest.mark.parametrize(("at", "counts"), [(-15, True), (15, True), (15.02, False), (-15.02, False)])
def test_i_am_here_counts_from_a_quarter_of_an_hour_before_to_the_close(at: float, counts: bool) -> None:
    bench, subject = scene(Shape.HISTORY)
    bench.at(minutes(at), lambda: bench.sees("s1", CustomerSaid("here", "link")))
    settled(bench, subject)
    assert (subject.outcome is Outcome.ATTENDED) is counts
    answers = [a.code for made in subject.decisions for a in made.answers]
    assert answers == ["recorded" if counts else "already-over" if at > 0 else "not-yet"]


def test_a_consultant_who_is_missing_is_told_at_two_and_it_is_no_fault_of_the_customers() -> None:
    subject = settled(*scene(Shape.HISTORY, MOBILE, staff=False))
    attendance = subject.session.attendance
    assert attendance.staff_missing_at is not None
    assert minutes(2) <= attendance.staff_missing_at <= minutes(2) + timedelta(seconds=20)
    assert attendance.asked_at is None
    assert subject.outcome is Outcome.UNDETERMINED
    assert len(subject.mails(Letter.STAFF_LATE)) == 1
    assert {mail.letter for mail in subject.staff_mails()} == {StaffLetter.QUESTION, StaffLetter.STAFF_MISSING}


def test_lead_and_free_colleagues_are_told_by_text_where_they_want_it() -> None:
    """A8 as in N8: each by a link of their own to the one question; whoever sees to it presses."""
    bench, subject = scene(Shape.HISTORY, MOBILE, staff=False)
    numbers = {"ann": "+12125550171", "ben": "+12125550172"}
    staff = tuple(replace(member, mobile=numbers.get(member.id)) for member in bench.desk.staff)
    bench.desk = replace(bench.desk, staff=staff, texting_number="+15713173122")
    settled(bench, subject)
    texts = [e.body for e, _ in subject.effects.values() if isinstance(e.body, StaffText)]
    assert {text.number for text in texts if text.question.kind is QuestionKind.STAFF_MISSING} == {
        numbers[member.id] for member in staff if member.id in numbers
    }
    assert len({text.question.id for text in texts if text.question.kind is QuestionKind.STAFF_MISSING}) == 1


@pytest.mark.parametrize(("by_mail", "by_text"), [(False, False), (True, False), (False, True), (True, True)])
def test_the_press_is_offered_at_four_by_mail_and_by_text_as_they_want_it(by_mail: bool, by_text: bool) -> None:
    bench, subject = scene(None)
    staff = tuple(
        replace(m, mobile="+12125550171", asked_by_mail=by_mail, asked_by_text=by_text) for m in bench.desk.staff
    )
    bench.desk = replace(bench.desk, staff=staff, texting_number="+15713173122")
    settled(bench, subject)
    offers = [e for e, _ in subject.effects.values() if isinstance(e.body, StaffMail | StaffText)]
    assert {e.kind for e in offers} == {
        *({EffectKind.MAIL_STAFF} if by_mail else ()),
        *({EffectKind.TEXT_STAFF} if by_text else ()),
    }
    assert {e.due_at for e in offers} <= {minutes(4)}
    assert all(e.expire_at == minutes(15) for e in offers if e.kind is EffectKind.TEXT_STAFF)
    assert subject.verdict == "attended (presumed)"


def test_who_meets_after_the_close_was_there() -> None:
    late = Visit("carol", minutes(20), minutes(29), hints=Hints(email="carol@acme.example"))
    subject = settled(*scene(Shape.SNAPSHOT, MOBILE, late))
    verdict = subject.session.attendance.verdict
    assert verdict is not None
    assert (verdict.outcome, verdict.rule) == (Outcome.ATTENDED, "A14")


def test_the_lobby_and_the_pin_prompt_are_attendance_of_a_known_customer() -> None:
    for stage in (Stage.WAITING, Stage.DIALED):
        call = Visit("call", minutes(3), minutes(4), Channel.PHONE, stage, Presence.UNKNOWN, Hints(phone_e164=MOBILE))
        assert settled(*scene(Shape.HISTORY, MOBILE, call)).outcome is Outcome.ATTENDED


def test_a_session_that_begins_later_is_asked_and_closed_later() -> None:
    bench, subject = scene(Shape.HISTORY)
    bench.at(minutes(-5), lambda: bench.sees("s1", ShiftRequested(timedelta(minutes=15), "ann")))
    settled(bench, subject)
    attendance = subject.session.attendance
    assert (attendance.asked_at, attendance.closed_at) == (minutes(20), minutes(30))
    assert subject.mails(Letter.SHIFTED)[0].until == minutes(15)


def test_the_moment_of_the_question_is_printed_in_the_clock_of_the_day() -> None:
    """T + 15 is 03:05 in New York: between lies the hour that does not exist."""
    subject = settled(*scene(Shape.HISTORY))
    (mail,) = subject.mails(Letter.ARE_YOU_COMING)
    assert mail.until is not None
    assert mail.until - CLOCKS_CHANGE == timedelta(minutes=15)

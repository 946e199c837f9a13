"""What people say and decide of an outcome: a reason, and twice where it goes against the customer (A9, A10, A15)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from syncd.domain.attendance import Hints, Outcome, Presence, Stage
from syncd.domain.attended import AttendanceSeen, Attested, CustomerSaid, Objected, OutcomeDecided
from syncd.domain.correspondence import BounceReceived, WordsReceived
from syncd.domain.decision import AnswerCode
from syncd.domain.desk import Channel
from syncd.domain.effect import CalendarPut, EffectState
from syncd.domain.evidence import EntrySeen, Payload, StaffAnswered
from syncd.domain.letters import Letter
from syncd.domain.people import Consent, Entitlement
from syncd.domain.session import Choice, EntryRef, Invited, QuestionKind
from syncd.testing import builders as make
from tests.attendance.bench import START, Bench, Subject, desk_with

CLOSE = 10


def minutes(count: float) -> datetime:
    return START + timedelta(minutes=count)


def nobody_came(**changes: Any) -> tuple[Bench, Subject]:
    """One press after the close: a no-show, unless `changes` to the session stand against it."""
    bench = Bench(desk_with(make.room(), inboxes=changes.pop("inboxes", ())), None)
    states = {letter: changes.pop(letter) for letter in ("invitation", "reminder_last") if letter in changes}
    contact = replace(make.contact(), consents=changes.pop("consents", ()))
    fields: dict[str, Any] = {"arranged_at": START - timedelta(days=3)} | changes
    subject = bench.add(make.session(entry=make.calendar_entry(), **fields), contact, **states)
    close = 15 if subject.session.booking and subject.session.booking.booker.mobile else CLOSE
    bench.at(minutes(close + 1), lambda: bench.sees("s1", Attested("ann", "nobody", minutes(-15))))
    return bench, subject


def judged(bench: Bench, subject: Subject) -> Subject:
    bench.run(minutes(90))
    return subject


def derived(subject: Subject) -> list[str]:
    return [item.payload.kind for made in subject.decisions for item in made.derived]


def test_a_no_show_is_told_to_the_ledger_once_and_stands_in_the_calendar() -> None:
    subject = judged(*nobody_came())
    assert subject.outcome is Outcome.NO_SHOW
    assert derived(subject) == ["no-show-confirmed"]
    (put,) = [e.body for e, _ in subject.effects.values() if isinstance(e.body, CalendarPut)]
    assert put.facts.outcome == "no-show"
    assert not subject.mails(Letter.OUTCOME), "the ledger's warning tells the contact"


def test_one_that_counts_toward_nothing_is_told_by_its_own_mail() -> None:
    subject = judged(*nobody_came(booking=make.booking(entitlement=Entitlement.PAID)))
    assert subject.outcome is Outcome.NO_SHOW
    assert len(subject.mails(Letter.OUTCOME)) == 1


MOBILE = make.booking(booker=make.attendee(mobile="+12025550143"))
AGAINST: dict[str, tuple[dict[str, Any], str]] = {
    "staff set it late": ({"staff_set_at": minutes(-600)}, "ATT-7.1"),
    "the zone in question": ({"booking": make.booking(profile_zone="America/New_York")}, "ATT-7.1"),
    "an invitation not handed over": ({"invitation": EffectState.PARKED}, "ATT-7.5"),
    "a reminder not handed over": ({"reminder_last": EffectState.PENDING}, "ATT-7.5"),
    "an inbox not read": ({"inboxes": ("mail",)}, "ATT-7.6"),
}


@pytest.mark.parametrize("name", AGAINST)
def test_each_condition_that_fails_is_named_and_asks_staff(name: str) -> None:
    changes, condition = AGAINST[name]
    subject = judged(*nobody_came(**changes))
    verdict = subject.session.attendance.verdict
    assert verdict is not None
    assert verdict.outcome is Outcome.UNDETERMINED
    assert [failed[:7] for failed in verdict.failed] == [condition]
    assert [q.kind for q in subject.session.questions] == [QuestionKind.WHAT_CAME_OF_IT]
    assert not derived(subject)


@pytest.mark.parametrize(
    ("payload", "condition"),
    [
        (BounceReceived("carol@acme.example", "failed"), "ATT-7.5"),
        (WordsReceived("carol@acme.example", "Re: session", "I cannot find the link"), "ATT-7.6"),
        (Attested("ann", "unplaced", minutes(3)), "ATT-7.4"),
    ],
)
def test_what_came_in_and_was_not_understood_stands_against_it(payload: Payload, condition: str) -> None:
    bench, subject = nobody_came()
    bench.at(minutes(3), lambda: bench.sees("s1", payload))
    verdict = judged(bench, subject).session.attendance.verdict
    assert verdict is not None
    assert [failed[:7] for failed in verdict.failed] == [condition]


def test_a_time_that_staff_set_late_counts_once_the_contact_has_accepted_it() -> None:
    invited = (Invited("carol@acme.example", 0, "ACCEPTED"),)
    assert judged(*nobody_came(staff_set_at=minutes(-600), invited=invited)).outcome is Outcome.NO_SHOW


@pytest.mark.parametrize(("hours", "close"), [(25, 10), (23, 15)])
def test_a_number_known_a_day_before_to_be_unusable_counts_as_none(hours: int, close: int) -> None:
    refused = Consent("+12025550143", "out", "carrier", START - timedelta(hours=hours))
    bench, subject = nobody_came(booking=MOBILE, consents=(refused,))
    bench.at(minutes(4), lambda: bench.sees("s1", Attested("ann", "nobody", minutes(-15))))
    bench.at(minutes(close), lambda: bench.sees("s1", Attested("ann", "nobody", minutes(-15))))
    judged(bench, subject)
    assert subject.session.attendance.closed_at == minutes(close)
    assert not subject.texts(), "a number that refused is never texted"
    assert (subject.outcome is Outcome.NO_SHOW) is (hours == 25), "a failure learned late protects the customer"


# -- people decide -----------------------------------------------------------------------------------------------------


def codes(subject: Subject) -> list[AnswerCode]:
    return [answer.code for made in subject.decisions for answer in made.answers][1:]


def test_a_decision_against_the_customer_takes_a_reason_and_a_second_press() -> None:
    bench, subject = nobody_came(invitation=EffectState.PARKED)
    judged(bench, subject)
    decided = OutcomeDecided(Outcome.NO_SHOW, "ann", "")
    bench.sees("s1", decided)
    bench.sees("s1", replace(decided, reason="I was there, they were not."))
    assert (subject.outcome, len(codes(subject))) == (Outcome.UNDETERMINED, 2)
    bench.sees("s1", replace(decided, reason="I was there, they were not.", confirmed=True))
    assert codes(subject) == ["needs-reason", "needs-second-press", "recorded"]
    assert subject.outcome is Outcome.NO_SHOW
    assert [v.outcome for v in subject.session.attendance.former] == [Outcome.UNDETERMINED]
    assert not subject.session.questions


def test_only_a_lead_decides_against_i_am_here() -> None:
    bench, subject = nobody_came()
    bench.at(minutes(1), lambda: bench.sees("s1", CustomerSaid("here", "link")))
    judged(bench, subject)
    decided = OutcomeDecided(Outcome.NO_SHOW, "ann", "They never spoke.", confirmed=True)
    bench.sees("s1", decided)
    assert (codes(subject)[-1], subject.outcome) == ("needs-lead", Outcome.ATTENDED)
    bench.sees("s1", replace(decided, lead=True))
    assert (codes(subject)[-1], subject.outcome) == ("recorded", Outcome.NO_SHOW)


def test_the_question_is_answered_by_one_click() -> None:
    bench, subject = nobody_came(invitation=EffectState.PARKED)
    judged(bench, subject)
    (question,) = subject.session.questions
    bench.sees("s1", StaffAnswered(question.id, Choice.EXCUSED, "ann"))
    assert subject.outcome is Outcome.EXCUSED
    assert not subject.session.questions
    assert not derived(subject)


def test_excusing_a_no_show_takes_it_out_of_the_ledger_and_one_more_puts_it_back() -> None:
    bench, subject = nobody_came()
    judged(bench, subject)
    bench.sees("s1", OutcomeDecided(Outcome.EXCUSED, "ann", "A power cut."))
    bench.sees("s1", OutcomeDecided(Outcome.NO_SHOW, "ann", "It was no power cut.", confirmed=True))
    assert derived(subject) == ["no-show-confirmed", "no-show-reversed", "no-show-confirmed"]
    keys = [item.key for made in subject.decisions for item in made.derived]
    assert len(set(keys)) == 3


def seen(at: float) -> AttendanceSeen:
    return AttendanceSeen(
        "feed", "room-1", Channel.PHONE, Stage.WAITING, Presence.UNKNOWN, minutes(at), minutes(at), minutes(at + 2),
        Hints(phone_e164="+12025550143"), matched="phone",
    )  # fmt: skip


@pytest.mark.parametrize("by_staff", [False, True])
def test_a_record_that_comes_late_overturns_a_no_show_and_never_makes_one(by_staff: bool) -> None:
    bench, subject = nobody_came(**({"invitation": EffectState.PARKED} if by_staff else {}))
    judged(bench, subject)
    if by_staff:
        bench.sees("s1", OutcomeDecided(Outcome.NO_SHOW, "ann", "Nobody.", confirmed=True))
    assert (subject.outcome, derived(subject)) == (Outcome.NO_SHOW, ["no-show-confirmed"])
    bench.sees("s1", seen(3))
    assert subject.outcome is Outcome.ATTENDED
    assert derived(subject) == ["no-show-confirmed", "no-show-reversed"]
    bench.sees("s1", Attested("ann", "nobody", minutes(-15)))
    assert subject.outcome is Outcome.ATTENDED


# -- the contact objects -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("choice", [Choice.UPHOLD, Choice.REJECT])
def test_an_objection_goes_before_staff_and_is_answered(choice: Choice) -> None:
    bench, subject = nobody_came()
    judged(bench, subject)
    bench.sees("s1", Objected("carol@acme.example", "I waited in the lobby."))
    bench.sees("s1", Objected("carol@acme.example"))
    assert codes(subject) == ["recorded", "unchanged"]
    (question,) = subject.session.questions
    bench.sees("s1", StaffAnswered(question.id, choice, "ann"))
    upheld = choice is Choice.UPHOLD
    assert subject.outcome is (Outcome.EXCUSED if upheld else Outcome.NO_SHOW)
    assert derived(subject)[1] == "no-show-contested"
    assert derived(subject)[2] == ("no-show-reversed" if upheld else "no-show-contested")
    assert len(subject.mails(Letter.OBJECTION_ANSWER)) == int(not upheld), "upheld: the ledger's letter is the answer"


def test_a_verdict_waits_for_an_objection_that_came_before_it() -> None:
    bench, subject = nobody_came()
    bench.at(minutes(12), lambda: bench.sees("s1", Objected("carol@acme.example", "The link was dead.")))
    judged(bench, subject)
    assert subject.outcome is None
    (question,) = subject.session.questions
    bench.sees("s1", StaffAnswered(question.id, Choice.REJECT, "ann"))
    assert subject.outcome is Outcome.NO_SHOW


# -- the calendar ------------------------------------------------------------------------------------------------------


def tagged(*tags: str) -> EntrySeen:
    return EntrySeen(EntryRef("cal-ann", "event-1", "v2"), "s1", make.signature(), tags=tags)


def test_tags_in_the_event_state_an_outcome_once() -> None:
    for tag, outcome in (("#excused", Outcome.EXCUSED), ("#attended", Outcome.ATTENDED)):
        bench, subject = nobody_came()
        judged(bench, subject)
        for _ in range(2):
            bench.sees("s1", tagged(tag))
        assert subject.outcome is outcome
        assert derived(subject) == ["no-show-confirmed", "no-show-reversed"]


def test_the_noshow_tag_is_the_press_after_the_close_and_nothing_later() -> None:
    for at, outcome in ((11, Outcome.NO_SHOW), (21, Outcome.ATTENDED)):
        bench = Bench(desk_with(make.room()), None)
        subject = bench.add(
            make.session(entry=make.calendar_entry(), arranged_at=START - timedelta(days=3)), make.contact()
        )
        bench.at(minutes(at), partial(bench.sees, "s1", tagged("#noshow")))
        bench.run(minutes(90))
        assert subject.outcome is outcome


def test_keep_and_late15_in_the_event_move_the_close() -> None:
    for tag in ("#keep", "#late15"):
        bench, subject = nobody_came()
        at = minutes(2) if tag == "#keep" else minutes(-2)
        bench.at(at, partial(bench.sees, "s1", tagged(tag)))
        bench.run(minutes(90))
        assert subject.session.attendance.closed_at == minutes(CLOSE + 15)


def test_late15_on_the_session_that_runs_is_about_the_one_that_follows() -> None:
    bench, subject = nobody_came()
    bench.at(minutes(2), lambda: bench.sees("s1", tagged("#late15")))
    bench.run(minutes(90))
    assert subject.session.attendance.closed_at == minutes(CLOSE), "its own customer waits for nobody"
    said = [f.says for made in subject.decisions for f in made.findings if f.rule == "K13"]
    assert said == ["no session of theirs follows soon: nobody is told"]

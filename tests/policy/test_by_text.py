"""TST-4, the rules alone: every keyword, chatty replies, and the cutoff to the second (C2, C4, SMS-5 to SMS-9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.text_sink.translate import KEYWORDS
from connectors.twilio.keywords import LONG_CODE, TOLL_FREE
from syncd.domain.attended import CustomerSaid
from syncd.domain.correspondence import Candidate, ConsentChanged, TextReceived, TextReported
from syncd.domain.decision import AnswerCode
from syncd.domain.effect import CustomerText, EffectKind
from syncd.domain.evidence import EffectParked, RescheduleRequested, StaffAnswered
from syncd.domain.keys import short_code
from syncd.domain.letters import Cause, Letter, StaffLetter, TextLetter
from syncd.domain.people import Consent, Side
from syncd.domain.session import Choice, QuestionKind, SessionState
from syncd.policy.texting import usable_mobile
from tests.policy.play import CARL, CARLS, DESK, Play, asked, booked

NUMBER = CARL.mobile or ""
START = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
TEXTING = replace(DESK, texting_number="+15713173122")
CUTOFF = START - timedelta(minutes=30)


def play(at: datetime) -> Play:
    made = booked(START, desk=TEXTING)
    made.wait_until(at)
    made.performs()
    return made


def text(body: str, carrier: str = "", **changes: Any) -> TextReceived:
    made = TextReceived(NUMBER, "+15713173122", body, f"SM{body}", carrier)
    return replace(made, **changes)


def texts(made: Play) -> list[CustomerText]:
    return made.bodies(CustomerText)


def letters(made: Play) -> list[TextLetter]:
    return [each.letter for each in texts(made)]


def said(made: Play) -> list[CustomerSaid]:
    return [e.payload for d in made.decisions for e in d.derived if isinstance(e.payload, CustomerSaid)]


def consents(made: Play) -> list[ConsentChanged]:
    return [e.payload for d in made.decisions for e in d.derived if isinstance(e.payload, ConsentChanged)]


def open_questions(made: Play) -> list[QuestionKind]:
    return [q.kind for q in made.session.questions]


@pytest.mark.parametrize(
    ("before", "accepted"),
    [
        (timedelta(minutes=30, seconds=1), True),
        (timedelta(minutes=30), True),
        (timedelta(minutes=29, seconds=59), False),
    ],
)
@pytest.mark.parametrize("word", ["C", "Please cancel!", "MOVE", "Termin absagen", "annuler", "cancelar"])
def test_the_cutoff_holds_to_the_second_and_is_judged_by_the_receipt(
    word: str, before: timedelta, accepted: bool
) -> None:
    made = play(START - timedelta(minutes=20))  # the text was on its way while we were away
    answer = made.answers(text(word), at=START - before)
    if accepted:
        assert answer.code is AnswerCode.CANCELLED
        assert made.session.state is SessionState.CANCELLED
        assert made.session.cancelled_at == START - before
        assert letters(made) == [TextLetter.MOVE if word == "MOVE" else TextLetter.CANCELLED]
        assert len(made.mails(Letter.CANCELLATION)) == 1
    else:
        assert (answer.code, answer.until) == (AnswerCode.TOO_LATE, CUTOFF)
        assert made.session.state is SessionState.BOOKED
        assert letters(made) == [TextLetter.TOO_LATE]


@pytest.mark.parametrize("before", [timedelta(hours=3), timedelta(minutes=29)])
def test_the_carriers_cancel_opts_out_and_is_a_request_that_a_mail_answers(before: timedelta) -> None:
    made = play(START - before)
    made.sees(text("CANCEL", "out"))
    assert [c.consent for c in consents(made)] == ["out"]
    assert texts(made) == [], "what opted out is never texted"
    if before > timedelta(minutes=30):
        assert made.session.state is SessionState.CANCELLED
        assert len(made.mails(Letter.CANCELLATION)) == 1
    else:
        assert made.session.state is SessionState.BOOKED
    (mail,) = made.mails(Letter.TEXT_INSTEAD)
    assert mail.instead_of is not None
    assert mail.instead_of.letter is (TextLetter.CANCELLED if before > timedelta(minutes=30) else TextLetter.TOO_LATE)


STOPS = sorted(w for w, deed in {**LONG_CODE, **KEYWORDS}.items() if deed == "out" and w != "cancel")


@pytest.mark.parametrize("word", STOPS)
def test_every_word_to_stop_leaves_the_session_and_asks_staff(word: str) -> None:
    made = play(START - timedelta(hours=3))
    made.sees(text(word.upper(), "out"))
    assert made.session.state is SessionState.BOOKED
    assert [c.consent for c in consents(made)] == ["out"]
    assert texts(made) == []
    (mail,) = made.mails(Letter.TEXT_INSTEAD)
    assert mail.facts is not None
    assert mail.facts.cancel_until is not None, "the link and its deadline"
    assert open_questions(made) == [QuestionKind.OPTED_OUT]
    assert made.staff_mails()[-1].letter is StaffLetter.QUESTION


@pytest.mark.parametrize("word", sorted(w for w, deed in LONG_CODE.items() if deed == "in"))
def test_every_word_to_start_opts_in_and_is_answered(word: str) -> None:
    made = play(START - timedelta(hours=3))
    made.contact = replace(CARLS, consents=(Consent(NUMBER, "in", "text", made.now),))
    made.sees(text(word, "in"))
    assert [c.consent for c in consents(made)] == ["in"]
    assert letters(made) == [TextLetter.WELCOME_BACK]


def test_yes_after_the_question_keeps_too() -> None:
    made = play(START + timedelta(minutes=6))
    course = replace(made.session.attendance, asked_at=START + timedelta(minutes=5))
    made.session = replace(made.session, attendance=course)
    made.sees(text("YES", "in"))
    assert [c.consent for c in consents(made)] == ["in"]
    assert [s.says for s in said(made)] == ["keep"]


@pytest.mark.parametrize("word", ["help", "info"])
def test_the_carrier_answers_help_and_staff_see_it(word: str) -> None:
    made = play(START - timedelta(hours=3))
    made.sees(text(word, "help"))
    assert texts(made) == []
    assert open_questions(made) == [QuestionKind.WORDS]


def test_a_toll_free_number_knows_three_words() -> None:
    assert set(TOLL_FREE) == {"stop", "unstop", "start"}


@pytest.mark.parametrize(
    "words", ["don't cancel!", "running late", "Is Dana in today?", "C you later", "no cancel", "👍"]
)
@pytest.mark.parametrize("minutes", [-180, 3])
def test_chatty_words_change_nothing_go_to_staff_and_are_answered(words: str, minutes: int) -> None:
    made = play(START + timedelta(minutes=minutes))
    decision = made.sees(text(words))
    assert made.session.state is SessionState.BOOKED
    assert open_questions(made) == [QuestionKind.WORDS]
    assert made.staff_mails()[-1].detail == words
    if minutes > 0:
        (payload,) = (e.payload for e in decision.derived if isinstance(e.payload, CustomerSaid))
        assert payload.says == "other"
        made.sees(payload)
    assert letters(made) == [TextLetter.PASSED_ON]


@pytest.mark.parametrize(
    ("words", "says"),
    [("1", "keep"), ("KEEP", "keep"), ("I am late", "late"), ("2", "not-coming"), ("Skip.", "not-coming"),
     ("Ich komme nicht", "not-coming"), ("J'arrive !", "keep"), ("ya voy", "keep")],
)  # fmt: skip
def test_what_is_said_of_a_session_that_is_due_is_evidence_received_when_the_text_was(words: str, says: str) -> None:
    made = play(START + timedelta(minutes=7))
    decision = made.sees(text(words), at=START + timedelta(minutes=6))
    ((payload, received_at),) = [
        (e.payload, e.received_at) for e in decision.derived if isinstance(e.payload, CustomerSaid)
    ]
    assert (payload.says, payload.via) == (says, "text")
    assert received_at == START + timedelta(minutes=6)
    made.sees(payload)
    assert len(texts(made)) == 1, "and it is answered"


def test_not_coming_a_day_before_is_for_a_person() -> None:
    made = play(START - timedelta(hours=20))
    made.sees(text("not coming"))
    assert made.session.state is SessionState.BOOKED
    assert open_questions(made) == [QuestionKind.WORDS]
    question = made.session.questions[0]
    made.sees(StaffAnswered(question.id, Choice.CANCEL, "dana"))
    assert (made.session.state, made.session.cancelled_by) == (SessionState.CANCELLED, Side.STAFF)


def test_move_is_one_change_whose_link_rebooks_the_session_under_its_uid() -> None:
    made = play(START - timedelta(hours=1))
    uid, booking, sequence = made.session.uid, made.session.booking, made.session.sequence
    made.sees(text("MOVE"))
    assert made.session.moving
    assert made.mails(Letter.CANCELLATION)[0].cause is Cause.MOVING
    made.performs()
    made.now = START + timedelta(minutes=10)  # the link does not expire with the time that was given up
    later = START + timedelta(days=2)
    answer = made.answers(RescheduleRequested("link", Side.CUSTOMER, later, "dana", asked(later)))
    assert answer.code is AnswerCode.RESCHEDULED
    assert (made.session.state, made.session.starts_at) == (SessionState.BOOKED, later)
    assert (made.session.uid, made.session.booking) == (uid, booking)
    assert made.session.sequence == sequence + 2, "a cancellation, then an update"
    assert not made.session.moving


def test_what_was_cancelled_without_move_is_not_rebooked() -> None:
    made = play(START - timedelta(hours=1))
    made.sees(text("C"))
    later = START + timedelta(days=2)
    answer = made.answers(RescheduleRequested("link", Side.CUSTOMER, later, "dana", asked(later)))
    assert answer.code is AnswerCode.ALREADY_CANCELLED


def test_a_second_cancellation_is_answered_with_what_is_so() -> None:
    made = play(START - timedelta(hours=3))
    made.sees(text("C"))
    assert made.answers(text("drop")).code is AnswerCode.ALREADY_CANCELLED
    assert letters(made) == [TextLetter.CANCELLED, TextLetter.NOT_POSSIBLE]


def test_several_sessions_and_a_word_to_stop_cancel_none() -> None:
    made = play(START - timedelta(hours=3))
    one = Candidate("s1", short_code("s1"), START, "UTC")
    made.sees(text("CANCEL", "out", candidates=(one, replace(one, session_id="s2"))))
    assert made.session.state is SessionState.BOOKED
    assert len(made.mails(Letter.TEXT_INSTEAD)) == 1


@pytest.mark.parametrize(("means", "consent"), [("out", "out"), ("unusable", "unusable"), ("", None)])
def test_a_text_that_does_not_arrive_is_mailed_in_the_same_words(means: str, consent: str | None) -> None:
    made = play(START - timedelta(hours=3))
    made.sees(text("hello"))
    (effect,) = (e for e, _ in made.effects.values() if e.kind is EffectKind.TEXT_CUSTOMER)
    assert not effect.harmless
    assert NUMBER not in effect.key, "the key travels in addresses (PRV-2)"
    made.sees(EffectParked(effect.key, effect.kind, effect.revision, "21614", recipient=NUMBER, means=means))
    made.sees(TextReported(effect.key, "SM1", "undelivered", "30006", NUMBER, means))
    assert [c.consent for c in consents(made)] == ([consent] if consent else []), "once, however often it is told"
    (mail,) = made.mails(Letter.TEXT_INSTEAD)
    assert mail.instead_of is not None
    assert mail.instead_of.letter is TextLetter.PASSED_ON


def test_a_cap_is_told_to_the_operator() -> None:
    made = play(START - timedelta(hours=3))
    made.sees(text("hello"))
    (effect,) = (e for e, _ in made.effects.values() if e.kind is EffectKind.TEXT_CUSTOMER)
    made.sees(EffectParked(effect.key, effect.kind, effect.revision, "20 texts", recipient=NUMBER, means="capped"))
    assert [e.recipient for e, _ in made.effects.values() if e.kind is EffectKind.MAIL_OPERATOR] == [
        "operator@desk.example"
    ]


def test_statuses_in_any_order_change_nothing_unless_one_says_that_it_failed() -> None:
    made = play(START - timedelta(hours=3))
    made.sees(text("hello"))
    (effect,) = (e for e, _ in made.effects.values() if e.kind is EffectKind.TEXT_CUSTOMER)
    for status in ("delivered", "queued", "sent", "sending"):
        made.sees(TextReported(effect.key, "SM1", status))
    assert made.mails(Letter.TEXT_INSTEAD) == []


@pytest.mark.parametrize(
    ("number", "consent", "usable"),
    [
        (NUMBER, None, True),
        (NUMBER, "in", True),
        (NUMBER, "out", False),
        (NUMBER, "unusable", False),
        ("+14165550123", None, True),  # Canada is allowed by default
        ("+491715550123", None, False),  # toll fraud: another country
        ("+18765550123", None, False),  # +1 spans many countries: Jamaica
        (None, None, False),
    ],
)
def test_which_numbers_are_texted(number: str | None, consent: str | None, usable: bool) -> None:
    made = play(START - timedelta(hours=3))
    booker = replace(made.booking.booker, mobile=number)
    session = replace(made.session, booking=replace(made.booking, booker=booker))
    known = (Consent(number or "", consent, "text", made.now),) if consent else ()
    contact = replace(CARLS, consents=known)
    assert (usable_mobile(session, contact, TEXTING) is not None) is usable
    assert usable_mobile(session, contact, DESK) is None, "no texting number: no texts"
    if consent == "out":
        assert usable_mobile(session, contact, TEXTING, at=made.now - timedelta(hours=1)) == number

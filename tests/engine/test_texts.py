"""Texts through the real engine and store: whose they are, what follows, never one text twice (N5, REL-1, SMS-8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from syncd.domain.decision import AnswerCode
from syncd.domain.effect import CustomerText, EffectKind, EffectState
from syncd.domain.keys import short_code
from syncd.domain.letters import TextLetter
from syncd.domain.session import Session, SessionState
from syncd.ports.views import OutboxRow
from syncd.testing.sim_texts import SimTexts
from syncd.testing.world import CARL, World
from tests.engine.texting import DESK, opened

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
NUMBER = CARL.mobile or ""
STRANGER = "+12125550199"
ALL = (EffectState.PENDING, EffectState.CLAIMED, EffectState.DONE, EffectState.PARKED, EffectState.DROPPED)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[World, SimTexts]]:
    world, texts = opened(tmp_path, DESK)
    assert world.book(START).code is AnswerCode.BOOKED
    world.run_until(START - timedelta(hours=3))
    yield world, texts
    world.close()


def heard(world: World, texts: SimTexts, body: str, sender: str = NUMBER) -> Session:
    texts.receive(sender, body)
    world.run_for(timedelta(minutes=2))
    return world.session()


def rows(world: World, *states: EffectState) -> list[OutboxRow]:
    found = world.views.outbox(states or ALL)
    return [row for row in found if row.effect.kind is EffectKind.TEXT_CUSTOMER]


def letters(world: World) -> list[TextLetter]:
    return [row.effect.body.letter for row in reversed(rows(world)) if isinstance(row.effect.body, CustomerText)]


def mails(world: World) -> list[EmailMessage]:
    return [message_from_bytes(each.message, policy=policy.default) for each in world.mail.to(CARL.email)]


def plain(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_a_text_from_the_bookings_number_cancels_and_is_answered(desk: tuple[World, SimTexts]) -> None:
    world, texts = desk
    assert heard(world, texts, "C").state is SessionState.CANCELLED
    (answer,) = texts.taken
    assert answer.to == NUMBER
    assert short_code(world.session().id) in answer.body
    assert answer.reference == short_code(world.session().id)


def test_the_code_counts_from_any_phone_and_nothing_else_does(desk: tuple[World, SimTexts]) -> None:
    world, texts = desk
    code = short_code(world.session().id)
    assert heard(world, texts, "C", STRANGER).state is SessionState.BOOKED
    assert heard(world, texts, f"C {int(code) ^ 1:04d}", STRANGER).state is SessionState.BOOKED
    assert heard(world, texts, f"C {code}", STRANGER).state is SessionState.CANCELLED
    assert texts.taken[-1].to == STRANGER


def test_guessing_codes_is_stopped(desk: tuple[World, SimTexts]) -> None:
    world, texts = desk
    code = short_code(world.session().id)
    for wrong in range(6):
        heard(world, texts, f"C {(int(code) + wrong + 1) % 10_000:04d}", STRANGER)
    assert heard(world, texts, f"C {code}", STRANGER).state is SessionState.BOOKED


def test_with_several_sessions_nothing_changes_until_one_is_named(desk: tuple[World, SimTexts]) -> None:
    world, texts = desk
    assert world.book(START + timedelta(days=1), form="form-2").code is AnswerCode.BOOKED
    assert heard(world, texts, "C").state is SessionState.BOOKED
    other = world.session("form-2")
    assert heard(world, texts, f"C {short_code(other.id)}").state is SessionState.BOOKED
    assert world.session("form-2").state is SessionState.CANCELLED
    which, cancelled = texts.taken
    assert short_code(other.id) in which.body
    assert short_code(world.session().id) in which.body
    assert "is cancelled" in cancelled.body


def test_who_is_not_known_is_told_how_and_not_for_ever(desk: tuple[World, SimTexts]) -> None:
    world, texts = desk
    for number in range(5):
        heard(world, texts, f"hello {number}", STRANGER)
    assert [t.to for t in texts.taken] == [STRANGER] * 3, "answers to one number a day"
    assert "we do not know this number" in texts.taken[0].body
    heard(world, texts, "hello", "+491715550123")
    heard(world, texts, "hello", "anonymous")
    assert len(texts.taken) == 3, "no texts to other countries, nor to nobody"


def test_an_ambiguous_send_that_was_taken_is_found_and_not_repeated(desk: tuple[World, SimTexts]) -> None:
    world, texts = desk
    texts.lose_replies = 1
    heard(world, texts, "C")
    assert len(texts.taken) == 1
    (row,) = rows(world, EffectState.DONE)
    assert row.attempts == 2, "the second looked"


@pytest.mark.parametrize("fault", ["lose_requests", "forgetful", "silent"])
def test_an_ambiguous_send_that_is_not_found_is_set_aside(desk: tuple[World, SimTexts], fault: str) -> None:
    world, texts = desk
    if fault == "lose_requests":
        texts.lose_requests = 1
    else:
        texts.lose_replies = 1
        setattr(texts, fault, True)
    texts.receive(NUMBER, "hello")
    world.run_for(timedelta(hours=1))
    assert len(texts.taken) <= 1, "never resent blindly"
    (row,) = rows(world, EffectState.PARKED)
    assert row.hint
    (mail,) = [mail for mail in mails(world) if "will read your words" in plain(mail)]
    assert mail["Subject"].startswith("About your session"), "the same words by mail"


def test_what_a_number_refuses_is_remembered_and_mailed(desk: tuple[World, SimTexts]) -> None:
    world, texts = desk
    texts.refused[NUMBER] = "unusable"
    heard(world, texts, "hello")
    contact = world.views.contact(world.door.contact_id("acme", CARL.email))
    assert contact is not None
    assert [(c.number, c.consent) for c in contact.consents] == [(NUMBER, "unusable")]
    heard(world, texts, "hello again")
    assert len(rows(world)) == 1, "it is not tried again; the answer goes by mail at once"
    assert len([m for m in mails(world) if m["Subject"].startswith("About your session")]) == 2


def test_stop_and_start_over(desk: tuple[World, SimTexts]) -> None:
    world, texts = desk
    assert heard(world, texts, "STOP").state is SessionState.BOOKED
    assert texts.taken == []
    (told,) = [m for m in mails(world) if m["Subject"].startswith("About your session")]
    assert "/cancel" in plain(told), "the link"
    assert "You can cancel or move this session until" in plain(told), "and its deadline"
    heard(world, texts, "START")
    assert letters(world) == [TextLetter.WELCOME_BACK]


def test_a_daily_cap_sets_aside_and_alerts(desk: tuple[World, SimTexts]) -> None:
    world, texts = desk
    world.desk = replace(DESK, texts_per_number=2)
    for number in range(4):
        heard(world, texts, f"words {number}")
    assert len(texts.taken) == 2
    assert len(rows(world, EffectState.PARKED)) == 2
    assert world.mail.to("operator@desk.example")


def test_move_ends_in_a_link_on_which_the_session_is_rebooked(desk: tuple[World, SimTexts]) -> None:
    world, texts = desk
    uid = world.session().uid
    heard(world, texts, "MOVE")
    assert world.session().state is SessionState.CANCELLED
    assert f"{DESK.base_url}/s/" in texts.taken[0].body
    assert "/reschedule" in texts.taken[0].body
    later = START + timedelta(days=1)
    answer = world.door.reschedule(world.session().id, "press", CARL.email, later, "dana")
    assert answer.code is AnswerCode.RESCHEDULED
    world.run_for(timedelta(minutes=2))
    assert (world.session().uid, world.session().starts_at) == (uid, later)


@pytest.mark.slow
def test_a_kill_anywhere_in_a_text_sends_it_at_most_once(tmp_path: Path) -> None:
    world, texts = opened(tmp_path, DESK)
    world.book(START)
    world.run_until(START - timedelta(hours=3))
    first = world.chaos.crossings
    heard(world, texts, "C")
    send = world.chaos.trace.index("text.send.before") + 1
    world.close()
    crashed = 0
    for number, point in enumerate(range(send - 4, send + 4)):  # claimed, frozen, begun, taken, recorded
        folder = tmp_path / str(number)
        folder.mkdir()
        world, texts = opened(folder, DESK)
        world.book(START)
        world.run_until(START - timedelta(hours=3))
        world.chaos.crash_at = world.chaos.crossings + point - first
        texts.receive(NUMBER, "C")
        world.run_for(timedelta(minutes=10))
        crashed += world.crashes
        assert len(texts.taken) <= 1
        assert world.session().state is SessionState.CANCELLED
        states = [row.state for row in rows(world)]
        assert states in ([EffectState.DONE], [EffectState.PARKED]), states
        assert (states == [EffectState.DONE]) <= (len(texts.taken) == 1)
        world.close()
    assert crashed > 0

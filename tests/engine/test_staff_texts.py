"""A question to staff by text, through the real engine and store: beside the mail, never twice, within its cap (N8,
N5, K9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from syncd.domain.correspondence import TextReported
from syncd.domain.effect import EffectKind, EffectState
from syncd.domain.evidence import Evidence
from syncd.domain.keys import session_key
from syncd.domain.session import QuestionKind, SessionState
from syncd.ports.views import OutboxRow
from syncd.testing.sim_texts import SimTexts
from syncd.testing.world import World, sample_desk
from tests.engine.texting import DANA_BY_TEXT, DANAS, opened

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ALL = (EffectState.PENDING, EffectState.CLAIMED, EffectState.DONE, EffectState.PARKED, EffectState.DROPPED)


def made(folder: Path) -> tuple[World, SimTexts]:
    world, texts = opened(folder, DANA_BY_TEXT)
    world.book(START)
    world.run_until(START - 90 * MINUTE)
    return world, texts


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[World, SimTexts]]:
    world, texts = made(tmp_path)
    yield world, texts
    world.close()


def deletes(world: World) -> None:
    """Dana deletes the session's event an hour and a half before its start: she is asked (K9)."""
    provider = world.providers["cal-dana"]
    event = provider.event_of(world.session().id)
    assert event is not None
    provider.delete(event.event_id)
    world.run_for(2 * MINUTE)


def rows(world: World, *states: EffectState) -> list[OutboxRow]:
    return [row for row in world.views.outbox(states or ALL) if row.effect.kind is EffectKind.TEXT_STAFF]


def questions_mailed(world: World) -> int:
    mails = [message_from_bytes(each.message, policy=policy.default) for each in world.mail.to("dana@desk.example")]
    return sum(1 for mail in mails if str(mail["Subject"]).startswith("Deleted on purpose?"))


def test_the_text_says_what_is_asked_about_whom_and_its_link_is_the_readers_own(desk: tuple[World, SimTexts]) -> None:
    world, texts = desk
    deletes(world)
    (text,) = texts.taken
    (question,) = world.session().questions
    key = session_key(world.session().id)
    link = f"{DANA_BY_TEXT.base_url}/q/{world.keys.sign('question', key, question.id, 'dana')}"
    assert text.to == DANAS
    assert text.body == f"Did you mean to cancel this session? Acme Ltd, Mon 2 Mar, 10:00 EST {link}"
    assert text.reference == link, "by which the carrier is asked (SMS-2)"
    assert DANAS.lstrip("+") not in text.effect_key, "it comes back in an address (PRV-2)"
    assert questions_mailed(world) == 1


def test_it_is_repeated_once_and_not_after_an_answer(desk: tuple[World, SimTexts]) -> None:
    world, texts = desk
    deletes(world)
    world.run_for(8 * MINUTE)
    assert [text.body.startswith("Once more: ") for text in texts.taken] == [False, True]
    world.run_for(60 * MINUTE)
    assert (len(texts.taken), questions_mailed(world)) == (2, 2)
    assert world.session().state is SessionState.CANCELLED, "a confirmed deletion (K9)"


def test_who_names_no_number_is_asked_by_mail_alone(tmp_path: Path) -> None:
    world, texts = made(tmp_path)
    world.desk = sample_desk()
    world.store.adopt(world.desk, world.terms, world.clock.now())
    deletes(world)
    assert (texts.taken, questions_mailed(world)) == ([], 1)
    world.close()


@pytest.mark.parametrize("fault", ["lose_replies", "lose_requests"])
def test_a_send_whose_outcome_is_unknown_is_looked_for_and_never_repeated(
    desk: tuple[World, SimTexts], fault: str
) -> None:
    world, texts = desk
    setattr(texts, fault, 1)
    deletes(world)
    found = fault == "lose_replies"
    assert len(texts.taken) == int(found)
    assert [row.state for row in rows(world)] == [EffectState.DONE if found else EffectState.PARKED]
    assert questions_mailed(world) == 1, "asked by mail in any case"


def test_what_a_number_refuses_costs_the_customer_nothing(desk: tuple[World, SimTexts]) -> None:
    world, texts = desk
    texts.refused[DANAS] = "unusable"
    deletes(world)
    contact = world.views.contact(world.door.contact_id("acme", "carl@acme.example"))
    assert contact is not None
    assert contact.consents == ()
    assert questions_mailed(world) == 1
    assert [q.kind for q in world.session().questions] == [QuestionKind.VANISHED]


def test_a_report_that_it_did_not_arrive_changes_nothing(desk: tuple[World, SimTexts]) -> None:
    world, _ = desk
    deletes(world)
    (row,) = rows(world)
    mails = len(world.mail.delivered)
    told = TextReported(row.effect.key, "m1", "undelivered", "30006", DANAS, "unusable")
    subject = session_key(world.session().id)
    world.store.record((Evidence("report-1", "texts", world.clock.now(), told, subject),), world.clock.now())
    world.run_for(MINUTE)
    assert len(world.mail.delivered) == mails
    contact = world.views.contact(world.door.contact_id("acme", "carl@acme.example"))
    assert contact is not None
    assert contact.consents == ()


def test_its_cap_is_its_own_and_the_operator_is_told(desk: tuple[World, SimTexts]) -> None:
    world, texts = desk
    world.desk = replace(DANA_BY_TEXT, texts_per_staff=1, texts_per_number=50)
    deletes(world)
    world.run_for(8 * MINUTE)
    assert len(texts.taken) == 1
    assert [row.state for row in rows(world)] == [EffectState.PARKED, EffectState.DONE]
    assert questions_mailed(world) == 2
    assert world.mail.to("operator@desk.example")


@pytest.mark.slow
def test_a_kill_anywhere_in_it_sends_it_at_most_once(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    world, _ = made(tmp_path / "first")
    first = world.chaos.crossings
    deletes(world)
    send = world.chaos.trace.index("text.send.before") + 1
    world.close()
    crashed = 0
    for number, point in enumerate(range(send - 4, send + 4)):  # claimed, frozen, begun, taken, recorded
        folder = tmp_path / str(number)
        folder.mkdir()
        world, texts = made(folder)
        world.chaos.crash_at = world.chaos.crossings + point - first
        deletes(world)
        world.run_for(4 * MINUTE)
        crashed += world.crashes
        assert len(texts.taken) <= 1
        (row,) = rows(world)
        assert row.state in (EffectState.DONE, EffectState.PARKED)
        assert (row.state is EffectState.DONE) <= (len(texts.taken) == 1)
        assert questions_mailed(world) == 1
        world.close()
    assert crashed > 0

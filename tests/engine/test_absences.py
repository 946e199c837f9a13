"""A staff member enters out-of-office time over booked sessions: the real engine and store, with kills (K12, K5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from syncd.domain.absence import Absence
from syncd.domain.keys import staff_key
from syncd.domain.session import Choice, SessionState
from syncd.domain.spans import Span
from syncd.engine.desk import DeskDoor
from syncd.policy.decide import decide
from syncd.testing.sim_texts import SimTexts
from syncd.testing.world import World
from tests.engine.texting import DANA_BY_TEXT, DANAS, opened

FIRST = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
SECOND = FIRST + timedelta(hours=1)
REMINDER = FIRST - timedelta(minutes=45)
DAY = Span(FIRST - timedelta(hours=1), FIRST + timedelta(hours=8))


def made(folder: Path, crash_at: int | None = None) -> tuple[World, SimTexts]:
    """Two sessions with Emil, who then enters that he is out of office."""
    world, texts = opened(folder, DANA_BY_TEXT)
    world.book(FIRST, "emil")
    world.book(SECOND, "emil", form="form-2")
    world.run_for(timedelta(minutes=1))
    world.chaos.crash_at = None if crash_at is None else world.chaos.crossings + crash_at
    world.providers["cal-emil"].add("ooo", DAY, away=True, title="The dentist")
    world.run_for(timedelta(minutes=10))
    return world, texts


def mails(world: World) -> list[EmailMessage]:
    """What the lead was sent of it."""
    found = (message_from_bytes(each.message, policy=policy.default) for each in world.mail.to("dana@desk.example"))
    return [m for m in found if m["Subject"] == "Away, and sessions are booked"]


def plain(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def absence(world: World) -> Absence:
    (found,) = world.views.absences(["emil"])
    return found


def test_one_mail_one_text_one_reminder_and_no_word_of_what_the_entry_says(tmp_path: Path) -> None:
    world, texts = made(tmp_path)
    (mail,) = mails(world)
    said = plain(mail)
    assert f"{DANA_BY_TEXT.base_url}/desk/absences?staff=emil" in said
    assert said.count("Acme Ltd") == 2
    assert [text.to for text in texts.taken] == [DANAS]
    assert f"Who takes these sessions? Emil Eck {DANA_BY_TEXT.base_url}/q/" in texts.taken[0].body
    world.run_until(REMINDER)
    assert (len(mails(world)), len(texts.taken)) == (2, 2)
    world.run_until(SECOND + timedelta(hours=1))
    assert (len(mails(world)), len(texts.taken)) == (2, 2)
    assert absence(world).question is None
    again = list(world.store.replay(staff_key("emil"), decide))
    assert len(again) >= 3
    assert all(stored == once_more for stored, once_more in again)
    world.close()
    assert b"dentist" not in (tmp_path / "syncd.db").read_bytes(), "only that he is out of office is kept (K5)"


def test_what_is_given_away_and_cancelled_reminds_nobody(tmp_path: Path) -> None:
    world, texts = made(tmp_path)
    door = DeskDoor(world.door)
    assert door.reassign(world.session().id, "press", "indu", None, "dana").accepted
    assert door.cancel(world.session("form-2").id, "press", "dana").accepted
    world.run_until(SECOND)
    assert (len(mails(world)), len(texts.taken)) == (1, 1)
    world.close()


def test_an_entry_that_is_deleted_again_closes_the_sheet(tmp_path: Path) -> None:
    world, texts = made(tmp_path)
    world.providers["cal-emil"].delete("ooo")
    world.run_for(timedelta(minutes=10))
    assert (absence(world).away, absence(world).question) == ((), None)
    world.run_until(SECOND)
    assert (len(mails(world)), len(texts.taken)) == (1, 1)
    assert world.session().state is SessionState.ENDED
    world.close()


def test_one_press_cancels_them_all_and_tells_each_customer(tmp_path: Path) -> None:
    world, _ = made(tmp_path)
    question = absence(world).question
    assert question is not None
    answer = world.door.answer_question(staff_key("emil"), question.id, Choice.CANCEL, "dana", "press")
    assert answer.accepted
    world.run_for(timedelta(minutes=1))
    assert {world.session(form).state for form in ("form-1", "form-2")} == {SessionState.CANCELLED}
    cancelled = [
        m for m in world.mail.to("carl@acme.example") if b"METHOD:CANCEL" in m.message or b"CANCEL" in m.message
    ]
    assert len(cancelled) == 2
    world.close()


def test_busy_time_alone_is_no_absence(tmp_path: Path) -> None:
    world, _ = made(tmp_path)
    world.providers["cal-dana"].add("meeting", DAY)
    world.run_for(timedelta(minutes=10))
    assert world.views.absences(["dana"]) == ()
    world.close()


@pytest.mark.slow
def test_a_kill_anywhere_tells_the_lead_once_and_reminds_once(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    world, _ = made(tmp_path / "first")
    world.run_until(REMINDER)
    told = world.chaos.crossings
    world.close()
    crashed = 0
    for point in range(1, 61, 3):
        folder = tmp_path / str(point)
        folder.mkdir()
        world, texts = made(folder, crash_at=point)
        world.run_until(FIRST)
        crashed += world.crashes
        names = {str(mail["Message-ID"]) for mail in mails(world)}
        assert len(names) == 2, "one question and one reminder, whatever was repeated under one name (N5)"
        assert len(texts.taken) <= 2
        assert absence(world).asked == 1
        world.close()
    assert (told > 0, crashed > 10) == (True, True)

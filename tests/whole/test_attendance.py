"""A course of sessions on real parts: booked, reminded, watched, asked, answered, closed, concluded, and taken back
(A3 to A9, S1, S2, S6, SMS-6, CON-5, CON-7).

A real calendar server, a real mail server, texts in a folder, a feed that posts signed reports to the pages, or Zoom's
simulator; only time is virtual.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncd.domain.attendance import Outcome
from syncd.domain.keys import short_code
from syncd.runtime.demo.phone import Phone
from syncd.runtime.passwords import Argon2Passwords
from syncd.testing.clock import VirtualClock
from syncd.testing.contracts.feed import Guest
from tests.simulators.conference.zoom import Zoom
from tests.whole.course import ADA, MINUTE, PBX, SECRET, SINK, TEXTED, Watched
from tests.whole.parts import CARL, CREDENTIALS, NOW, RealDesk, real_desk

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)  # 10:00 in New York, 16:00 in Berlin
DAY = timedelta(days=1)
NUMBER = str(CARL.mobile)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    lines = TEXTED + "attestation = false\n"
    with real_desk(tmp_path, PBX + SINK, CREDENTIALS | {"pbx": SECRET}, desk=lines) as desk:
        made = Watched(desk)
        made.look = made.post
        yield made
        made.close()
        assert desk.reports == [], "nothing broke on the way"


def days(watched: Watched, count: int) -> list[datetime]:
    """So many sessions booked, one a day at the same hour; when they begin."""
    starts = [START + n * DAY for n in range(count)]
    for number, start in enumerate(starts):
        watched.desk.book(start, f"form-{number}")
    return starts


def opens(watched: Watched, start: datetime) -> None:
    """Until the window opens, and Ada, whose session it is, goes into the room at T - 5."""
    watched.people.clear()
    watched.desk.run_until(start - 16 * MINUTE)
    watched.watch_until(start - 5 * MINUTE)
    watched.enters("Ada", ADA)


def test_a_course_of_sessions_from_the_booking_to_the_strike_and_back(tmp_path: Path, watched: Watched) -> None:
    desk, phone = watched.desk, Phone(tmp_path / "texts")
    one, late, skipped, missed = days(watched, 4)

    # "1": on their way, and they come.
    opens(watched, one)
    assert [s.split(":")[0] for s in watched.subjects()] == ["Invitation"] * 4 + ["Reminder"] * 2
    watched.watch_until(one + 4 * MINUTE)
    assert watched.texts() == []
    watched.watch_until(one + 5 * MINUTE)
    assert desk.session("form-0").attendance.asked_at == one + 5 * MINUTE, "to the second (A3)"
    (question,) = watched.texts()
    assert "Reply 1 if you are, 2 if not" in question
    assert watched.subjects()[-1].startswith("Are you coming?")
    phone.answer(NUMBER, "1", watched.now)
    watched.watch_until(one + 6 * MINUTE)
    (answer,) = watched.texts()
    assert "waits for you until" in answer
    watched.enters("Carl Customer", CARL.email)
    watched.watch_until(one + 7 * MINUTE)
    assert watched.outcome("form-0")[0] is Outcome.ATTENDED

    # "late": kept open, and whatever becomes of it, nobody is struck (A12).
    opens(watched, late)
    watched.watch_until(late + 6 * MINUTE)
    phone.answer(NUMBER, "I am late", watched.now)
    watched.watch_until(late + 16 * MINUTE)
    attendance = desk.session("form-1").attendance
    assert (attendance.kept_open_at is not None, attendance.closed_at) == (True, None)
    assert [words for words in watched.texts() if "your session ends at" in words], "asked once more (A4)"
    desk.run_for(60)
    assert watched.outcome("form-1")[:2] == (Outcome.UNDETERMINED, "A12")

    # "2": it closes at once, and is a no-show: the first one is a warning (S6).
    opens(watched, skipped)
    watched.watch_until(skipped + 6 * MINUTE)
    phone.answer(NUMBER, "2", watched.now)
    watched.watch_until(skipped + 6.5 * MINUTE)
    assert desk.session("form-2").attendance.closed_at is None, "another session is booked: which is it (SMS-8)?"
    answered = watched.now
    phone.answer(NUMBER, f"2 {short_code(desk.session('form-2').id)}", answered)
    watched.watch_until(skipped + 7 * MINUTE)
    assert desk.session("form-2").attendance.closed_at == answered
    assert [words for words in watched.texts() if "no longer waits for you" in words]
    assert watched.subjects(ADA)[-1].startswith("Closed, you are free")
    watched.watch_until(skipped + 18 * MINUTE)
    desk.run_for(30)
    assert watched.outcome("form-2") == (Outcome.NO_SHOW, "A7", ())
    assert watched.subjects()[-1].startswith("A session was missed")
    assert "Outcome: missed: nobody came" in watched.entry(desk.session("form-2"))
    before = len(watched.mails())

    # Silence: the second one suspends, and strikes the company (S1, S2).
    opens(watched, missed)
    watched.watch_until(missed + 16 * MINUTE)
    assert desk.session("form-3").attendance.closed_at == missed + 15 * MINUTE
    watched.watch_until(missed + 18 * MINUTE)
    assert watched.outcome("form-3")[0] == "none", "the feed may still tell news (ATT-6)"
    desk.run_for(30)
    assert watched.outcome("form-3") == (Outcome.NO_SHOW, "A7", ())
    told = [subject for subject in watched.subjects()[before:] if not subject.startswith("Reminder")]
    assert [subject[:15] for subject in told] == ["Are you coming?", "Free sessions a"]
    assert "suspended until" in told[-1]
    contact = desk.system.store.views.contacts("acme")[0]
    company = desk.system.store.views.company("acme")
    assert company is not None
    assert [s.session_id for s in company.strikes] == [desk.session("form-3").id]
    assert contact.suspended_at(watched.now) is not None

    # A late report: they were there. Everything that followed is undone, and who was told is told (A9, ATT-9).
    watched.enters("Carl Customer", CARL.email, missed + 9 * MINUTE)
    assert watched.post(complete=False) == 200
    desk.run_for(10)
    assert watched.outcome("form-3")[0] is Outcome.ATTENDED
    company, contact = desk.system.store.views.company("acme"), desk.system.store.views.contacts("acme")[0]
    assert company is not None
    assert [strike.withdrawn_at is not None for strike in company.strikes] == [True]
    assert contact.suspended_at(watched.now) is None
    assert watched.subjects()[-1].startswith("Taken back: the missed session")
    assert "missed" not in watched.entry(desk.session("form-3"))
    watched.texts()
    assert watched.post(complete=False) == 200
    desk.run_for(60)
    assert (watched.texts(), watched.subjects().count(watched.subjects()[-1])) == ([], 1), "told once"


ZOOM = """
[[connector]]
name = "zoom"
kind = "zoom"
account_id = "acc"
client_id = "client"
credential = "zoom"
webhook_credential = "zoom-webhook"
rooms = {{ room-1 = "500 554 2600 0" }}
lag_seconds = 0
api = "{api}"
token_url = "{token}"
"""
MEETING = "50055426000"


def test_zoom_finds_nobody_and_a_webhook_that_comes_85_minutes_late_takes_it_back(tmp_path: Path) -> None:
    clock = VirtualClock(NOW)
    zoom = Zoom(clock, (MEETING,))
    tables = ZOOM.format(api=zoom.api, token=zoom.server.origin + "/oauth/token")
    secrets = {"zoom": "client secret", "zoom-webhook": "zoom-secret-token"}
    with real_desk(tmp_path, tables, CREDENTIALS | secrets, desk="attestation = false\n", clock=clock) as desk:
        watched = Watched(desk, step=MINUTE / 2)
        session = desk.book(START)
        desk.run_until(START - 16 * MINUTE)
        zoom.join(MEETING, Guest("Ada Adams", host=True, email=ADA))
        watched.watch_until(START + 7 * MINUTE)
        assert desk.session().attendance.asked_at == START + 5 * MINUTE
        guest = Guest("Carl Customer", email=CARL.email)
        stay = zoom.join(MEETING, guest)
        stay.joined_at = START - MINUTE  # he was there and gone, and Zoom's own list forgot him
        zoom.rooms[MEETING].meetings[-1].stays.remove(stay)
        watched.watch_until(START + 12 * MINUTE)
        assert desk.session().attendance.closed_at == START + 10 * MINUTE, "no number that is texted (A6)"
        desk.run_for(120)
        assert watched.outcome("form-1") == (Outcome.NO_SHOW, "A7", ())
        assert watched.subjects()[-1].startswith("A session was missed")
        forged = zoom.webhook(MEETING, "meeting.participant_joined", stay, "guessed", clock.now())
        assert watched.rings("zoom", forged) == 401
        late = zoom.webhook(MEETING, "meeting.participant_joined", stay, "zoom-secret-token", clock.now())
        assert [watched.rings("zoom", late) for _ in range(2)] == [200, 200]
        desk.run_for(10)
        assert watched.outcome("form-1")[0] is Outcome.ATTENDED
        assert [v.outcome for v in desk.session().attendance.former] == [Outcome.NO_SHOW]
        assert watched.subjects()[-1].startswith("Taken back")
        assert "missed" not in watched.entry(session)
        assert (desk.reports, zoom.unfit) == ([], [])
        watched.close()
    zoom.stop()


def test_by_hand_an_attended_day_is_no_press_and_no_mail_and_a_no_show_one_press(tmp_path: Path) -> None:
    """A13, CON-5: a desk without any feed, whose staff attest."""
    with real_desk(tmp_path, desk="attestation = true\n") as desk:
        _add_ada(desk)
        watched = Watched(desk)
        for number in range(3):
            desk.book(START + number * timedelta(hours=1), f"form-{number}")
        desk.run_until(START - 16 * MINUTE)
        customer, staff = len(watched.mails()), len(watched.mails(ADA))
        desk.run_until(START + timedelta(hours=5))
        reminders = [s for s in watched.subjects()[customer:] if not s.startswith("Reminder")]
        assert (reminders, watched.subjects(ADA)[staff:]) == ([], []), "a day on which nobody pressed"
        assert [watched.outcome(f"form-{n}")[:2] for n in range(3)] == [(Outcome.ATTENDED, "A13")] * 3
        assert "missed" not in watched.entry(desk.session("form-0"))

        desk.book(START + DAY, "form-9")
        desk.run_until(START + DAY + 16 * MINUTE)
        session = desk.session("form-9")
        press_on_the_day_page(watched, f"nobody-since.{session.id}.")
        desk.run_until(START + DAY + timedelta(hours=2))
        assert watched.outcome("form-9") == (Outcome.NO_SHOW, "A7", ())
        assert watched.subjects()[-1].startswith("A session was missed")
        assert "Outcome: missed: nobody came" in watched.entry(session)
        assert desk.reports == []
        watched.close()


def _add_ada(desk: RealDesk) -> None:
    from syncd.domain.accounts import Role, User

    desk.system.store.accounts.keep(User("ada", Role.LEAD, "ada", Argon2Passwords().hash("correct horse battery")))


def press_on_the_day_page(watched: Watched, begins: str) -> None:
    """Sign in, and press that one button."""
    import re

    page = watched.web.get("/desk/sign-in")
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page.text))
    came = watched.web.post("/desk/sign-in", data=fields | {"name": "ada", "password": "correct horse battery"})
    assert came.status_code == 303, came.text
    day = watched.web.get("/desk")
    press = re.search(r'name="press" value="([^"]+)"', day.text)
    what = re.search(rf'name="what" value="({re.escape(begins)}[^"]*)"', day.text)
    assert press is not None
    assert what is not None, day.text
    done = watched.web.post("/desk/press", data={"press": press[1], "what": what[1]})
    assert done.status_code == 303, done.text

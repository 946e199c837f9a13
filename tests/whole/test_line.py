"""A real dial-in line (TST-5): callers dial in over SIP, type the conference ID, and are in a real conference server,
which docs/janus_feed_example.py watches and tells the desk of; calls, sound and reports go over real sockets.

Nothing of what is told comes from here: the numbers from the calls, who is where from Janus. Only time is virtual.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.domain.attendance import Outcome
from syncd.domain.session import Session
from tests.browser.serving import served
from tests.process import ROOT
from tests.simulators.line import janus, phone
from tests.simulators.line.gate import SECONDS_MAX, Gate, Where, gate
from tests.simulators.line.janus import Janus
from tests.simulators.line.phone import Phone
from tests.simulators.line.sip import ANONYMOUS
from tests.whole.course import MINUTE, SECRET, Watched
from tests.whole.parts import CARL, CREDENTIALS, real_desk

MISSING = janus.missing() or phone.missing()
pytestmark = [pytest.mark.slow, pytest.mark.skipif(MISSING is not None, reason=str(MISSING))]

START = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)
LOBBY, ROOM = "prompt", "500554260"
TYPED = "500 554 260#"
"""As it is printed for customers."""
STAFF, FOREIGN = "+493055501001", "+12025550199"
CARLS = str(CARL.mobile)
PBX = f"""accounts = ["{STAFF}"]

[[connector]]
name = "pbx"
kind = "json_feed"
credential = "pbx"
rooms = {{ room-1 = "{ROOM}" }}
max_gap_seconds = 60
settle_minutes = 5
"""


def example() -> Any:
    """The documented script, as an operator runs it."""
    spec = importlib.util.spec_from_file_location("janus_feed_example", ROOT / "docs" / "janus_feed_example.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Line:
    """A desk, its conference server, the gate before that, and the phones that were picked up."""

    watched: Watched
    janus: Janus
    gate: Gate
    folder: Path
    address: str
    phones: list[Phone] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._script = example()
        self._watch = self._script.Watch(self.janus.url, LOBBY)
        self.watched.look = self.look

    def look(self) -> None:
        """One turn of the script's loop; what could not be told is kept."""
        self.failed += self._script.look(self._watch, [ROOM], f"{self.address}/hooks/pbx", SECRET, self.watched.now)

    def report(self) -> dict[str, Any]:
        """What would be told of the room now."""
        told: dict[str, Any] = self._watch.report(ROOM, self.watched.now)
        return told

    def dials(self, number: str, typed: str = TYPED) -> Phone:
        calling = Phone(self.folder / f"phone-{len(self.phones)}", self.gate.port, number, typed.replace(" ", ""))
        self.phones.append(calling)
        return calling

    def opens(self, start: datetime) -> None:
        """Booked, and watched until the consultant has dialed in, five minutes early."""
        self.watched.desk.book(start, f"{start}")
        self.watched.desk.run_until(start - 16 * MINUTE)
        self.watched.watch_until(start - 5 * MINUTE)
        self.dials(STAFF)
        self.gate.await_call(STAFF, Where.INSIDE)

    def ends(self, start: datetime) -> None:
        """Beyond the close, and what the feed may still tell; then everybody hangs up."""
        self.watched.watch_until(start + 12 * MINUTE)
        self.watched.desk.run_for(15)
        for calling in self.phones:
            calling.hang_up()
        self.gate.await_quiet()
        self.look()

    def session(self, start: datetime) -> Session:
        return self.watched.desk.session(f"{start}")

    def outcome(self, start: datetime) -> tuple[str, str, tuple[str, ...]]:
        return self.watched.outcome(f"{start}")

    def held_against(self) -> tuple[object, ...]:
        """Whatever stands in the ledgers of the company and its contacts."""
        views = self.watched.desk.system.store.views
        company = views.company("acme")
        assert company is not None
        theirs = [item for contact in views.contacts("acme") for item in (*contact.no_shows, *contact.suspensions)]
        return (*company.strikes, *theirs)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    with ExitStack() as ends:
        secrets = CREDENTIALS | {"pbx": SECRET}
        desk = ends.enter_context(real_desk(tmp_path, PBX, secrets, desk="attestation = false\n"))
        watched = Watched(desk)
        ends.callback(watched.close)
        address = ends.enter_context(served(watched.pages))
        server = ends.enter_context(janus.janus((LOBBY, ROOM)))
        with gate(server.url, LOBBY, (ROOM,)) as answers:
            made = Line(watched, server, answers, tmp_path, address)
            yield made
        assert [calling.ended() for calling in made.phones] == [0] * len(made.phones), "each call ended as calls do"
        assert (made.failed, desk.reports) == ([], []), "nothing broke on the way"


def test_a_caller_who_types_the_conference_id_is_attendance_and_nobody_is_a_no_show(line: Line) -> None:
    """A1, ATT-12; and the control of it: with nobody on the line but the consultant, absence is proved (ATT-7)."""
    line.opens(START)
    assert TYPED in line.watched.mails()[-1].as_string(), "it was printed for them"
    line.watched.watch_until(START + 2 * MINUTE)
    assert line.outcome(START)[0] == "none"
    calling = line.dials(CARLS)
    leg = line.gate.await_call(CARLS, Where.INSIDE)
    line.watched.watch_until(START + 3 * MINUTE)
    assert line.outcome(START)[:2] == (Outcome.ATTENDED, "A1")
    assert leg.sound.spoken.wait(SECONDS_MAX)
    assert leg.sound.heard.wait(SECONDS_MAX)
    calling.hang_up()
    line.gate.await_call(CARLS, Where.ENDED)
    line.ends(START)
    carl = [r for r in line.report()["records"] if r["hints"]["phone_e164"] == CARLS and r["stage"] == "joined"]
    assert ["left_at" in stay for stay in carl] == [True]

    line.opens(START + DAY)
    line.ends(START + DAY)
    assert line.outcome(START + DAY) == (Outcome.NO_SHOW, "A7", ())
    assert len(line.held_against()) == 1


def test_a_caller_who_cannot_be_placed_leaves_it_undetermined(line: Line) -> None:
    """ATT-8: an anonymous one, a strange number, a wrong conference ID. The customer's own number at the prompt is
    their attendance (ATT-1)."""
    callers = (("", TYPED), (FOREIGN, TYPED), (FOREIGN, "999#"), (CARLS, "999#"))
    for n, (number, typed) in enumerate(callers):
        start = START + n * DAY
        line.opens(start)
        line.dials(number, typed)
        if typed == TYPED:
            line.gate.await_call(number or ANONYMOUS, Where.INSIDE)
        else:
            assert line.gate.await_wrong(number) == ["999"]
        line.ends(start)
    outcomes = [line.outcome(START + n * DAY) for n in range(len(callers))]
    assert [outcome for outcome, _, _ in outcomes] == [Outcome.UNDETERMINED] * 3 + [Outcome.ATTENDED]
    assert [[why.split(":")[0] for why in failed] for _, _, failed in outcomes] == [["ATT-7.4"]] * 3 + [[]]
    assert line.held_against() == ()


def test_the_server_killed_in_mid_call_strikes_nobody(line: Line) -> None:
    """ATT-2, ATT-5: the call lives on, and the server that came back lists nobody: that is no absence."""
    line.opens(START)
    line.watched.watch_until(START + 2 * MINUTE)
    line.dials(CARLS)
    line.gate.await_call(CARLS, Where.INSIDE)
    line.janus.kill()  # before anybody looked
    line.gate.await_call(CARLS, Where.LOST)
    line.gate.await_call(STAFF, Where.LOST)
    line.watched.watch_until(line.watched.now + MINUTE / 2)
    assert ["refused" in failed for failed in line.failed] == [True, True], "nothing to tell"
    line.failed.clear()
    line.janus.start()
    line.watched.watch_until(line.watched.now + MINUTE / 4)
    assert [r for r in line.report()["records"] if "left_at" not in r] == [], "the room is there again, and empty"
    line.dials(STAFF)
    line.gate.await_call(STAFF, Where.INSIDE)
    line.ends(START)
    outcome, _, failed = line.outcome(START)
    assert (outcome, [why.split(":")[0] for why in failed]) == (Outcome.UNDETERMINED, ["ATT-7.2"] * 2)
    attendance = line.session(START).attendance
    assert (attendance.asked_at, attendance.released_at) == (None, None), "absence was never known (ATT-13)"

    line.opens(START + DAY)
    line.dials(CARLS)
    line.gate.await_call(CARLS, Where.INSIDE)
    line.watched.watch_until(START + DAY)
    line.janus.kill()
    line.janus.start()
    line.ends(START + DAY)
    assert line.outcome(START + DAY)[:2] == (Outcome.ATTENDED, "A1"), "who was seen was there"
    assert line.held_against() == ()

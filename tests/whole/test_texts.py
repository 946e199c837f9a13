"""Texts through the web's own door: Twilio's simulator, its signed webhooks, the assembled system (C2, C5, SMS-3,
SMS-4, ATT-7.6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncd.domain.attendance import Outcome
from syncd.domain.keys import session_key, short_code
from syncd.domain.session import SessionState
from tests.simulators.twilio.simulator import ACCOUNT, HOOK, TOKEN, Twilio, running
from tests.whole.course import ADA, MINUTE, PBX, SECRET, TEXTED, Watched
from tests.whole.parts import CARL, CREDENTIALS, NOW, real_desk

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
NUMBER = str(CARL.mobile)
TEXTS = """
[[connector]]
name = "texts"
kind = "twilio"
account = "{account}"
credential = "twilio"
number = "+15713173122"
callback_url = "{hook}"
base_url = "{url}"
"""


class Carrier:
    """The desk and the carrier, their clocks together."""

    def __init__(self, watched: Watched, twilio: Twilio) -> None:
        self.watched, self.desk, self.twilio = watched, watched.desk, twilio
        watched.look = self._look

    def _look(self) -> None:
        self.twilio.now = self.watched.now
        self.watched.post()

    def reaches(self, instant: datetime) -> None:
        self.desk.run_until(instant)
        self.twilio.now = self.watched.now

    def texts_us(self, body: str, after: timedelta = timedelta(0)) -> int:
        """Carl writes; the webhook comes so much later, through the door. Its status."""
        self.twilio.now = self.watched.now
        form = self.twilio.texts_us(NUMBER, body)
        self.desk.clock.advance(after)
        self.twilio.now = self.watched.now
        return self.watched.rings("texts", self.twilio.webhook(form))

    def sent(self) -> list[str]:
        return [row["body"] for row in self.twilio.messages if row["direction"] == "outbound-api"]


@pytest.fixture
def carrier(tmp_path: Path) -> Iterator[Carrier]:
    with running(now=NOW) as twilio:
        tables = PBX + TEXTS.format(account=ACCOUNT, hook=HOOK, url=twilio.address)
        secrets = {"pbx": SECRET, "twilio": TOKEN}
        with real_desk(tmp_path, tables, CREDENTIALS | secrets, desk=TEXTED + "attestation = false\n") as desk:
            watched = Watched(desk)
            yield Carrier(watched, twilio)
            watched.close()
            assert desk.reports == []


def test_a_cancel_by_text_counts_until_half_an_hour_before_by_when_it_was_written(carrier: Carrier) -> None:
    desk = carrier.desk
    desk.book(START)
    desk.book(START + DAY, "form-2")
    first, second = (f"C {short_code(desk.session(form).id)}" for form in ("form-1", "form-2"))
    carrier.reaches(START - 30 * MINUTE)
    assert carrier.texts_us(first, after=MINUTE) == 200, "to the second, and its webhook a minute late"
    desk.run_for(1)
    assert desk.session().state is SessionState.CANCELLED
    assert "is cancelled" in carrier.sent()[-1]
    assert len(desk.events()) == 1

    carrier.reaches(START + DAY - 30 * MINUTE + SECOND)
    assert carrier.texts_us(second) == 200
    desk.run_for(1)
    session = desk.session("form-2")
    assert session.state is SessionState.BOOKED
    assert len(carrier.sent()) == 2
    assert "is cancelled" not in carrier.sent()[-1], "too late (C5), and told so (C4)"
    story = desk.system.store.views.explain(session_key(session.id))
    assert story is not None
    assert "C5" in [finding.rule for row in story.decisions for finding in row.decision.findings]
    assert desk.system.store.unreadable("texts") == (), "what was told of has been read"


def test_nobody_is_a_no_show_while_texts_are_unread(carrier: Carrier) -> None:
    """The list cannot be read past the close; and one text was told of, and is not in the list (ATT-7.6, SMS-4)."""
    desk, watched, twilio = carrier.desk, carrier.watched, carrier.twilio
    for day in range(3):
        desk.book(START + day * DAY, f"form-{day}")

    def nobody_comes(day: int) -> datetime:
        start = START + day * DAY
        watched.people.clear()
        desk.run_until(start - 16 * MINUTE)
        watched.enters("Ada", ADA)
        watched.watch_until(start + 12 * MINUTE)
        assert "Are you coming?" in carrier.sent()[-1]
        return start

    nobody_comes(0)
    twilio.faults.server_errors = 1_000
    watched.watch_until(START + 22 * MINUTE)
    assert watched.outcome("form-0") == (
        Outcome.UNDETERMINED,
        "A7",
        ("ATT-7.6: texts has not been read past the close",),
    )
    twilio.faults.server_errors = 0

    start = nobody_comes(1)
    assert carrier.texts_us("Stuck at the gate") == 200
    hidden = twilio.messages.pop()
    watched.restart()  # what was acknowledged is kept, though nobody has read it yet
    watched.watch_until(start + 22 * MINUTE)
    outcome, _, _ = watched.outcome("form-1")
    assert outcome is not Outcome.NO_SHOW, "its own words count, though no list shows them: the session is kept open"
    twilio.messages.append(hidden)
    desk.run_for(1)
    assert desk.system.store.unreadable("texts") == ()

    start = nobody_comes(2)
    watched.watch_until(start + 22 * MINUTE)
    assert watched.outcome("form-2") == (Outcome.NO_SHOW, "A7", ()), "the control"

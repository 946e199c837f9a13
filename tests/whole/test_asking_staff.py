"""Staff are asked by mail and by text, and answer by the link: a real calendar server, a mail server, Twilio's
simulator and the pages (N8, N5, K9, K12, K5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncd.domain.session import SessionState
from syncd.domain.spans import Span
from tests.connectors.caldav.staff_ics import calendar, utc, vevent
from tests.simulators.twilio.simulator import ACCOUNT, HOOK, TOKEN, Twilio, running
from tests.whole.course import TEXTED, Watched
from tests.whole.parts import CREDENTIALS, NOW, RealDesk, path_of, real_desk
from tests.whole.test_texts import TEXTS

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ADAS = "+12025550177"
SECRETLY = "An operation, and nobody's business"


@dataclass
class Asked:
    """The desk, its pages, and the carrier; Ada, who is asked, leads the desk alone."""

    desk: RealDesk
    watched: Watched
    twilio: Twilio

    def reaches(self, instant: datetime) -> None:
        self.twilio.now = self.desk.clock.now()
        self.desk.run_until(instant)
        self.twilio.now = self.desk.clock.now()

    def texts(self) -> list[str]:
        return [row["body"] for row in self.twilio.messages if row["to"] == ADAS]

    def subjects(self) -> list[str]:
        return self.watched.subjects("ada@desk.example")

    def opens(self, text: str) -> str:
        """The page behind a text's link."""
        return self.watched.web.get(self._path(text)).text

    def presses(self, text: str, choice: str) -> int:
        found = re.search(r'name="press" value="([^"]+)"', self.opens(text))
        assert found is not None
        form = {"press": found[1], "choice": choice}
        return self.watched.web.post(self._path(text), data=form).status_code

    def _path(self, text: str) -> str:
        found = re.search(r"https://desk\.example(/q/\S+)", text)
        assert found is not None, text
        return found[1]


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    with running(now=NOW) as twilio:
        more = f'mobile = "{ADAS}"\n' + TEXTS.format(account=ACCOUNT, hook=HOOK, url=twilio.address)
        with real_desk(tmp_path, more, CREDENTIALS | {"twilio": TOKEN}, desk=TEXTED) as desk:
            watched = Watched(desk)
            desk.poll = 5 * MINUTE
            yield Asked(desk, watched, twilio)
            watched.close()
            assert desk.reports == []


def out_of_office(span: Span) -> str:
    when = [f"DTSTART:{utc(span.starts_at)}", f"DTEND:{utc(span.ends_at)}"]
    return calendar(vevent("away", [*when, "X-MICROSOFT-CDO-BUSYSTATUS:OOF", f"SUMMARY:{SECRETLY}"]))


def test_out_of_office_over_two_sessions_is_one_text_one_reminder_and_one_press(asked: Asked, tmp_path: Path) -> None:
    desk = asked.desk
    for number in range(2):
        desk.book(START + number * 60 * MINUTE, f"form-{number}")
    desk.staff.put(f"{desk.address}away.ics", out_of_office(Span(START - 60 * MINUTE, START + 300 * MINUTE)))
    asked.reaches(desk.clock.now() + 10 * MINUTE)
    (text,) = asked.texts()
    assert text.startswith("Who takes these sessions? Ada Adams https://desk.example/q/")
    assert asked.subjects().count("Away, and sessions are booked") == 1
    page = asked.opens(text)
    assert page.count("Acme Ltd") == 2
    assert "/desk/absences?staff=ada" in page
    assert {desk.session(f"form-{n}").state for n in range(2)} == {SessionState.BOOKED}, "GET shows (C7)"

    desk.restart()
    asked.reaches(START - 45 * MINUTE)
    assert [body.startswith("Once more: ") for body in asked.texts()] == [False, True]
    assert asked.subjects().count("Away, and sessions are booked") == 2
    asked.watched.restart()
    assert asked.presses(text, "cancel") == 303
    asked.reaches(desk.clock.now() + 5 * MINUTE)
    assert {desk.session(f"form-{n}").state for n in range(2)} == {SessionState.CANCELLED}
    assert len(desk.events()) == 1, "their own entry stands; the sessions are gone"
    asked.reaches(START + 60 * MINUTE)
    assert len(asked.texts()) == 2
    assert SECRETLY.encode() not in (tmp_path / "syncd.db").read_bytes(), "K5"


def test_a_lost_answer_of_the_carrier_doubles_no_text_and_a_press_restores(asked: Asked) -> None:
    desk = asked.desk
    desk.book(START)
    asked.reaches(START - 90 * MINUTE)
    (event,) = desk.events()
    desk.staff.delete(path_of(event))
    asked.twilio.faults.lose_answers = 1
    asked.reaches(desk.clock.now() + 6 * MINUTE)
    (text,) = asked.texts()
    assert text.startswith("Did you mean to cancel this session? Acme Ltd, ")
    assert len([s for s in asked.subjects() if s.startswith("Deleted on purpose?")]) == 1
    assert asked.presses(text, "restore") == 303
    asked.reaches(desk.clock.now() + 30 * MINUTE)
    assert len(asked.texts()) == 1, "answered: not repeated"
    assert desk.session().state is SessionState.BOOKED
    assert len(desk.events()) == 1, "written anew"
    assert "has been settled" in asked.opens(text)

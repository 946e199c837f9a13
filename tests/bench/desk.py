"""The desk live: 40 staff, 200 sessions on one day, 20 viewers. `python -m tests.bench.desk [RECORDS] [SECONDS]`.

Prints one JSON line: how long after a record the last viewer holds the new board, and the CPU of the whole process, the
viewers' own reading and fetching included, as a share of one core.
"""

from __future__ import annotations

import http.client
import json
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from syncd.domain.accounts import Role, User
from syncd.domain.attendance import Presence, Stage
from syncd.domain.attended import AttendanceSeen
from syncd.domain.case import Case
from syncd.domain.decision import Decision
from syncd.domain.desk import Channel
from syncd.domain.evidence import Evidence
from syncd.domain.keys import session_key
from syncd.domain.session import Session
from syncd.domain.spans import Span
from syncd.store.migrate import migrate
from syncd.testing import builders as make
from tests.browser.serving import served
from tests.web.house import DANA, DESK, NOW, ONLINE, PASSWORD, PASSWORDS, House, open_house

STAFF, SESSIONS, VIEWERS = 40, 200, 20
SECONDS_MAX = 60


@contextmanager
def busy_desk(folder: Path) -> Iterator[tuple[House, str]]:
    """Served on loopback; five sessions a person, the first of each due now."""
    staff = tuple(replace(DANA, id=f"m{n}", name=f"Member {n}", calendar_id=f"cal-{n}") for n in range(STAFF))
    kind = replace(ONLINE, staff=tuple(member.id for member in staff))
    desk = replace(DESK, base_url="http://127.0.0.1", staff=staff, types=(kind,))
    path = folder / "syncd.db"
    migrate(f"sqlite:///{path}")
    with open_house(path, desk) as house, served(house.app) as base:
        house.store.accounts.keep(User("m0", Role.LEAD, "m0", PASSWORDS.hash(PASSWORD)))
        house.clock.advance_to(NOW + timedelta(hours=6, minutes=2))
        for n in range(SESSIONS):
            start = NOW + timedelta(hours=6, minutes=75 * (n // STAFF))
            made = make.session(_id(house, n), staff_id=f"m{n % STAFF}", room_id=None, terms_id="default")
            made = replace(made, span=Span(start, start + timedelta(minutes=30)))
            seen = Evidence(f"made-{n}", "test", NOW, make.cancel_requested(), session_key(made.id))
            house.store.settle(session_key(made.id), partial(_becomes, made), NOW, (seen,))
        yield house, base


def _id(house: House, number: int) -> str:
    """As long as they are."""
    return house.keys.name("session", str(number))


def _becomes(state: Session, case: Case, now: datetime) -> Decision:
    return Decision(case.key, now, state=state)


def record(house: House, number: int) -> str:
    """Somebody joins one of the rooms; the name by which the board shows it."""
    now, name = house.clock.now(), f"Visitor {number}"
    payload = AttendanceSeen("feed", "r", Channel.ONLINE, Stage.JOINED, Presence.GUEST, now, now, matched="name")
    payload = replace(payload, hints=replace(payload.hints, name=name))
    house.store.record(
        (Evidence(f"seen-{number}", "feed", now, payload, session_key(_id(house, number % STAFF))),),
        now,
    )
    return name


class Viewer(threading.Thread):
    """A browser with the page of the day open: hears of news, fetches the board. `boards`: when it had which; `news` is
    told of each."""

    def __init__(self, base: str, news: threading.Condition) -> None:
        super().__init__(daemon=True)
        self._news = news
        self._address = base.removeprefix("http://")
        self._cookie = self._sign_in()
        self.boards: list[tuple[float, str]] = []

    def _sign_in(self) -> str:
        plain = http.client.HTTPConnection(self._address, timeout=SECONDS_MAX)
        plain.request("GET", "/desk/sign-in")
        press = re.search(r'name="press" value="([^"]+)"', plain.getresponse().read().decode())
        assert press is not None
        body = urlencode({"press": press.group(1), "name": "m0", "password": PASSWORD})
        kind = {"content-type": "application/x-www-form-urlencoded"}
        plain.request("POST", "/desk/sign-in", body, kind)
        answer = plain.getresponse()
        answer.read()
        assert answer.status == 303
        return str(answer.headers["set-cookie"]).partition(";")[0]

    def run(self) -> None:
        stream = http.client.HTTPConnection(self._address, timeout=60)
        stream.request("GET", "/desk/live", headers={"cookie": self._cookie})
        answer = stream.getresponse()
        while line := answer.readline():
            if line.startswith(b"data: "):
                fetching = http.client.HTTPConnection(self._address, timeout=SECONDS_MAX)
                fetching.request("GET", "/desk/board", headers={"cookie": self._cookie})
                board = fetching.getresponse().read().decode()
                with self._news:
                    self.boards.append((time.monotonic(), board))
                    self._news.notify_all()

    def had(self, name: str) -> float | None:
        """When it first held a board with that on it."""
        return next((at for at, html in self.boards if name in html), None)


def measure(records: int, seconds: float) -> dict[str, object]:
    with TemporaryDirectory() as folder, busy_desk(Path(folder)) as (house, base):
        news = threading.Condition()
        viewers = [Viewer(base, news) for _ in range(VIEWERS)]
        for viewer in viewers:
            viewer.start()
        with news:
            assert news.wait_for(lambda: all(viewer.boards for viewer in viewers), SECONDS_MAX)
        pause = threading.Event()
        waits, sizes = [], [len(viewer.boards[-1][1]) for viewer in viewers]
        cpu, began = time.process_time(), time.monotonic()
        for number in range(records):
            at, name = time.monotonic(), record(house, number)
            with news:
                seen = news.wait_for(lambda name=name: all(viewer.had(name) for viewer in viewers), SECONDS_MAX)  # type: ignore[misc]
            assert seen, "a viewer did not see it"
            waits.append(max(viewer.had(name) or 0 for viewer in viewers) - at)
            pause.wait(max(0, at + seconds - time.monotonic()))
        house.ending.set()
        used, lasted = time.process_time() - cpu, time.monotonic() - began
    return {
        "goal": "desk_live",
        "latest_seconds": round(max(waits), 3),
        "cpu_share": round(used / lasted, 4),
        "records": records,
        "every_seconds": seconds,
        "board_bytes": max(sizes),
    }


if __name__ == "__main__":
    asked = [float(each) for each in sys.argv[1:]]
    print(json.dumps(measure(int(asked[0]) if asked else 10, asked[1] if len(asked) > 1 else 5.0)))

"""A desk whose rooms are watched: feeds that post or are asked, texts and the pages, over the real parts of `parts`."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from syncd.domain.session import Session
from syncd.ports.hook import Call
from syncd.runtime.metrics import Metrics
from syncd.runtime.pages import pages_of
from tests.web.wire import Wire
from tests.whole.parts import CARL, RealDesk

MINUTE = timedelta(minutes=1)
ROOM = "conf/500554260"
SECRET = "known to the exchange and us"
ADA = "ada@desk.example"
PBX = """
[[connector]]
name = "pbx"
kind = "json_feed"
credential = "pbx"
rooms = { room-1 = "conf/500554260" }
max_gap_seconds = 60
settle_minutes = 5
"""
SINK = """
[[connector]]
name = "texts"
kind = "text_sink"
number = "+15713173122"
"""
TEXTED = 'texting_number = "+1 571 317 3122"\n'


@dataclass
class Watched:
    """One desk on its way through sessions. `look`: what the conference does at each step, a post or nothing;
    `people`: who is in the room, as the exchange will post it."""

    desk: RealDesk
    look: Callable[[], object] = lambda: None
    step: timedelta = MINUTE
    people: list[dict[str, Any]] = field(default_factory=list)
    pages: ASGIApp = field(init=False)
    web: Wire = field(init=False)
    _shown: set[Path] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.desk.poll = timedelta(hours=6)  # staff's calendars stay as they are
        self._open()

    def _open(self) -> None:
        metrics = Metrics(self.desk.system.store.views, self.desk.clock)
        self.pages = pages_of(self.desk.system, metrics)
        self.web = Wire(self.pages, "https://desk.example")

    def restart(self) -> None:
        self.close()
        self.desk.restart()
        self._open()

    def close(self) -> None:
        self.web.close()

    @property
    def now(self) -> datetime:
        return self.desk.clock.now()

    def watch_until(self, instant: datetime) -> None:
        """Time passes at the pace at which a room is watched; calendars are not read meanwhile."""
        engine = self.desk.system.engine
        while True:
            self.look()
            for feed in engine.feeds:
                engine.poll(feed)
            if (texts := self.desk.system.outside.texts) is not None:
                engine.observe(texts)
            engine.drain()
            if self.now >= instant:
                return
            self.desk.clock.advance_to(min(instant, self.now + self.step))

    # -- the exchange ------------------------------------------------------------------------------------------------

    def enters(self, name: str, email: str, at: datetime | None = None) -> None:
        person = {"name": name, "email": email, "participant_id": f"p{len(self.people)}"}
        self.people.append({"joined_at": (at or self.now).isoformat(), "hints": person})

    def post(self, **more: Any) -> int:
        """The room as a whole, signed, to the desk's own address."""
        report = {"room": ROOM, "epoch": "1", "watermark": self.now.isoformat(), "complete": True}
        body = json.dumps(report | {"records": self.people} | more).encode()
        stamp = str(int(self.now.timestamp()))
        mark = hmac.new(SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        headers = {"x-syncd-timestamp": stamp, "x-syncd-signature": mark}
        return self.web.post("/hooks/pbx", content=body, headers=headers).status_code

    def rings(self, hook: str, call: Call) -> int:
        """A vendor's webhook, through the web's own door."""
        return self.web.post(f"/hooks/{hook}", content=call.raw, headers=dict(call.headers)).status_code

    # -- what became of it -------------------------------------------------------------------------------------------

    def outcome(self, form: str) -> tuple[str, str, tuple[str, ...]]:
        """The verdict's outcome, its rule, and what failed."""
        verdict = self.desk.session(form).attendance.verdict
        return (verdict.outcome, verdict.rule, verdict.failed) if verdict is not None else ("none", "", ())

    def texts(self) -> list[str]:
        """What was texted since this was last asked."""
        folder = self.desk.system.configuration.path.parent / "texts" / "out"
        new = sorted(set(folder.glob("*.json")) - self._shown)
        self._shown |= set(new)
        return [str(json.loads(place.read_text("utf-8"))["body"]) for place in new]

    def subjects(self, to: str = CARL.email) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails(to)]

    def mails(self, to: str = CARL.email) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=policy.default) for raw in self.desk.inbox.to(to)]

    def entry(self, session: Session) -> str:
        """The description of the session's event, as a program of staff's reads it."""
        (found,) = [e for e in self.desk.components() if e.start == session.starts_at]
        return str(found["DESCRIPTION"])

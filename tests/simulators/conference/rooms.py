"""Who is in which room? The state of a conference, and the wire and fault knobs that all its simulators share."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from syncd.testing.clock import VirtualClock
from syncd.testing.contracts.feed import Guest
from tests.simulators.google.server import Request, Response, Server, http_date


@dataclass
class Stay:
    """One participant from one entrance to one exit."""

    number: int
    guest: Guest
    joined_at: datetime
    left_at: datetime | None = None
    waiting: bool = False


@dataclass
class Meeting:
    """One run of a room: a new one begins when somebody enters a room that is not running."""

    number: int
    started_at: datetime
    stays: list[Stay] = field(default_factory=list)
    ended_at: datetime | None = None

    def present(self) -> list[Stay]:
        return [stay for stay in self.stays if stay.left_at is None]


@dataclass
class Room:
    """A permanent room and its meetings, oldest first."""

    name: str
    meetings: list[Meeting] = field(default_factory=list)
    known: bool = True

    @property
    def running(self) -> Meeting | None:
        return self.meetings[-1] if self.meetings and self.meetings[-1].ended_at is None else None


@dataclass
class Fault:
    """What happens to the next `times` requests whose address holds `within`. `commits`: it was done all the same."""

    response: Response
    within: str = ""
    times: int = 1_000_000
    commits: bool = False


class Simulator:
    """A provider. Subclasses give `handle`. `unfit` collects what the vendor's description does not allow."""

    def __init__(self, clock: VirtualClock, rooms: tuple[str, ...]) -> None:
        self.clock = clock
        self.skew = timedelta(0)
        self.rooms = {name: Room(name) for name in rooms}
        self.faults: list[Fault] = []
        self.calls: list[str] = []
        self.unfit: list[str] = []
        self.grown = False
        self.lag = timedelta(0)
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self.server = Server(self._answer)

    def handle(self, request: Request, path: str, query: dict[str, str]) -> Response:
        raise TypeError("a subclass answers")

    @property
    def now(self) -> datetime:
        """The provider's own time."""
        return self.clock.now() + self.skew

    def join(self, room: str, guest: Guest, *, waiting: bool = False) -> Stay:
        place = self.rooms[room]
        if place.running is None:
            place.meetings.append(Meeting(next(self._numbers), self.now))
        stay = Stay(next(self._numbers), guest, self.now, waiting=waiting)
        place.meetings[-1].stays.append(stay)
        return stay

    def leave(self, room: str, guest: Guest) -> None:
        meeting = self.rooms[room].running
        assert meeting is not None
        for stay in meeting.present():
            if stay.guest == guest:
                stay.left_at = self.now
        if not meeting.present():
            meeting.ended_at = self.now

    def end(self, room: str) -> None:
        if (meeting := self.rooms[room].running) is not None:
            for stay in meeting.present():
                stay.left_at = self.now
            meeting.ended_at = self.now

    def fail(self, status: int, within: str = "", times: int = 1_000_000, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.faults.append(Fault(Response(status, b'{"message":"no"}', named), within, times))

    def stop(self) -> None:
        self.server.stop()

    def _answer(self, request: Request) -> Response:
        with self._lock:
            self.calls.append(f"{request.verb} {request.target}")
            fault = next((each for each in self.faults if each.within in request.target and each.times), None)
            parts = urlsplit(request.target)
            query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            done: Callable[[], Response] = lambda: self.handle(request, parts.path, query)  # noqa: E731
            if fault is None:
                response = done()
            else:
                fault.times -= 1
                if fault.commits:
                    done()
                response = fault.response
        headers = {"Date": http_date(self.now), **response.headers}
        return Response(
            response.status, response.body, headers, response.drop, response.close, True, response.cut, response.stall
        )

"""How do open pages learn of news? Server-sent events (WHATWG HTML, 9.2), from one watcher for all viewers.

The watcher asks for one number, twice a second, while somebody looks; a change wakes the viewers, a board is drawn once
for all who share it, and only who would see something new is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import date

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from syncd.ports.errors import SyncdError
from syncd.web.desk_board import Boards, Drawn
from syncd.web.desk_person import whoever
from syncd.web.desk_today import asked_day, asked_who
from syncd.web.services import Services
from syncd.web.visit import House, NotThere, Visit

POLL_SECONDS = 0.5
QUIET_SECONDS = 15.0
"""So often a viewer hears something, and is looked at: the sign-in may have ended, the minute moved on."""

VIEWERS_MAX = 400
HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


class Watcher:
    """Lives in the event loop of whoever looks first; it ends with the last viewer."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.viewers = 0
        self.number = 0

    def enter(self) -> None:
        self.viewers += 1
        if self._task is None or self._task.done():
            self._news = asyncio.Event()
            self._task = asyncio.get_running_loop().create_task(self._watch())

    def leave(self) -> None:
        self.viewers -= 1
        if self.viewers == 0 and self._task is not None:
            self._task.cancel()
            self._task = None

    async def wait(self, seconds: float) -> None:
        """Until something changed, or for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()

    async def _watch(self) -> None:
        while True:
            number = self.number
            with suppress(SyncdError):  # the store does not answer now: the page stays as it is
                number = await run_in_threadpool(self._services.views.changes)
            if number != self.number or self._services.ending():
                self.number = number
                self._news.set()
                self._news = asyncio.Event()
            await asyncio.sleep(POLL_SECONDS)


class Live:
    """The endpoint `/desk/live`."""

    def __init__(self, house: House, boards: Boards) -> None:
        self._house, self._boards = house, boards
        self._watcher = Watcher(house.services)

    async def endpoint(self, request: Request) -> Response:
        visit = Visit.of(self._house, request, {})
        try:
            at = await run_in_threadpool(whoever, visit)
        except (NotThere, SyncdError):
            return Response(status_code=404)
        if at is None:
            return Response(status_code=204, headers=HEADERS)  # which ends an EventSource for good
        if self._watcher.viewers >= VIEWERS_MAX:
            return Response(status_code=503, headers=HEADERS)
        day, who = asked_day(at.visit), asked_who(at.visit)
        events = self._events(at.visit, day, who)
        return StreamingResponse(events, media_type="text/event-stream; charset=utf-8", headers=HEADERS)

    async def _events(self, visit: Visit, day: date, who: str) -> AsyncIterator[str]:
        """The board's digest when it is a new one; a word now and then, so that a dead connection is noticed."""
        self._watcher.enter()
        sent = ""
        try:
            yield "retry: 2000\n\n"
            while not self._house.services.ending():
                visit = replace(visit, now=self._house.services.clock.now())
                try:
                    drawn = await run_in_threadpool(self._look, visit, day, who)
                except SyncdError:  # the store does not answer now: the viewer hears that we are still there
                    yield ": no news can be read\n\n"
                    await self._watcher.wait(POLL_SECONDS)
                    continue
                if drawn is None:
                    yield "event: ended\ndata: signed out\n\n"
                    return
                yield f"event: board\ndata: {drawn.digest}\n\n" if drawn.digest != sent else ": still here\n\n"
                sent = drawn.digest
                await self._watcher.wait(QUIET_SECONDS)
        finally:
            self._watcher.leave()

    def _look(self, visit: Visit, day: date, who: str) -> Drawn | None:
        return self._boards.drawn(visit, day, who) if whoever(visit) is not None else None

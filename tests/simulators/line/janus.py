"""Debian's Janus on 127.0.0.1, with its AudioBridge and its HTTP interface alone; ended by its process id."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import subprocess
import time
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import httpx2

from tests.simulators.caldav_servers import free_port

T = TypeVar("T")

PROGRAM = shutil.which("janus")
SECONDS_MAX = 15.0
POLL_SECONDS_MAX = 45.0
"""Janus answers a long poll after 30 s at the latest."""
AUDIOBRIDGE = "janus.plugin.audiobridge"

CONF = {
    "janus": """
general: {{
  configs_folder = "{folder}/conf"
  plugins_folder = "{folder}/plugins"
  transports_folder = "{folder}/transports"
  events_folder = "{folder}/none"
  loggers_folder = "{folder}/none"
  debug_level = 4
}}
""",
    "janus.transport.http": """
general: {{
  http = true
  ip = "127.0.0.1"
  port = {port}
  json = "compact"
}}
""",
    AUDIOBRIDGE: """
general: {{
  string_ids = true
  local_ip = "127.0.0.1"
}}
""",
}
ROOM = """
room-{room}: {{
  sampling_rate = 8000
  allow_rtp_participants = true
}}
"""
PARTS = {"plugins": "libjanus_audiobridge.so", "transports": "libjanus_http.so"}


def missing() -> str | None:
    """Why there is no Janus here; None: there is."""
    if PROGRAM is None or not all(_installed(kind, name) for kind, name in PARTS.items()):
        return "Janus with its AudioBridge is not installed (Debian: apt-get install janus)"
    return None


def _installed(kind: str, name: str) -> Path | None:
    return next(Path("/usr/lib").glob(f"*/janus/{kind}/{name}"), None)


class Janus:
    """A server that can be killed and started anew, at the same address, with the same rooms and nobody in them."""

    def __init__(self, folder: Path, rooms: Sequence[str]) -> None:
        self._folder = folder
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}/janus"
        for name in ("conf", "plugins", "transports", "none"):
            (folder / name).mkdir()
        for kind, name in PARTS.items():
            place = _installed(kind, name)
            assert place is not None
            (folder / kind / name).symlink_to(place)
        for name, text in CONF.items():
            more = "".join(ROOM.format(room=room) for room in rooms) if name == AUDIOBRIDGE else ""
            (folder / "conf" / f"{name}.jcfg").write_text(text.format(folder=folder, port=self._port) + more)
        self.start()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(SECONDS_MAX)

    def start(self) -> None:
        assert PROGRAM is not None
        command = [PROGRAM, "-o", "-F", str(self._folder / "conf")]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until = time.monotonic() + SECONDS_MAX
        while True:
            with suppress(httpx2.TransportError):
                if httpx2.get(f"{self.url}/info", timeout=SECONDS_MAX).status_code == 200:
                    return
            if self._process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise RuntimeError(f"Janus did not start: {(self._folder / 'log').read_text()[-2_000:]}")
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.05)


@contextmanager
def janus(rooms: Sequence[str]) -> Iterator[Janus]:
    with TemporaryDirectory(prefix="syncd-janus-") as folder:
        running = Janus(Path(folder), rooms)
        try:
            yield running
        finally:
            running.kill()


class Lost(Exception):
    """The server, or what it knew of us, is gone."""


class Participant:
    """One caller's place in the AudioBridge, as a participant by plain RTP: a session of Janus with one handle.

    Its requests are answered by events, which one long poll hears; that also keeps the session alive.
    """

    def __init__(self, client: httpx2.AsyncClient, url: str) -> None:
        self._client = client
        self._url = url
        self._session = self._handle = ""
        self._id = ""
        self._names = itertools.count(1)
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self.hearing: asyncio.Task[None] | None = None

    async def join(self, room: str, display: str, port: int) -> tuple[str, int]:
        """Into a room; sound is sent to `port` here, and taken at the address returned. Raises Lost."""
        made = await self._post("", janus="create")
        self._session = f"/{made['data']['id']}"
        self.hearing = asyncio.create_task(self._hear())
        attached = await self._post(self._session, janus="attach", plugin=AUDIOBRIDGE)
        self._handle = f"{self._session}/{attached['data']['id']}"
        rtp = {"ip": "127.0.0.1", "port": port, "payload_type": 8}
        joined = await self._ask(request="join", room=room, display=display, codec="pcma", rtp=rtp)
        self._id = joined["id"]
        return joined["rtp"]["ip"], joined["rtp"]["port"]

    async def move(self, room: str, display: str) -> None:
        await self._ask(request="changeroom", room=room, id=self._id, display=display)

    async def lost(self) -> None:
        """Comes back when the server is lost."""
        if self.hearing is not None:
            await asyncio.wait({self.hearing})

    async def unless_lost(self, what: Awaitable[T]) -> T:
        """Raises Lost."""
        assert self.hearing is not None
        awaited = asyncio.ensure_future(what)
        try:
            await asyncio.wait({awaited, self.hearing}, return_when=asyncio.FIRST_COMPLETED)
            if not awaited.done():
                raise Lost
            return awaited.result()
        finally:
            awaited.cancel()

    async def leave(self) -> None:
        with suppress(Lost):
            if self._session:
                await self._post(self._session, janus="destroy")
        if self.hearing is not None:
            self.hearing.cancel()

    async def _ask(self, **body: Any) -> dict[str, Any]:
        """What the plugin answers. Raises Lost; AssertionError: it refused, so the line is set up wrongly."""
        name = f"ask-{next(self._names)}"
        told = self._answers[name] = asyncio.get_running_loop().create_future()
        await self._post(self._handle, janus="message", body=body, transaction=name)
        data: dict[str, Any] = await self.unless_lost(told)
        assert "error" not in data, data
        return data

    async def _post(self, path: str, **body: Any) -> dict[str, Any]:
        return await self._whole(self._client.post(self._url + path, json={"transaction": "post"} | body))

    async def _hear(self) -> None:
        """Ends when the server is lost."""
        with suppress(Lost):
            while True:
                told = await self._whole(self._client.get(self._url + self._session))
                answer = self._answers.pop(told.get("transaction", ""), None)
                if answer is not None:
                    answer.set_result(told["plugindata"]["data"])

    async def _whole(self, asked: Any) -> dict[str, Any]:
        try:
            told: dict[str, Any] = (await asked).json()
        except (httpx2.TransportError, ValueError):
            raise Lost from None
        if told.get("janus") == "error":
            raise Lost
        return told

"""Real CalDAV servers on loopback: Radicale and xandikos, each a process of its own with a temporary folder.

They are ended by their process id. Staff's side of the calendar is reached straight, by `StaffHttp`, never through the
connector under test.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

import httpx2
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 10
USER = "ada"
USER_EMAIL = "ada@desk.example"


@dataclass
class Server:
    """A running server. `home` is the path of USER's calendars."""

    kind: str
    folder: Path
    port: int
    home: str
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def radicale(seed: Path | None = None) -> Iterator[Server]:
    """Radicale without a password: whoever asks is USER, and may do all. `seed`: begin with a copy of this folder."""
    with _folder("radicale", seed) as folder:
        port = free_port()
        options = {
            "server-hosts": f"127.0.0.1:{port}",
            "storage-filesystem-folder": str(folder / "data"),
            "auth-type": "none",
            "rights-type": "owner_only",
            "web-type": "none",
            "logging-level": "error",
        }
        arguments = [f"--{name}={value}" for name, value in options.items()]
        command = [sys.executable, "-m", "radicale", "--config", "", *arguments]
        with _running("radicale", command, folder, port, f"/{USER}/") as server:
            yield server


@contextmanager
def xandikos(seed: Path | None = None, smtp_port: int | None = None) -> Iterator[Server]:
    """xandikos, which has one user. With `smtp_port` it mails attendees of USER_EMAIL's events itself (RFC 6638)."""
    with _folder("xandikos", seed) as folder:
        port = free_port()
        command = [str(Path(sys.executable).parent / "xandikos"), "serve", "-d", str(folder / "data"), "--defaults"]
        command += ["--current-user-principal", f"/{USER}/", "-l", "127.0.0.1", "-p", str(port), "--no-detect-systemd"]
        if smtp_port is not None:
            command += ["--imip-send", "smtp", "--smtp-host", "127.0.0.1", "--smtp-port", str(smtp_port)]
            command += ["--smtp-from", "calendar@desk.example"]
        with _running("xandikos", command, folder, port, f"/{USER}/calendars/") as server:
            yield server


SERVERS = {"radicale": radicale, "xandikos": xandikos}


@contextmanager
def _folder(kind: str, seed: Path | None) -> Iterator[Path]:
    folder = Path(mkdtemp(prefix=f"syncd-{kind}-"))
    try:
        if seed is not None:
            shutil.copytree(seed / "data", folder / "data", symlinks=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(kind: str, command: list[str], folder: Path, port: int, home: str) -> Iterator[Server]:
    environment = {**os.environ, "HOME": str(folder), "EMAIL": USER_EMAIL, "GIT_CONFIG_GLOBAL": os.devnull}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=folder)
    try:
        _await_port(port, process, folder / "log")
        yield Server(kind, folder, port, home, process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS_MAX)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    pause = threading.Event()
    for _ in range(START_SECONDS_MAX * 50):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}: {log.read_text()[-2000:]}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            pause.wait(0.02)
        else:
            return
    raise RuntimeError(f"the server did not start within {START_SECONDS_MAX} s: {log.read_text()[-2000:]}")


class MailSink:
    """An SMTP server that takes everything and remembers the recipients, in order."""

    def __init__(self) -> None:
        self.recipients: list[str] = []
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())
        self._controller.start()

    @property
    def port(self) -> int:
        return int(self._controller.port)

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:
        self.recipients += envelope.rcpt_tos
        return "250 taken"

    def close(self) -> None:
        self._controller.stop()


@dataclass
class StaffHttp:
    """What a staff member's own program does: plain requests, straight to the server."""

    server: Server
    http: httpx2.Client = field(init=False)

    def __post_init__(self) -> None:
        signed_in = (USER, "") if self.server.kind == "radicale" else None
        self.http = httpx2.Client(base_url=self.server.url, auth=signed_in, timeout=20, trust_env=False)

    def ask(self, method: str, path: str, body: bytes | str = b"", **headers: str) -> httpx2.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.request(method, path, content=body, headers=named)

    def make_calendar(self, path: str) -> None:
        body = (
            '<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>'
            "<D:displayname>Sessions</D:displayname></D:prop></D:set></C:mkcalendar>"
        )
        made = self.ask("MKCALENDAR", path, body, Content_Type="application/xml")
        assert made.status_code == 201, (made.status_code, made.text)

    def get(self, path: str) -> str:
        got = self.ask("GET", path)
        assert got.status_code == 200, (path, got.status_code)
        return got.text

    def put(self, path: str, text: str) -> None:
        done = self.ask("PUT", path, text.encode(), Content_Type="text/calendar; charset=utf-8")
        assert done.status_code in (200, 201, 204), (path, done.status_code, done.text)

    def delete(self, path: str) -> None:
        done = self.ask("DELETE", path)
        assert done.status_code in (200, 204), (path, done.status_code)

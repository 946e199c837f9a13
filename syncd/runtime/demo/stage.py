"""How is the sample set up? Its folder, its servers and its configuration; a second run finds the state of the first.

What is drawn at the first run (ports, passwords) lies in `sample.json`. Everything runs on loopback.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from syncd.ports.errors import Misconfigured
from syncd.runtime.demo import calendar_server, sample
from syncd.runtime.demo.children import LOOPBACK, Child, end_left_behind, free_port
from syncd.runtime.lock import EngineLock

_MEMORY = "sample.json"
_NEEDED = ("radicale", "aiosmtpd")  # looked for, not imported: they run in processes of their own


@dataclass(frozen=True, slots=True)
class Memory:
    """What a later run must find again."""

    web_port: int
    calendars_port: int
    smtp_port: int
    passwords: dict[str, str]

    @property
    def web(self) -> str:
        return f"http://{LOOPBACK}:{self.web_port}"

    @property
    def calendars(self) -> str:
        return f"http://{LOOPBACK}:{self.calendars_port}"


class Stage:
    """The sample in `folder`, with its servers while it is entered."""

    def __init__(self, folder: Path, web_port: int) -> None:
        self.folder = folder.absolute()
        self._web_port = web_port or free_port(None)
        self._lock = EngineLock(self.folder / "sample.lock")
        self._children: list[Child] = []
        self.memory = Memory(self._web_port, 0, 0, {})

    @property
    def configuration(self) -> Path:
        return self.folder / "syncd.toml"

    @property
    def mailbox(self) -> Path:
        return self.folder / "mailbox"

    def __enter__(self) -> Self:
        """Raises AlreadyRunning, and Misconfigured where a part of it does not start."""
        missing = [name for name in _NEEDED if find_spec(name) is None]
        if missing:
            raise Misconfigured(
                f"the sample needs {', '.join(missing)}", hint="pip install 'syncd[demo]', or `make run`"
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock.acquire()
        try:
            self._set_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for child in reversed(self._children):
            child.stop()
        self._children.clear()
        self._lock.release()

    def _set_up(self) -> None:
        radicale = self.folder / "radicale"
        end_left_behind(radicale / "radicale.pid", str(radicale / "radicale.conf"))
        end_left_behind(self.folder / "mail-sink.pid", str(self.mailbox))
        before = self._remembered()
        self.memory = self._renewed(before)
        self._write_files(before)
        sink = [sys.executable, "-m", "syncd.runtime.demo.mail_sink", str(self.memory.smtp_port), str(self.mailbox)]
        for child in (
            calendar_server.prepare(radicale, self.memory.calendars_port, self.memory.passwords),
            Child("mail-sink", sink, self.memory.smtp_port, self.folder),
        ):
            self._children.append(child)
            child.start()
        calendar_server.make_calendars(self.memory.calendars_port, self.memory.passwords)

    def _remembered(self) -> Memory | None:
        path = self.folder / _MEMORY
        try:
            return Memory(**json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            raise Misconfigured(f"{path} cannot be read: {error}", hint=f"delete {self.folder} to begin anew") from None

    def _renewed(self, before: Memory | None) -> Memory:
        """The former ports where they are still free, the former passwords in any case."""
        users = (sample.SERVICE, *(member.id for member in sample.STAFF))
        passwords = before.passwords if before is not None else {user: secrets.token_urlsafe(9) for user in users}
        calendars = free_port(before.calendars_port if before is not None else None)
        smtp = free_port(before.smtp_port if before is not None else None)
        return Memory(self._web_port, calendars, smtp, passwords)

    def _write_files(self, before: Memory | None) -> None:
        """What a person may have changed is kept; only the addresses of our own servers follow them."""
        now = self.memory
        credentials = self.folder / "credentials"
        credentials.mkdir(exist_ok=True, mode=0o700)
        _write_private(credentials / "calendars", now.passwords[sample.SERVICE] + "\n")
        for name, text in (("companies.csv", sample.COMPANIES_CSV), ("contacts.csv", sample.CONTACTS_CSV)):
            if not (self.folder / name).exists():
                (self.folder / name).write_text(text, encoding="utf-8")
        if before is None or not self.configuration.exists():
            text = sample.configuration(now.web, now.web_port, now.calendars, now.smtp_port)
        else:
            text = self.configuration.read_text("utf-8")
            for old, new in (
                (before.web, now.web),
                (before.calendars, now.calendars),
                (f"port = {before.web_port}\n", f"port = {now.web_port}\n"),
                (f"port = {before.smtp_port}\n", f"port = {now.smtp_port}\n"),
            ):
                text = text.replace(old, new)
        self.configuration.write_text(text, encoding="utf-8")
        _write_private(
            self.folder / _MEMORY,
            json.dumps({name: getattr(now, name) for name in Memory.__dataclass_fields__}, indent=1) + "\n",
        )


def _write_private(path: Path, text: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as stream:
        stream.write(text)

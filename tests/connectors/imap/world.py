"""A mailbox of a real dovecot, as the behaviour suite wants it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.imap import manifest
from connectors.imap.client import Mailbox
from connectors.imap.settings import ImapSettings
from syncd.ports.connector import Tools
from syncd.runtime.clock import SystemClock
from syncd.runtime.keys import InstallationKeys
from tests.simulators.dovecot import PASSWORD, Dovecot

_USERS = itertools.count(1)


def tools(place: Path, secret: str) -> Tools:
    return Tools(SystemClock(), InstallationKeys(["s" * 43]), lambda name: secret, place)


def mailbox(port: int, place: Path, user: str, secret: str = PASSWORD, **changed: Any) -> Mailbox:
    values: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "username": user,
        "credential": "mailbox",
    }
    settings = ImapSettings(**(values | changed))
    built: Mailbox = manifest.build("box", settings, tools(place, secret))
    return built


@dataclass
class ImapWorld:
    """A user of its own for each test: static users cost a dovecot nothing."""

    server: Dovecot
    tells_at_once: bool = True
    user: str = field(default_factory=lambda: f"user{next(_USERS)}")
    made: list[Mailbox] = field(default_factory=list)

    def source(self) -> Mailbox:
        return self.made[0] if self.made else self.another()

    def another(self) -> Mailbox:
        self.made.append(mailbox(self.server.imap, self.server.folder, self.user))
        return self.made[-1]

    def now(self) -> datetime:
        return SystemClock().now()

    def deliver(self, raw: bytes) -> None:
        self.server.deliver(raw, f"{self.user}@desk.example")

    def untouched(self) -> bool:
        return all(not set(flags) & {"\\Seen", "\\Deleted", "\\Flagged"} for flags in self.server.flags(self.user))

    def count(self) -> int:
        return len(self.server.flags(self.user))

    def hang_up(self) -> None:
        for each in self.made:
            for box in (each._reading, each._idling):
                if box is not None:
                    box.client.sock.shutdown(2)

    def number_anew(self) -> None:
        self.hang_up()
        self.server.number_anew(self.user)

    def close(self) -> None:
        for each in self.made:
            each.close()

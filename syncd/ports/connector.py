"""Who is a stranger, and what can they do? The manifest by which a connector is found and built.

An installed package offers a connector by the entry-point group `syncd.connectors`: the name is the `kind` that the
configuration uses, the value a module attribute that is a Manifest. Importing it does no I/O and imports no vendor
library; that happens in `build`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel

from syncd.ports.clock import Clock
from syncd.ports.feed import FeedOffer
from syncd.ports.keys import Keys


class Role(StrEnum):
    """What a connector can be; each has a port and a behaviour suite in `syncd.testing.contracts`."""

    CALENDAR = "calendar"  # ports.calendar.CalendarConnector
    MAIL_OUT = "mail-out"  # ports.mail.MailOut
    ROOMS = "rooms"  # ports.rooms.Rooms
    DIRECTORY = "directory"  # ports.directory.Directory
    MAIL_IN = "mail-in"  # ports.mail.MailIn
    FEED = "feed"  # ports.feed.Feed
    TEXTS = "texts"  # ports.texts.Texts
    PAYMENTS = "payments"  # ports.payments.Payments


ONLINE = "online"
"""The capability of a payments connector whose payments come before the booking; without it, it bills by hand."""

WRITE = "write"
"""The capability of a calendar connector that can hold sessions (K1); without it a calendar is only read (K2)."""

PUSH = "push"
"""The capability of a calendar connector whose calendars can be watched (ports.hook.Watchable). Its settings have a
switch `push`; the address of its hook must be public and https."""

FILES = "files"
"""The capability of a directory connector whose settings `companies` and `contacts` are files: those can be imported by
hand (D1)."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What the composition root hands to `build`. `credential(name)` reads a credential or raises Misconfigured;
    `folder` resolves relative paths of the configuration. `keep(name, text)` replaces a credential by what its vendor
    has renewed it to; None: nothing can be kept here, and the connector has it in memory alone.

    A setting that names a credential is called `credential`, or ends in `_credential`: so `syncd check` finds the
    missing ones without building anything."""

    clock: Clock
    keys: Keys
    credential: Callable[[str], str]
    folder: Path
    keep: Callable[[str, str], None] | None = None


class Operator(Protocol):
    """Who walks through a sign-in: a person at a terminal, with a browser somewhere."""

    def opens(self, address: str) -> str:
        """Show an address to open; the address that the browser ended at, as it was copied back."""
        ...

    def types(self, address: str, code: str) -> None:
        """Show an address to open on any device, and the code to type there. Returns at once."""
        ...


@dataclass(frozen=True, slots=True)
class Granted:
    """What a sign-in brought: the text to be stored as the credential of that name."""

    credential: str
    text: str


SignIn = Callable[[Any, Tools, Operator], Granted]
"""A delegated sign-in by these settings. Raises Misconfigured with what to do, Retryable. It writes nothing."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`settings` is the pydantic model of this connector's table in the configuration (extra keys forbidden);
    `build(name, settings, tools)` returns the port object of its role. `capabilities` are declared facts that
    `syncd check` judges offline; `offers`, of a feed, what it can prove of which room. `sign_in`: what `syncd connect`
    walks an operator through, if anything.

    Of the settings `timeout_seconds` is how long one call may take: `syncd check` holds it to the lease (REL-4)."""

    kind: str
    role: Role
    settings: type[BaseModel]
    build: Callable[[str, Any, Tools], Any]
    summary: str
    capabilities: frozenset[str] = field(default=frozenset())
    offers: FeedOffer | None = None
    sign_in: SignIn | None = None

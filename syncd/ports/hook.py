"""Who calls us? A vendor's webhook: `POST /hooks/{id}`, and the GET with which some vendors prove that we are there.

The vendor's signature and challenges stay with the vendor's connector; the engine stores the batch, then the web sends
the answer, so that what was acknowledged is kept (reliability.md 1).

To have one, a connector's built object returns it from `hooks()` (Hooked), whatever its role; that is all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from syncd.ports.source import Batch


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it came. `headers` have lower-case names; `url` is the public one, with its query, as the vendor
    called and signed it (SMS-3); `raw` the body before any parsing."""

    method: str
    url: str
    headers: Mapping[str, str]
    raw: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller gets. `batch` is stored before it is sent, its evidence and raw bytes (busy times and a cursor
    belong to a reading); `wakes` names sources that shall be read now (`watch_of` one: its channel opened again). A
    forged call is 401 without a reason, one that was taken before is 200 and changes nothing."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    batch: Batch | None = None
    wakes: tuple[str, ...] = ()


class Hook(Protocol):
    @property
    def id(self) -> str:
        """The name in the address; the connector's name in the configuration."""
        ...

    def receive(self, call: Call) -> Answer:
        """Verify over the raw bytes, understand, answer. No I/O and no clock of its own; never raises for what a
        stranger sent."""
        ...


@runtime_checkable
class Hooked(Protocol):
    """What the object that a connector's `build` returns may offer besides the port of its role."""

    def hooks(self) -> tuple[Hook, ...]:
        """Asked once, after `open` of all its calendars. A second hook of one connector is called `name-something`."""
        ...


# -- push: being told of changes, as an accelerator of polling (GOO-11) ------------------------------------------------


class Channel(Protocol):
    """An open channel: call `watch` again at `renew_at`; nothing comes after `expires_at`."""

    @property
    def renew_at(self) -> datetime: ...

    @property
    def expires_at(self) -> datetime: ...


@runtime_checkable
class Watchable(Protocol):
    """What a calendar of a connector with the capability PUSH offers besides."""

    def watch(self, address: str, now: datetime) -> Channel:
        """Have changes told to `address`, the public address of this connector's hook. Repeating it opens nothing
        twice, after a restart too. Raises Misconfigured, Permanent, Retryable, OutcomeUnknown."""
        ...


def watch_of(source_id: str) -> str:
    """The name, for `Answer.wakes`, of the opening of that source's channel."""
    return f"watch:{source_id}"

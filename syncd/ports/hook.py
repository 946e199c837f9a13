"""Who calls us? A vendor's webhook: `POST /hooks/{id}`, and the GET with which some vendors prove that we are there.

The vendor's signature and challenges stay with the vendor's connector; the engine stores the batch, then the web sends
the answer, so that what was acknowledged is kept (reliability.md 1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

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
    """What the caller gets. `batch` is stored before it is sent (its cursor is ignored); `wakes` names sources that
    shall be read now. A forged call is 401 without a reason, one that was taken before is 200 and changes nothing."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    batch: Batch | None = None
    wakes: tuple[str, ...] = ()


class Hook(Protocol):
    id: str
    """The name in the address; the connector's name in the configuration."""

    def receive(self, call: Call) -> Answer:
        """Verify over the raw bytes, understand, answer. No I/O and no clock of its own; never raises for what a
        stranger sent."""
        ...

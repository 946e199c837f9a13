"""Who brings the file? A person, by `syncd feed import`; nothing is asked, and nothing is live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from connectors.csv_feed import Settings
from connectors.csv_feed.translate import batch_of
from syncd.domain.attendance import OpenWindow
from syncd.domain.spans import Span
from syncd.ports.errors import Misconfigured
from syncd.ports.source import Batch


class BroughtFeed:
    """ports.feed.Feed and ports.feed.Importing over files."""

    lane = ""

    def __init__(self, name: str, settings: Settings) -> None:
        self.id = name
        self.rooms: Mapping[str, str] = {room: room for room in settings.rooms}
        self._settings = settings

    def poll(self, windows: Sequence[OpenWindow], cursor: str | None, now: datetime) -> Batch:
        """Files are brought, not asked for."""
        return Batch(cursor=cursor)

    def bring(self, file: str, raw: bytes, room_id: str, covered: Span, now: datetime) -> Batch:
        if room_id not in self.rooms:
            raise Misconfigured(
                f"“{room_id:.40}” is no room of {self.id}", hint=f"one of {', '.join(sorted(self.rooms))}"
            )
        if covered.ends_at > now:
            raise Misconfigured(
                "the covered time ends in the future", hint="--to is the last moment that the list tells of"
            )
        return batch_of(self.id, file, raw, room_id, covered, self._settings)

    def probe(self) -> tuple[str, ...]:
        return (f"takes files for {', '.join(sorted(self.rooms))}: `syncd feed import`",)

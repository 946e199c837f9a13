"""What can go wrong? Knobs, all off; several may be on at once (spec/calendars.md 6)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.simulators.google.state import Calendar, Item


@dataclass
class Refusal:
    """Requests are answered so, and nothing is done. `times` None: all of them."""

    status: int
    reason: str = ""
    times: int | None = None
    writes_only: bool = False
    retry_after: str | None = None
    raw: bytes | None = None  # a body that is no JSON, as a proxy sends it


@dataclass
class Faults:
    refusal: Refusal | None = None
    page_items_max: int | None = None
    loses_page_tokens: bool = False
    token_chars: int = 0  # so many more in each token: an address then grows too long for a GET
    repeats_items: bool = False
    cuts_answers: bool = False  # the body ends early, and its length says so
    breaks_answers: bool = False  # the connection ends before the body does
    floods: int = 0  # so many bytes more in each answer
    compresses: bool = True
    rewrites: Callable[[Item], Item] | None = None  # a listing's answer, at last
    phantoms: list[str] = field(default_factory=list)
    emptied: bool = False
    replica: dict[str, Calendar] | None = None
    drops_write_answers: int = 0  # the next so many writes are done, and the connection is reset
    drops_politely: bool = False  # it is closed instead: httplib2 then sends the request again by itself
    stalls: bool = False  # no answer at all
    elsewhere: str | None = None  # where every answer redirects to
    free_busy_error: str | None = None  # inside a 200

    def next_refusal(self, write: bool) -> Refusal | None:
        found = self.refusal
        if found is None or (found.writes_only and not write):
            return None
        if found.times is not None:
            found.times -= 1
            if found.times <= 0:
                self.refusal = None
        return found

    def bent(self, answer: Item, calendar: Calendar, first_of_round: bool) -> Item:
        """A listing's answer as it leaves."""
        if self.emptied:
            answer["items"] = []
            answer.pop("nextPageToken", None)
        if self.repeats_items:
            answer["items"] = [*answer["items"], *answer["items"]]
        if first_of_round:
            for event_id in self.phantoms:
                stub = {"kind": "calendar#event", "etag": '"1"', "id": event_id, "status": "cancelled"}
                answer["items"] = [*answer["items"], stub]
            self.phantoms = []
        return answer if self.rewrites is None else self.rewrites(answer)

    def body(self, answer: Any) -> bytes:
        raw = json.dumps(answer).encode()
        if self.floods:
            raw = raw[:-1] + b', "description": "' + b" " * self.floods + b'"}'
        return raw[: len(raw) // 2] if self.cuts_answers else raw

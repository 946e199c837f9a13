"""How does a calendar keep its place? The text of a cursor, what it is bound to, and the window it looks over (CAL-1).

A calendar connector's cursor is a frozen dataclass of its own with a `window`; its text is one line, the fingerprint
and the fields as JSON. Whatever is not that, to the letter, is an expired cursor: then all is read anew, by difference.
"""

from __future__ import annotations

import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Annotated, Any, Generic, Protocol, TypeVar

from pydantic import BeforeValidator, PlainSerializer, TypeAdapter, ValidationError

from syncd.domain.keys import derived_key
from syncd.domain.spans import Span
from syncd.ports.calendar import CalendarBinding
from syncd.ports.errors import CursorExpired

FORMAT = 2
BACK = timedelta(days=1)
"""What ended earlier takes nobody's time."""
UNPACKED_BYTES_MAX = 50_000_000


class Windowed(Protocol):
    @property
    def window(self) -> Span: ...


C = TypeVar("C", bound=Windowed)


def window_ahead(now: datetime, horizon_days: int, slack: timedelta) -> Span:
    """What a reading looks over. `slack`: how much further than asked, so that the horizon is kept until the next."""
    return Span(now - BACK, now + timedelta(days=horizon_days) + slack)


def fingerprint(binding: CalendarBinding, kind: str, *more: object) -> str:
    """Of everything that shapes what a round reports, `more` of it the connector's: a change starts a full re-read."""
    marks = binding.marks
    parts = (binding.calendar_id, binding.address, binding.zone, binding.staff_email, binding.writable)
    key = derived_key(FORMAT, *parts, marks.category, marks.title_prefix, marks.tag, *more)
    return binding.keys.digest(f"{kind}-cursor", key)[:16]


class CursorText(Generic[C]):
    """Cursors of one shape, to text and back. The same cursor gives the same text, so a quiet poll changes nothing."""

    def __init__(self, shape: type[C]) -> None:
        self._shape: TypeAdapter[C] = TypeAdapter(shape)

    def write(self, cursor: C, print_: str) -> str:
        return f"{print_} {self._shape.dump_json(cursor).decode()}"

    def read(self, text: str, print_: str, now: datetime, horizon_days: int) -> C:
        """Raises CursorExpired for another fingerprint, a text not understood, and a window that ends too early."""
        found, _, body = text.partition(" ")
        if found != print_:
            raise CursorExpired("the cursor is of another calendar, query or version")
        try:
            cursor = self._shape.validate_json(body, strict=True)
        except ValidationError as error:
            raise CursorExpired(f"the cursor was not understood: {error.errors()[0]['type']}") from None
        if cursor.window.ends_at < now + timedelta(days=horizon_days):
            raise CursorExpired("the window no longer reaches far enough")
        return cursor


def _packed(known: dict[str, str]) -> str:
    return urlsafe_b64encode(zlib.compress(json.dumps(known, sort_keys=True).encode(), 6)).decode() if known else ""


def _unpacked(held: Any) -> Any:
    if not isinstance(held, str):
        return held
    try:
        text = zlib.decompressobj().decompress(urlsafe_b64decode(held), UNPACKED_BYTES_MAX) if held else b"{}"
        return json.loads(text)
    except (zlib.error, RecursionError) as error:
        raise ValueError("not packed by us") from error


Packed = Annotated[dict[str, str], BeforeValidator(_unpacked), PlainSerializer(_packed, return_type=str)]
"""Names to versions, thousands of them: compressed in the text."""

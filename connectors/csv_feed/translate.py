"""What do the rows say? CSV with the columns of ATT-1 to evidence and one reading (CON-8); pure.

A list with a mistake is refused whole, and every mistake is told at once with its line, its column and what to write:
half a list would show a room emptier than it was. Unknown columns are ignored (CON-10).
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from connectors.csv_feed import Settings
from syncd.domain.attendance import FeedReading, Hints, Presence, Stage
from syncd.domain.attended import AttendanceSeen
from syncd.domain.desk import Channel
from syncd.domain.evidence import Evidence
from syncd.domain.keys import derived_key
from syncd.domain.spans import Span
from syncd.ports.errors import Misconfigured
from syncd.ports.feed import sighting
from syncd.ports.source import Batch, Raw

ROWS_MAX = 20_000
FILE_BYTES_MAX = 16 * 1_048_576
CELL_MAX = 500
MISTAKES_TOLD_MAX = 50
DELIMITERS = ",;\t"
WORDS = ("channel", "stage", "role")
TIMES = ("joined_at", "left_at", "observed_at")
HINTS = ("token", "email", "phone_e164", "phone_masked", "name", "participant_id")
NEEDED = ("channel", "joined_at", "left_at")
A_TIME = "with its zone, as 2026-11-23T15:04:11Z or 2026-11-23 10:04:11-05:00"

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    cells: dict[str, str]


def batch_of(feed: str, file: str, raw: bytes, room_id: str, covered: Span, settings: Settings) -> Batch:
    """The same rows for the same room give the same keys, whatever the file is called. Raises Misconfigured."""
    mistakes: list[str] = []
    seen: list[Evidence] = []
    for row in _rows(file, raw, settings):
        record = _record(feed, room_id, covered, row, mistakes)
        if record is not None:
            seen.append(record)
    if mistakes:
        more = len(mistakes) - MISTAKES_TOLD_MAX
        told = [*mistakes[:MISTAKES_TOLD_MAX], *([f"and {more} more"] if more > 0 else [])]
        raise Misconfigured(
            f"{file} has {len(mistakes)} mistake{'s' * (len(mistakes) > 1)}, and nothing of it was taken",
            hint="\n".join(told),
        )
    reading = FeedReading(feed, room_id, covered.ends_at, timedelta(0), since=covered.starts_at)
    digest = hashlib.sha256(raw).hexdigest()
    kept = Raw(derived_key(feed, room_id, "file", digest), covered.ends_at, raw)
    return Batch(tuple(seen), readings=(reading,), raw=(kept,))


def _rows(file: str, raw: bytes, settings: Settings) -> Iterator[Row]:
    """Raises Misconfigured: no text, no CSV, not the columns."""
    if len(raw) > FILE_BYTES_MAX:
        raise Misconfigured(f"{file} is larger than {FILE_BYTES_MAX} bytes", hint="is it the right file?")
    try:
        text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Misconfigured(f"{file}:{line}: is no UTF-8", hint="save it as CSV UTF-8") from None
    header = text.lstrip().split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        places = _places(file, next(reader, []), settings)
        for count, row in enumerate(reader, start=1):
            if count > ROWS_MAX:
                raise Misconfigured(f"{file} has more than {ROWS_MAX} rows", hint="one file for each room and day")
            if any(cell.strip() for cell in row):
                cells = {name: row[at].strip() if at < len(row) else "" for name, at in places.items()}
                yield Row(reader.line_num, cells)
    except csv.Error as error:
        raise Misconfigured(
            f"{file}:{reader.line_num}: is no CSV: {error}", hint="a quotation mark that never closes?"
        ) from None


def _places(file: str, header: list[str], settings: Settings) -> dict[str, int]:
    headings = {cell.strip().casefold(): place for place, cell in reversed(list(enumerate(header)))}
    wanted = {name: settings.columns.get(name, name).strip().casefold() for name in (*WORDS, *TIMES, *HINTS)}
    places = {name: headings[heading] for name, heading in wanted.items() if heading in headings}
    missing = [name for name in NEEDED if name not in places]
    if missing:
        raise Misconfigured(
            f"{file}:1: there is no column {', '.join(missing)}",
            hint=f"the first line names the columns ({', '.join((*WORDS, *TIMES, *HINTS))}), or `columns` maps them",
        )
    return places


def _record(feed: str, room_id: str, covered: Span, row: Row, mistakes: list[str]) -> Evidence | None:
    before = len(mistakes)
    channel = _word(Channel, row, "channel", None, mistakes)
    stage = _word(Stage, row, "stage", Stage.JOINED, mistakes)
    presence = _word(Presence, row, "role", Presence.UNKNOWN, mistakes)
    joined, left, observed = (_time(row, name, mistakes) for name in TIMES)
    if joined is None and not row.cells["joined_at"]:
        mistakes.append(f"line {row.line}, joined_at: is empty; write when they came, {A_TIME}")
    if joined is not None and left is not None and left < joined:
        mistakes.append(f"line {row.line}, left_at: lies before joined_at; swap them?")
    for name in HINTS:
        if len(row.cells.get(name, "")) > CELL_MAX:
            mistakes.append(f"line {row.line}, {name}: is longer than {CELL_MAX} characters; shorten it")
    if len(mistakes) > before or joined is None or channel is None:
        return None
    hints = {name: row.cells.get(name, "") for name in HINTS}
    record = AttendanceSeen(
        feed=feed,
        room_id=room_id,
        channel=channel,
        stage=stage or Stage.JOINED,
        presence=presence or Presence.UNKNOWN,
        joined_at=joined,
        observed_at=observed or left or covered.ends_at,
        left_at=left,
        hints=Hints(**hints),
    )
    return sighting(record, "", _who(hints))


def _who(hints: dict[str, str]) -> str:
    """A digest: keys are logged, and an id in a file can be anything."""
    return hashlib.sha256("\n".join(hints.values()).encode()).hexdigest()[:26]


def _word(kind: type[Word], row: Row, name: str, otherwise: Word | None, mistakes: list[str]) -> Word | None:
    said = row.cells.get(name, "").casefold()
    if not said and otherwise is not None:
        return otherwise
    try:
        return kind(said)
    except ValueError:
        mistakes.append(f"line {row.line}, {name}: is none of {', '.join(kind)}; write one of these")
        return None


def _time(row: Row, name: str, mistakes: list[str]) -> datetime | None:
    said = row.cells.get(name, "")
    if not said:
        return None
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        mistakes.append(f"line {row.line}, {name}: is no instant; write it {A_TIME}")
        return None
    return at.astimezone(UTC)

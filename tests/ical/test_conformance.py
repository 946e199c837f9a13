"""What of all that real programs write do we understand? A value or Unreadable, for every file; never a crash."""

from __future__ import annotations

import os
import resource
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest

from syncd.domain.spans import Span
from syncd.ical import read, recurrence, staff_event
from syncd.ical.read import Unreadable
from syncd.ical.values import times
from tests.ical.calendars import BERLIN

FOLDER = Path(os.environ.get("SYNCD_CONFORMANCE", "/nonexistent")) / "ics"
LICENCES = "licences"
GROWTH_KIB_MAX = 64 * 1024

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the conformance data are not there: set SYNCD_CONFORMANCE"),
]


def files() -> list[Path]:
    return sorted(path for path in FOLDER.rglob("*") if path.is_file() and LICENCES not in path.parts)


def objects(path: Path) -> Iterator[bytes]:
    """What stands in a file: a calendar, or the calendar parts of a mail; whatever else it is, its bytes."""
    raw = path.read_bytes()
    parts = [raw]
    if path.suffix == ".eml":
        found = [
            p.get_payload(decode=True) for p in message_from_bytes(raw).walk() if "calendar" in p.get_content_type()
        ]
        parts = [part for part in found if isinstance(part, bytes)] or parts
    yield from parts


def understood(raw: bytes) -> int:
    """Parsed, seen, and expanded over a quarter around its own time and one of 2026; how many occurrences."""
    resource = read.parse(raw)
    starts_at, _ = times(resource.master or resource.events[0], resource, BERLIN)
    staff_event.seen_in(resource, BERLIN)
    quarter = timedelta(days=90)
    starts = [datetime(2026, 10, 1, tzinfo=UTC)]
    if 1900 < starts_at.year < 2200:
        starts.append(starts_at - timedelta(days=2))
    return sum(len(recurrence.occurrences(resource, Span(at, at + quarter), BERLIN)) for at in starts)


def test_every_file_is_a_value_or_unreadable_with_a_reason_in_little_memory() -> None:
    outcomes: Counter[str] = Counter()
    reasons: set[str] = set()
    slowest, held = (0.0, ""), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for path in files():
        began = time.process_time()
        for raw in objects(path):
            try:
                outcomes["occurrences"] += understood(raw)
                outcomes["understood"] += 1
            except Unreadable as unreadable:
                reasons.add(str(unreadable))
                outcomes["unreadable"] += 1
        slowest = max(slowest, (time.process_time() - began, path.name))
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held
    print(f"{dict(outcomes)}, slowest {slowest}, {grown_kib} KiB more than before")
    assert outcomes["understood"] > 500, outcomes
    assert outcomes["unreadable"] < 200, outcomes
    assert outcomes["occurrences"] > 2_000, outcomes
    assert "" not in reasons
    assert grown_kib < GROWTH_KIB_MAX


def test_an_event_of_any_program_survives_our_marks_and_loses_them_without_a_trace() -> None:
    mark = staff_event.Mark("session", "installation", "event")
    edited = 0
    for path in files():
        for raw in objects(path):
            try:
                before = staff_event.seen(raw, BERLIN)
                signature = before.signature
                text = staff_event.StaffText(
                    None,
                    "block",
                    signature.place,
                    None,
                    signature.starts_at,
                    signature.ends_at,
                    signature.status == "tentative",
                )
                if signature.status == "cancelled":
                    continue
                marked = staff_event.edit(raw, mark, text, datetime(2026, 11, 1, tzinfo=UTC), BERLIN)
            except Unreadable:
                continue
            seen = staff_event.seen(marked, BERLIN)
            assert (seen.session_id, seen.block, seen.signature) == ("session", "block", signature), path
            assert seen.notes.split() == before.notes.split(), path
            stripped = staff_event.seen(staff_event.strip(marked), BERLIN)
            assert (stripped.session_id, stripped.block, stripped.notes.split()) == (
                None,
                None,
                before.notes.split(),
            ), path
            edited += 1
    assert edited > 400

"""Three readers of calendars that are none of ours: libical (Debian), ical.js (npm), ical (PyPI).

Each says what it understood of a calendar object, or raises Refused. Where one is not installed, its tests skip and
say so.
"""

from __future__ import annotations

import base64
import ctypes
import ctypes.util
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import pytest
from ical.calendar_stream import IcsCalendarStream

HERE = Path(__file__).parent
_VEVENT, _ERRORS_ARE_KEPT = 4, b"X-LIC-ERROR"


class Refused(Exception):
    """The oracle does not accept the object."""


@dataclass(frozen=True)
class Understood:
    method: str
    uid: str
    starts_at: datetime
    ends_at: datetime
    sequence: int
    status: str
    summary: str | None = None
    description: str | None = None
    name: str | None = None


# -- libical -----------------------------------------------------------------------------------------------------------


class _Time(ctypes.Structure):
    """struct icaltimetype (libical 3)."""

    _fields_ = (
        *(
            (name, ctypes.c_int)
            for name in ("year", "month", "day", "hour", "minute", "second", "is_date", "is_daylight")
        ),
        ("zone", ctypes.c_void_p),
    )


_STRINGS = ("as_ical_string", "get_uid", "get_summary", "get_description")


@lru_cache(maxsize=1)
def libical_library() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL("libical.so.3")
    except OSError:
        return None
    library.icalparser_parse_string.restype = ctypes.c_void_p
    library.icalparser_parse_string.argtypes = [ctypes.c_char_p]
    library.icalrestriction_check.argtypes = [ctypes.c_void_p]
    library.icalcomponent_free.argtypes = [ctypes.c_void_p]
    library.icalcomponent_get_first_component.restype = ctypes.c_void_p
    library.icalcomponent_get_first_component.argtypes = [ctypes.c_void_p, ctypes.c_int]
    for name in _STRINGS:
        function = getattr(library, f"icalcomponent_{name}")
        function.restype, function.argtypes = ctypes.c_char_p, [ctypes.c_void_p]
    for name in ("dtstart", "dtend"):
        function = getattr(library, f"icalcomponent_get_{name}")
        function.restype, function.argtypes = _Time, [ctypes.c_void_p]
    for name in ("get_method", "get_sequence", "get_status"):
        getattr(library, f"icalcomponent_{name}").argtypes = [ctypes.c_void_p]
    library.icalproperty_method_to_string.restype = ctypes.c_char_p
    library.icalproperty_status_to_string.restype = ctypes.c_char_p
    return library


def libical(ics: bytes) -> Understood:
    library = libical_library()
    assert library is not None
    component = library.icalparser_parse_string(ics)
    if not component:
        raise Refused("libical finds no calendar")
    try:
        whole: bytes = library.icalcomponent_as_ical_string(component)
        if _ERRORS_ARE_KEPT in whole:
            raise Refused(whole[whole.index(_ERRORS_ARE_KEPT) :][:300].decode("utf-8", "replace"))
        # Of DECLINECOUNTER it accepts nothing at all, the smallest object that RFC 5546 3.2.8 allows included.
        if b"METHOD:DECLINECOUNTER" not in ics and library.icalrestriction_check(component) != 1:
            raise Refused("icalrestriction_check")
        event = library.icalcomponent_get_first_component(component, _VEVENT)
        return Understood(
            method=library.icalproperty_method_to_string(library.icalcomponent_get_method(component)).decode(),
            uid=library.icalcomponent_get_uid(event).decode(),
            starts_at=_instant(library.icalcomponent_get_dtstart(event)),
            ends_at=_instant(library.icalcomponent_get_dtend(event)),
            sequence=library.icalcomponent_get_sequence(event),
            status=library.icalproperty_status_to_string(library.icalcomponent_get_status(event)).decode(),
            summary=library.icalcomponent_get_summary(event).decode(),
            description=library.icalcomponent_get_description(event).decode(),
        )
    finally:
        library.icalcomponent_free(component)


def _instant(at: _Time) -> datetime:
    return datetime(at.year, at.month, at.day, at.hour, at.minute, at.second, tzinfo=UTC)


# -- ical.js -----------------------------------------------------------------------------------------------------------


class IcalJs:
    """A node process that answers line by line."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def __call__(self, ics: bytes) -> Understood:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(base64.b64encode(ics) + b"\n")
        stdin.flush()
        said = json.loads(stdout.readline())
        if "error" in said:
            raise Refused(said["error"])
        return Understood(
            said["method"],
            said["uid"],
            datetime.fromtimestamp(said["starts_at"], UTC),
            datetime.fromtimestamp(said["ends_at"], UTC),
            said["sequence"],
            said["status"],
            said["summary"],
            said["description"],
            said["name"],
        )


@contextmanager
def icaljs() -> Iterator[IcalJs]:
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules" / "ical.js").is_dir():
        pytest.skip("ical.js is not installed: `npm ci --prefix tests/ical` (needs node)")
    process = subprocess.Popen(
        [node, str(HERE / "icaljs.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=HERE
    )
    try:
        yield IcalJs(process)
    finally:
        process.terminate()
        process.wait(10)


# -- ical (PyPI) -------------------------------------------------------------------------------------------------------


def pypi_ical(ics: bytes) -> Understood:
    try:
        stream = IcsCalendarStream.from_ics(ics.decode())
    except Exception as error:
        raise Refused(str(error)) from error
    calendar = stream.calendars[0]
    event = calendar.events[0]
    start, end = event.dtstart, event.dtend
    assert isinstance(start, datetime)
    assert isinstance(end, datetime)
    return Understood(
        str(calendar.method),
        event.uid,
        start.astimezone(UTC),
        end.astimezone(UTC),
        event.sequence or 0,
        str(event.status.value if event.status else ""),
        event.summary,
        event.description,
        event.attendees[0].common_name if event.attendees else None,
    )

"""Does reading put up with what others write, and never guess a time? (INV-43, CAL-25; spec/invitations.md 3)"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.ical import lines, read, wire
from syncd.ical.read import Unreadable
from tests.ical import inv_wire
from tests.ical.calendars import calendar, custom_zone

EVENT = "UID:1\nDTSTART:20261201T150000Z\nDTEND:20261201T153000Z\nSUMMARY:Hello"


def test_a_property_that_nobody_needs_may_be_broken() -> None:
    raw = calendar(
        EVENT
        + "\nGEO:here;there\nPRIORITY:high\nX-APPLE-STRUCTURED-LOCATION;VALUE=URI:geo:1,2\nATTACH;:\nno colon at all"
    )
    assert read.parse(raw).faults == ()


def test_a_broken_property_that_says_no_time_is_left_out_and_named() -> None:
    resource = read.parse(calendar(EVENT + "\nLAST-MODIFIED:yesterday"))
    assert resource.faults == ("LAST-MODIFIED",)


@pytest.mark.parametrize(
    "line", ["DTEND:later", "EXDATE:x", "RDATE:x", "RECURRENCE-ID:x", "DURATION:long", "RRULE:FREQ=x"]
)
def test_a_broken_property_that_says_a_time_makes_it_unreadable(line: str) -> None:
    with pytest.raises(Unreadable):
        read.parse(calendar(f"UID:1\nDTSTART:20261201T150000Z\n{line}"))


def test_a_zone_that_nothing_explains_is_named() -> None:
    raw = calendar("UID:1\nDTSTART;TZID=Moon/Tycho:20261201T150000\nDURATION:PT1H")
    assert read.parse(raw).unknown_zones == ("Moon/Tycho",)
    explained = calendar("UID:1\nDTSTART;TZID=Moon/Tycho:20261201T150000", zones=custom_zone("Moon/Tycho"))
    assert read.parse(explained).unknown_zones == ()


def test_one_retry_without_the_zones_is_built_in() -> None:
    """INV-43: two zones of one name, properties that no zone has: icalendar would lose the whole calendar."""
    zones = custom_zone("Mine").replace("TZID:Mine", "TZID:Mine\nX-LIC-LOCATION:here\nTZID:Mine\nSTATUS:odd") * 2
    assert len(read.parse(calendar(EVENT, zones=zones)).events) == 1


def test_an_itip_object_says_its_method_and_may_have_no_start() -> None:
    resource = read.parse(
        calendar("UID:1\nATTENDEE;PARTSTAT=DECLINED:mailto:a@b.example").replace(b"PRODID", b"METHOD:reply\r\nPRODID")
    )
    assert (resource.method, resource.uid) == ("REPLY", "1")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: b"\xef\xbb\xbf" + raw,
        lambda raw: raw.replace(b"\r\n", b"\n"),
        lambda raw: raw.replace(b"Hello", "Grüße".encode("cp1252")),
        lambda raw: raw.replace(b"Hello", b"Hel\r\n lo"),
        lambda raw: raw.replace(b"BEGIN:VEVENT", b"begin:vevent").replace(b"END:VEVENT", b"End:VEvent"),
        lambda raw: b"\r\n\r\n" + raw + b"\r\n\r\n",
    ],
    ids=["byte-order-mark", "bare-LF", "cp1252", "folded", "small-letters", "blank-lines"],
)
def test_how_it_is_spelled_does_not_matter(spoil: Callable[[bytes], bytes]) -> None:
    resource = read.parse(spoil(calendar(EVENT)))
    assert str(resource.events[0]["SUMMARY"]) in ("Hello", "Grüße")


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@settings(max_examples=60, deadline=None)
def test_no_bytes_make_it_crash(noise: bytes) -> None:
    whole = calendar(EVENT)
    for raw in (noise, whole.replace(b"SUMMARY:Hello", noise), whole[:60] + noise + whole[60:]):
        with suppress(Unreadable):
            assert read.parse(raw).events


TYPED = st.text(st.characters(), max_size=200)


@given(TYPED)
@settings(max_examples=100, deadline=None)
def test_a_text_is_escaped_folded_and_read_back(text: str) -> None:
    raw = lines.line("SUMMARY", wire.escaped(text)).raw
    assert all(len(piece) <= 75 for piece in raw.split(b"\r\n"))
    assert list(inv_wire.check_bytes(raw + b"\r\n")) == []
    (back,) = lines.read(raw + b"\r\n")
    assert back.text == wire.clean(text)
    assert inv_wire.text_of(inv_wire.unfolded(raw + b"\r\n")[0].partition(":")[2]) == wire.clean(text)


@given(TYPED)
@settings(max_examples=100, deadline=None)
def test_a_parameter_holds_anything(text: str) -> None:
    name = wire.one_line(text)
    calendar_, broken = inv_wire.parse(
        b"BEGIN:VCALENDAR\r\n"
        + lines.line(f"ATTENDEE;CN={wire.quoted(name)}", "mailto:a@b.example").raw
        + b"\r\nEND:VCALENDAR\r\n"
    )
    assert broken == []
    assert calendar_ is not None
    (attendee,) = calendar_.all("ATTENDEE")
    said = attendee.parameter("CN") or ""
    assert said.replace("^'", '"').replace("^n", "\n").replace("^^", "^") == name or "^" in name
    assert attendee.value == "mailto:a@b.example"


@pytest.mark.parametrize("width", range(60, 80))
@pytest.mark.parametrize("character", ["é", "漢", "🦉"])
def test_a_fold_never_cuts_a_character(width: int, character: str) -> None:
    for piece in wire.folded("x" * width + character * 60).split(b"\r\n "):
        assert len(piece) <= 75
        piece.decode("utf-8")

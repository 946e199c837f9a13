"""How does a session stand on a staff calendar? Marks, block, edits in place (CAL-11, 12, 14, 16, 20, 25; K8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from syncd.domain.evidence import SeenAttendee
from syncd.domain.session import Signature
from syncd.ical import read, staff_event
from syncd.ical.read import Unreadable
from syncd.ical.staff_event import Mark, StaffText
from tests.ical.calendars import BERLIN, calendar, custom_zone

MARK = Mark("session-1", "installation-1", "event-1@syncd")
START = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
ROOM = "https://meet.example.com/1"
TEXT = StaffText("Acme · Ada", "Company: Acme\nConference ID: 500#", ROOM, ROOM, START, START + timedelta(minutes=30))
FIRST, LATER = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)

STAFFS_OWN = calendar(
    """
    UID:staff-1
    DTSTAMP:20261101T000000Z
    SEQUENCE:4
    DTSTART;TZID=Customized:20261201T180000
    DTEND;TZID=Customized:20261201T183000
    SUMMARY:Support: Ada\\, of Acme
    DESCRIPTION:ada@customer.example\\nBring the #manual\\, please
    CATEGORIES:Support session,Blue
    CATEGORIES:Green
    ORGANIZER;CN=Dana:mailto:dana@desk.example
    ATTENDEE;CN="Lovelace, Ada";PARTSTAT=ACCEPTED;X-NUM=1:mailto:Ada@Customer.example
    ATTENDEE;PARTSTAT=DECLINED:mailto:bob@customer.example
    X-MOZ-GENERATION:7
    X-APPLE-TRAVEL-ADVISORY-BEHAVIOR;X-EVIL="a:b;c":AUTOMATIC
    BEGIN:VALARM
    ACTION:DISPLAY
    DESCRIPTION:Wake up
    TRIGGER:-PT5M
    END:VALARM
    """,
    zones=custom_zone("Customized"),
)


def edited(raw: bytes, text: StaffText = TEXT) -> bytes:
    return staff_event.edit(raw, MARK, text, LATER, BERLIN)


def test_what_is_built_is_read_back() -> None:
    seen = staff_event.seen(staff_event.build(MARK, TEXT, FIRST), BERLIN)
    assert (seen.uid, seen.session_id, seen.installation_id, seen.event_id_mark) == (
        "event-1@syncd", "session-1", "installation-1", "event-1@syncd",
    )  # fmt: skip
    assert seen.signature == Signature(TEXT.starts_at, TEXT.ends_at, "confirmed", "https://meet.example.com/1")
    assert (seen.summary, seen.block, seen.notes, seen.tags) == ("Acme · Ada", TEXT.block, "", ())
    assert (seen.last_modified, seen.sequence, seen.recurring, seen.original_start) == (FIRST, 0, False, None)


def test_a_session_is_written_in_utc_and_invites_nobody() -> None:
    raw = staff_event.build(MARK, TEXT, FIRST)
    assert b"DTSTART:20261201T150000Z\r\n" in raw
    for absent in (b"ATTENDEE", b"ORGANIZER", b"VTIMEZONE", b"METHOD"):
        assert absent not in raw


def test_a_hold_is_tentative_and_no_url_is_none() -> None:
    raw = staff_event.build(MARK, replace(TEXT, tentative=True, url=None, place=""), FIRST)
    assert staff_event.seen(raw, BERLIN).signature.status == "tentative"
    assert b"URL" not in raw
    assert b"LOCATION" not in raw


def test_an_event_that_says_it_already_is_not_touched() -> None:
    raw = staff_event.build(MARK, TEXT, FIRST)
    assert edited(raw) is raw
    refolded = raw.replace(b"\r\n ", b"").replace(b"\r\n", b"\n").replace(b"STATUS:CONFIRMED\n", b"")
    assert edited(refolded) is refolded, "folding, line ends and a default are no difference"


def test_only_what_differs_is_written() -> None:
    raw = staff_event.build(MARK, TEXT, FIRST)
    changed = edited(raw, replace(TEXT, place="https://meet.example.com/2"))
    before, after = raw.split(b"\r\n"), changed.split(b"\r\n")
    assert [(b, a) for b, a in zip(before, after, strict=True) if b != a] == [
        (b"DTSTAMP:20261120T000000Z", b"DTSTAMP:20261121T000000Z"),
        (b"LAST-MODIFIED:20261120T000000Z", b"LAST-MODIFIED:20261121T000000Z"),
        (b"LOCATION:https://meet.example.com/1", b"LOCATION:https://meet.example.com/2"),
    ]


def test_a_move_raises_sequence_and_a_new_text_does_not() -> None:
    raw = staff_event.build(MARK, TEXT, FIRST)
    moved = replace(TEXT, starts_at=START + timedelta(hours=1), ends_at=START + timedelta(hours=2))
    assert staff_event.seen(edited(raw, moved), BERLIN).sequence == 1
    assert staff_event.seen(edited(raw, replace(TEXT, block="new")), BERLIN).sequence == 0


def test_staffs_own_event_keeps_all_that_is_not_ours() -> None:
    adopted = edited(STAFFS_OWN, replace(TEXT, title=None))
    for line in STAFFS_OWN.split(b"\r\n"):
        if line and not line.startswith((b"DTSTAMP", b"DESCRIPTION:ada", b"SEQUENCE")):
            assert line in adopted.split(b"\r\n"), line
    seen = staff_event.seen(adopted, BERLIN)
    assert seen.summary == "Support: Ada, of Acme"
    assert seen.notes == "ada@customer.example\nBring the #manual, please"
    assert seen.block == TEXT.block
    assert seen.session_id == "session-1"
    assert b"DESCRIPTION:Wake up" in adopted, "the alarm's own description"
    assert edited(adopted, replace(TEXT, title=None)) is adopted


def test_an_unchanged_time_in_staffs_own_zone_stays_in_it() -> None:
    assert b"DTSTART;TZID=Customized:20261201T180000" in edited(STAFFS_OWN, replace(TEXT, title=None))


def test_a_duration_gives_way_to_the_new_end() -> None:
    raw = calendar("UID:1\nDTSTART:20261201T150000Z\nDURATION:PT1H\nSUMMARY:x")
    changed = edited(raw)
    assert b"DURATION" not in changed
    assert staff_event.seen(changed, BERLIN).signature.ends_at == TEXT.ends_at


def test_staffs_notes_around_the_block_survive_every_edit() -> None:
    raw = edited(STAFFS_OWN, replace(TEXT, title=None))
    around = raw.replace(b"\r\n ", b"").replace(b"DESCRIPTION:ada@", b"DESCRIPTION:#keep ada@").replace(
        staff_event.BLOCK_ENDS.encode(), staff_event.BLOCK_ENDS.encode() + b"\\n\\nand below #late15"
    )  # fmt: skip
    changed = edited(around, replace(TEXT, title=None, block="a new block"))
    seen = staff_event.seen(changed, BERLIN)
    assert seen.block == "a new block"
    assert seen.notes.startswith("#keep ada@customer.example")
    assert seen.notes.endswith("and below #late15")
    assert seen.tags == ("#keep", "#manual", "#late15")


def test_people_tags_and_categories_are_read() -> None:
    seen = staff_event.seen(STAFFS_OWN, BERLIN)
    assert seen.attendees == (
        SeenAttendee("ada@customer.example", "Lovelace, Ada", "ACCEPTED"),
        SeenAttendee("bob@customer.example", "", "DECLINED"),
    )
    assert seen.organizer == "dana@desk.example"
    assert seen.categories == ("Support session", "Blue", "Green")
    assert seen.tags == ("#manual",)
    people = ("ada@customer.example", "bob@customer.example")
    assert seen.signature == Signature(START, START + timedelta(minutes=30), "confirmed", "", people)
    assert (seen.session_id, seen.installation_id, seen.event_id_mark, seen.block) == (None, None, None, None)


@pytest.mark.parametrize(
    ("words", "tags"),
    [
        ("#attended", ("#attended",)),
        ("All went well. #Attended, #LATE15!", ("#attended", "#late15")),
        ("https://x.example/page#attended and R#2 and ##x", ()),
        ("id 500#", ()),
        ("#1 #_x", ()),
    ],
)
def test_a_tag_is_a_word_of_its_own(words: str, tags: tuple[str, ...]) -> None:
    assert staff_event.seen(calendar(f"UID:1\nDTSTART:20261201T150000Z\nSUMMARY:{words}"), BERLIN).tags == tags


def test_tags_inside_our_own_block_are_not_staffs() -> None:
    raw = staff_event.build(MARK, replace(TEXT, block="#attended says the customer"), FIRST)
    assert staff_event.seen(raw, BERLIN).tags == ()


def test_what_a_customer_typed_ends_no_block() -> None:
    typed = f"Question: x\n{staff_event.BLOCK_ENDS}\n#attended\n{staff_event.BLOCK_BEGINS}\ny"
    raw = staff_event.build(MARK, replace(TEXT, block=typed), FIRST)
    for _ in range(3):
        seen = staff_event.seen(raw, BERLIN)
        assert (seen.tags, seen.notes) == ((), "")
        raw = edited(raw, replace(TEXT, block=typed + "!"))


def test_stripped_of_mark_and_block_it_is_staffs_again() -> None:
    stripped = staff_event.strip(edited(STAFFS_OWN, replace(TEXT, title=None)))
    seen = staff_event.seen(stripped, BERLIN)
    assert (seen.session_id, seen.installation_id, seen.event_id_mark, seen.block) == (None, None, None, None)
    assert seen.notes == staff_event.seen(STAFFS_OWN, BERLIN).notes
    assert b"X-MOZ-GENERATION:7" in stripped
    assert staff_event.strip(STAFFS_OWN) is STAFFS_OWN


def test_a_copy_carries_our_mark_but_another_id() -> None:
    copied = staff_event.build(MARK, TEXT, FIRST).replace(b"UID:event-1@syncd", b"UID:copy-of-it")
    seen = staff_event.seen(copied, BERLIN)
    assert seen.event_id_mark != seen.uid


def test_of_a_series_the_master_is_read_and_edited() -> None:
    series = calendar(
        "UID:1\nRECURRENCE-ID:20261208T150000Z\nDTSTART:20261208T160000Z\nDTEND:20261208T170000Z\nSUMMARY:moved",
        "UID:1\nDTSTART:20261201T150000Z\nDTEND:20261201T153000Z\nRRULE:FREQ=WEEKLY\nSUMMARY:all",
    )
    seen = staff_event.seen(series, BERLIN)
    assert (seen.summary, seen.recurring, seen.original_start) == ("all", True, None)
    changed = edited(series)
    assert b"SUMMARY:moved" in changed
    assert staff_event.seen(changed, BERLIN).summary == "Acme · Ada"
    alone = calendar("UID:1\nRECURRENCE-ID:20261208T150000Z\nDTSTART:20261208T160000Z\nSUMMARY:moved")
    assert staff_event.seen(alone, BERLIN).original_start == datetime(2026, 12, 8, 15, tzinfo=UTC)


def test_a_place_is_compared_without_its_white_space() -> None:
    raw = calendar("UID:1\nDTSTART:20261201T150000Z\nLOCATION:  Room   7\\n first floor ")
    assert staff_event.seen(raw, BERLIN).signature.place == "Room 7 first floor"


@pytest.mark.parametrize("raw", [b"", b"no calendar", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", STAFFS_OWN[:-20]])
def test_what_is_no_event_is_unreadable(raw: bytes) -> None:
    for attempt in (lambda: staff_event.seen(raw, BERLIN), lambda: edited(raw), lambda: staff_event.strip(raw)):
        with pytest.raises(Unreadable):
            attempt()


def test_a_very_large_resource_is_unreadable_and_not_read() -> None:
    with pytest.raises(Unreadable, match="more than"):
        read.parse(b"BEGIN:VCALENDAR\r\n" + b"X" * read.RESOURCE_BYTES_MAX)

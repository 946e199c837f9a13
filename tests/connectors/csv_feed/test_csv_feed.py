"""Attendance lists in files: what they say, and every mistake of one at once (CON-8)."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connectors.csv_feed import Settings, manifest, offers
from connectors.csv_feed.client import BroughtFeed
from connectors.csv_feed.translate import HINTS, TIMES, WORDS
from syncd.domain.spans import Span
from syncd.ports.connector import Tools
from syncd.ports.errors import Misconfigured
from syncd.ports.feed import Importing
from syncd.ports.source import Batch
from syncd.runtime.keys import InstallationKeys
from syncd.testing.clock import VirtualClock
from syncd.testing.contracts.feed import ROOM, START, FeedContract, Guest

SETTINGS = Settings(rooms=(ROOM, "blue"))
EVER = Span(START - timedelta(minutes=15), START)


def feed(settings: Settings = SETTINGS) -> BroughtFeed:
    tools = Tools(VirtualClock(START), InstallationKeys(["k" * 43]), lambda name: "", Path())
    built = manifest.build("lists", settings, tools)
    assert isinstance(built, BroughtFeed)
    assert isinstance(built, Importing)
    return built


class FilingWorld:
    """Somebody who keeps a list, and brings it."""

    def __init__(self) -> None:
        self.clock = VirtualClock(START - timedelta(minutes=15))
        self.feed = feed()
        self.offers = offers("lists", SETTINGS)
        self.rows: list[dict[str, Any]] = []
        self.columns = [*WORDS, *TIMES, *HINTS]

    def join(self, guest: Guest, room: str = ROOM) -> None:
        if room == ROOM:
            self.rows.append(
                {
                    "channel": "phone" if guest.number else "Online",
                    "role": "host" if guest.host else "guest",
                    "joined_at": self.clock.now().isoformat(),
                    "name": guest.name,
                    "phone_e164": guest.number,
                    "participant_id": len(self.rows),
                }
            )

    def leave(self, guest: Guest, room: str = ROOM) -> None:
        for row in self.rows:
            if row["name"] == guest.name:
                row["left_at"] = self.clock.now().isoformat()

    def report(self) -> Batch:
        return self.report_again()

    def report_again(self) -> Batch:
        text = io.StringIO()
        writer = csv.DictWriter(text, self.columns, extrasaction="ignore", delimiter=";")
        writer.writeheader()
        writer.writerows(self.rows)
        covered = Span(START - timedelta(minutes=16), self.clock.now())
        return self.feed.bring("list.csv", text.getvalue().encode(), ROOM, covered, self.clock.now())

    def grow(self) -> None:
        self.columns = ["mood", *self.columns]


class TestCsvFeed(FeedContract):
    cannot: ClassVar = dict.fromkeys(
        ("unbind", "truncate", "refuse", "break_down", "throttle", "restart", "skew", "probe"),
        "a file is brought whole",
    )

    @pytest.fixture
    def world(self) -> FilingWorld:
        return FilingWorld()


def bring(text: str, settings: Settings = SETTINGS, **given: Any) -> Batch:
    return feed(settings).bring(
        "list.csv", text.encode(), given.get("room", ROOM), given.get("covered", EVER), given.get("now", START)
    )


def test_every_mistake_is_told_at_once_with_line_column_and_what_to_write() -> None:
    text = (
        "channel,stage,joined_at,left_at,name\n"
        "fax,joined,2026-11-23T14:50:00Z,,Dana\n"
        '"online",hovering,2026-11-23T14:50:00,"2026-11-23T14:55:00Z","Da\nna"\n'
        "phone,,2026-11-23T14:50:00Z,2026-11-23T14:40:00Z,\n"
        "phone,,,yesterday,\n"
    )
    with pytest.raises(Misconfigured) as caught:
        bring(text)
    told = [line.split(":")[0] for line in caught.value.hint.splitlines()]
    assert told == [
        "line 2, channel",
        "line 4, stage",
        "line 4, joined_at",
        "line 5, left_at",
        "line 6, left_at",
        "line 6, joined_at",
    ]
    assert "6 mistakes" in str(caught.value)
    assert "Dana" not in caught.value.hint


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        ("name,joined_at\nDana,x\n", "list.csv:1"),
        ("", "list.csv:1"),
        ('channel,joined_at,left_at\n"online', "list.csv:2"),
    ],
)
def test_what_is_no_list_says_where_and_what(raw: str, where: str) -> None:
    with pytest.raises(Misconfigured, match=where) as caught:
        bring(raw)
    assert caught.value.hint


def test_the_room_and_the_time_are_given_with_the_file_and_judged() -> None:
    good = "channel,joined_at,left_at\n"
    (reading,) = bring(good).readings
    assert (reading.room_id, reading.since, reading.upto) == (ROOM, EVER.starts_at, EVER.ends_at)
    for given in ({"room": "green"}, {"now": START - timedelta(seconds=1)}):
        with pytest.raises(Misconfigured):
            bring(good, **given)


def test_other_programs_headings_are_mapped() -> None:
    settings = Settings(rooms=(ROOM,), columns={"channel": "Via", "joined_at": "Join Time", "left_at": "Leave Time"})
    (record,) = bring("Via,Join Time,Leave Time\nphone,2026-11-23 09:50:00-05:00,\n", settings).evidence
    assert record.received_at == START - timedelta(minutes=10)


def test_nothing_is_live() -> None:
    assert not any(abilities.live for abilities in offers("lists", SETTINGS).values())

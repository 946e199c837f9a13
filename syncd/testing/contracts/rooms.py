"""Does this connector keep the contract of `Rooms` (ports/rooms.py, CON-11, CON-13, K10)?

Subclass `RoomsContract` and give it a fixture `rooms` with two rooms at least, one of them with a host link and with
numbers of two countries.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import phonenumbers
import pytest

from syncd.ports.rooms import Rooms

_watched: list[list[str]] = []


def _audit(event: str, _arguments: object) -> None:
    if _watched and (event == "open" or event.startswith(("socket.", "subprocess."))):
        _watched[-1].append(event)


@contextmanager
def without_io() -> Iterator[None]:
    """Nothing is opened, connected to or started meanwhile (PEP 578)."""
    if not getattr(without_io, "hooked", False):
        sys.addaudithook(_audit)
        without_io.hooked = True  # type: ignore[attr-defined]
    _watched.append([])
    try:
        yield
    finally:
        seen = _watched.pop()
    assert seen == []


class RoomsContract:
    @pytest.fixture
    def rooms(self) -> Rooms:
        raise TypeError("give the suite your rooms: override the fixture `rooms`")

    def test_asking_for_the_rooms_does_no_io(self, rooms: Rooms) -> None:
        with without_io():
            assert rooms.rooms()

    def test_the_rooms_are_the_same_each_time(self, rooms: Rooms) -> None:
        assert rooms.rooms() == rooms.rooms()

    def test_each_room_has_an_id_of_its_own(self, rooms: Rooms) -> None:
        ids = [room.id for room in rooms.rooms()]
        assert len(ids) >= 2
        assert len(set(ids)) == len(ids)

    def test_the_join_link_is_an_https_address_that_calendars_take(self, rooms: Rooms) -> None:
        for room in rooms.rooms():
            url = urlsplit(room.join.join_url)
            assert url.scheme == "https"
            assert url.hostname
            assert room.join.join_url.isascii()

    def test_the_conference_id_stands_as_typed_and_as_digits(self, rooms: Rooms) -> None:
        for room in rooms.rooms():
            assert room.join.conference_id.strip() == room.join.conference_id
            digits = "".join(c for c in room.join.conference_id if c.isdigit())
            assert room.join.conference_digits == digits != ""

    def test_every_number_is_a_valid_e164_with_its_region(self, rooms: Rooms) -> None:
        numbers = [number for room in rooms.rooms() for number in room.join.numbers]
        assert len({number.region for number in numbers}) >= 2
        for number in numbers:
            parsed = phonenumbers.parse(number.e164, None)
            assert phonenumbers.is_valid_number(parsed)
            assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == number.e164
            assert number.region in phonenumbers.SUPPORTED_REGIONS or number.region == "001"
            assert number.kind in ("toll", "tollfree", "mobile")

    def test_the_host_link_stands_in_no_part_that_customers_see(self, rooms: Rooms) -> None:
        hosted = [room.join for room in rooms.rooms() if room.join.host_url]
        assert hosted
        for join in hosted:
            shown = [join.join_url, join.call_in_page, join.app_url, join.macos_url, join.room_code, *join.steps]
            assert not any(join.host_url in text for text in shown if join.host_url and text)

    def test_a_room_rests_between_sessions(self, rooms: Rooms) -> None:
        assert all(room.gap.total_seconds() >= 0 for room in rooms.rooms())

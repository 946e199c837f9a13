"""A permanent room keeps the contract of rooms, and a room that makes no sense is refused where it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.room import manifest
from connectors.room.settings import RoomsSettings
from connectors.room.translate import PermanentRooms
from syncd.config.problems import problems_of
from syncd.ports.connector import Tools
from syncd.ports.rooms import Rooms
from syncd.runtime.clock import SystemClock
from syncd.runtime.keys import InstallationKeys
from syncd.testing.contracts.rooms import RoomsContract

RED: dict[str, Any] = {
    "id": "red",
    "join_url": "https://meet.example.com/red",
    "conference_id": "500 554 260#",
    "numbers": ["+1 571 317 3122", {"number": "+44 20 7946 0018", "kind": "toll", "label": "London"}],
    "call_in_page": "https://meet.example.com/numbers",
    "host_url": "https://meet.example.com/red?host=1",
    "steps": ["Open the link.", "Call in."],
}
BLUE: dict[str, Any] = {"id": "blue", "join_url": "https://meet.example.com/blue", "conference_id": "1*22#"}


class TestPermanentRooms(RoomsContract):
    @pytest.fixture
    def rooms(self) -> Rooms:
        return PermanentRooms("rooms", RoomsSettings.model_validate({"room": [RED, BLUE]}))


def test_the_manifest_builds_what_the_settings_describe() -> None:
    tools = Tools(SystemClock(), InstallationKeys(["k" * 43]), lambda name: "", Path())
    built = manifest.build("rooms", manifest.settings.model_validate({"room": [RED]}), tools)
    (room,) = built.rooms()
    assert room.join.conference_digits == "500554260"
    assert [(n.e164, n.region) for n in room.join.numbers] == [("+15713173122", "US"), ("+442079460018", "GB")]


@pytest.mark.parametrize(
    ("change", "path", "says"),
    [
        ({"join_url": "http://meet.example.com/red"}, "room[0].join_url", "no https address"),
        ({"join_url": "https://me:secret@meet.example.com/"}, "room[0].join_url", "password"),
        ({"join_url": "https://meet.example.com/a b"}, "room[0].join_url", "percent-encoded"),
        ({"conference_id": "call me"}, "room[0].conference_id", "as one types it"),
        ({"conference_id": "##"}, "room[0].conference_id", "as one types it"),
        ({"numbers": ["0571 317 3122"]}, "room[0].numbers[0]", "in full"),
        ({"numbers": ["+1 571 317 3122", "+1 571 317"]}, "room[0].numbers[1]", "exists"),
        ({"numbers": [{"number": "+1 571 317 3122", "region": "DE"}]}, "room[0].numbers[0]", "not of DE"),
        ({"numbers": [{"number": "+1 571 317 3122", "kind": "cheap"}]}, "room[0].numbers[0].kind", "toll"),
        ({"steps": ["one\nBCC: x"]}, "room[0].steps[0]", "control character"),
        ({"id": "Red Room"}, "room[0].id", "match"),
        ({"gap_minutes": -5}, "room[0].gap_minutes", "greater"),
        ({"conference": "500"}, "room[0].conference", "no such setting"),
    ],
)
def test_a_room_that_makes_no_sense_is_refused_where_it_stands(change: dict[str, Any], path: str, says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        RoomsSettings.model_validate({"room": [{**RED, **change}]})
    (problem,) = problems_of(caught.value, RoomsSettings)
    assert problem.path == path
    assert says in f"{problem.what} {problem.hint}"


def test_no_room_is_no_connector() -> None:
    with pytest.raises(ValidationError):
        RoomsSettings.model_validate({"room": []})

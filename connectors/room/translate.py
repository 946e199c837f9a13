"""What does a described room mean? Settings to rooms with join data; pure."""

from __future__ import annotations

from datetime import timedelta

from connectors.room.settings import NumberSettings, RoomSettings, RoomsSettings
from syncd.domain.desk import DialIn, JoinData, Room


class PermanentRooms:
    """ports.rooms.Rooms over the configuration."""

    def __init__(self, name: str, settings: RoomsSettings) -> None:
        self.id = name
        self._rooms = tuple(room_of(room) for room in settings.room)

    def rooms(self) -> tuple[Room, ...]:
        return self._rooms


def room_of(settings: RoomSettings) -> Room:
    join = JoinData(
        join_url=settings.join_url,
        conference_id=settings.conference_id,
        conference_digits="".join(c for c in settings.conference_id if c.isdigit()),
        numbers=tuple(dial_in_of(number) for number in settings.numbers),
        call_in_page=settings.call_in_page,
        room_code=settings.room_code or None,
        app_url=settings.app_url,
        macos_url=settings.macos_url,
        host_url=settings.host_url,
        steps=settings.steps,
    )
    return Room(settings.id, join, timedelta(minutes=settings.gap_minutes))


def dial_in_of(settings: NumberSettings) -> DialIn:
    return DialIn(settings.number, settings.region, settings.kind, settings.label)

"""Permanent conference rooms, described in the configuration (CON-11, K10). Who I am: manifest and settings."""

from __future__ import annotations

from typing import Any

from connectors.room.settings import RoomsSettings
from syncd.ports.connector import Manifest, Role, Tools


def _build(name: str, settings: Any, tools: Tools) -> Any:
    from connectors.room.translate import PermanentRooms

    return PermanentRooms(name, settings)


manifest = Manifest(
    kind="room",
    role=Role.ROOMS,
    settings=RoomsSettings,
    build=_build,
    summary="permanent rooms: a link, a conference ID and the numbers that the operator keeps",
    capabilities=frozenset({"permanent"}),
)

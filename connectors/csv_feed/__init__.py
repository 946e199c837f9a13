"""Who is the csv_feed connector? Attendance lists in files, brought by hand: `syncd feed import` (CON-8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from syncd.domain.desk import Channel, FeedAbilities
from syncd.ports.connector import Manifest, Role, Tools
from syncd.ports.feed import Feed

ROOMS_MAX = 100


class Settings(BaseModel):
    """What such files are about. `rooms`: our room ids; `channels`: which of them the files tell of; `columns`: the
    headings that another program writes instead of ours; `settle_hours`: so long after the close a file may still
    complete what is known (CON-3); later it can only show that somebody came (ATT-9).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    rooms: Annotated[tuple[str, ...], Field(min_length=1, max_length=ROOMS_MAX)]
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)] = (Channel.ONLINE, Channel.PHONE)
    columns: dict[str, str] = Field(default_factory=dict)
    settle_hours: int = Field(default=24, ge=0, le=24)


def offers(name: str, settings: object) -> Mapping[str, FeedAbilities]:
    assert isinstance(settings, Settings)
    settle = timedelta(hours=settings.settle_hours)
    return dict.fromkeys(settings.rooms, FeedAbilities(name, settings.channels, history=True, settle=settle))


def build(name: str, settings: Any, tools: Tools) -> Feed:
    from connectors.csv_feed.client import BroughtFeed

    return BroughtFeed(name, settings)


manifest = Manifest(
    kind="csv_feed",
    role=Role.FEED,
    settings=Settings,
    build=build,
    summary="attendance lists in CSV files, imported by hand",
    offers=offers,
)

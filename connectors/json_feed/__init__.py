"""Who is the json_feed connector? Any conference or telephone system that posts who is there, signed (CON-7)."""

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
    """One system that tells us. It posts to /hooks/{name of this connector}; docs/json_feed.md says what.

    `rooms`: our room ids, each with what that system calls it. `channels`: which of them it sees. `lag_seconds`: how
    old what it says may be; `max_gap_seconds`: how far apart two snapshots may lie (ATT-4); `settle_minutes`: so long
    after the close it may still tell news (CON-3).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    credential: str
    rooms: Annotated[dict[str, str], Field(min_length=1, max_length=ROOMS_MAX)]
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)] = (Channel.ONLINE, Channel.PHONE)
    lag_seconds: int = Field(default=0, ge=0, le=600)
    max_gap_seconds: int = Field(default=30, ge=1, le=600)
    settle_minutes: int = Field(default=90, ge=0, le=1440)


def offers(name: str, settings: object) -> Mapping[str, FeedAbilities]:
    assert isinstance(settings, Settings)
    abilities = FeedAbilities(
        feed=name,
        channels=settings.channels,
        live=True,
        lag=timedelta(seconds=settings.lag_seconds),
        max_gap=timedelta(seconds=settings.max_gap_seconds),
        settle=timedelta(minutes=settings.settle_minutes),
    )
    return dict.fromkeys(settings.rooms, abilities)


def build(name: str, settings: Any, tools: Tools) -> Feed:
    from connectors.json_feed.client import ToldFeed

    return ToldFeed(name, settings, tools)


manifest = Manifest(
    kind="json_feed",
    role=Role.FEED,
    settings=Settings,
    build=build,
    summary="attendance that another system posts as signed JSON",
    offers=offers,
)

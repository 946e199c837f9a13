"""Who is the bigbluebutton connector? Attendance of meetings on a BigBlueButton server of one's own (CON-9).

docs.bigbluebutton.org, "API Reference": calls are signed by a checksum with the server's shared secret. Never tried on
a real server.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from syncd.domain.desk import Channel, FeedAbilities
from syncd.ports.addresses import is_loopback
from syncd.ports.connector import Manifest, Role, Tools
from syncd.ports.feed import Feed

ROOMS_MAX = 100
SETTLE = timedelta(minutes=2)
"""A snapshot tells nothing afterwards."""


class Settings(BaseModel):
    """One server. `url` is what `bbb-conf --secret` prints; `credential` names the secret beside it; `hash` is the one
    that the server takes (supportedChecksumAlgorithms). `rooms`: our room ids, each with its meetingID. `own_links`:
    each attendee gets a join link of their own, by which they are known; BigBlueButton lets nobody in by it before the
    meeting is created, so it takes meetings that are there before the session. `ca_file` is trusted instead of the
    system's authorities; TLS is always verified.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str
    credential: str
    rooms: Annotated[
        dict[str, Annotated[str, Field(min_length=2, max_length=256)]], Field(min_length=1, max_length=ROOMS_MAX)
    ]
    own_links: bool = False
    hash: Literal["sha1", "sha256", "sha384", "sha512"] = "sha256"
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)] = (Channel.ONLINE, Channel.PHONE)
    max_gap_seconds: int = Field(default=30, ge=10, le=120)
    ca_file: Path | None = None
    timeout_seconds: float = Field(default=8, gt=0, le=60)

    @field_validator("url")
    @classmethod
    def _safe(cls, url: str) -> str:
        parts = urlsplit(url)
        if not parts.hostname or parts.username or parts.query or parts.fragment:
            raise ValueError("an address without a password, ? and #: https://bbb.example.com/bigbluebutton/")
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
            raise ValueError("https:// is needed: who reads a signed call can repeat it")
        return url.rstrip("/").removesuffix("/api") + "/api/"


def offers(name: str, settings: object) -> Mapping[str, FeedAbilities]:
    assert isinstance(settings, Settings)
    gap = timedelta(seconds=settings.max_gap_seconds)
    return dict.fromkeys(settings.rooms, FeedAbilities(name, settings.channels, live=True, max_gap=gap, settle=SETTLE))


def build(name: str, settings: Any, tools: Tools) -> Feed:
    from connectors.bigbluebutton.feed import BigBlueButtonFeed

    return BigBlueButtonFeed(name, settings, tools)


manifest = Manifest(
    kind="bigbluebutton",
    role=Role.FEED,
    settings=Settings,
    build=build,
    summary="attendance of BigBlueButton meetings, live",
    offers=offers,
)

"""Who is the zoom connector? Attendance of permanent Zoom meetings: dashboard, reports and webhooks (CON-9).

developers.zoom.us, Server-to-Server OAuth app; the live dashboard needs a Business plan or more. Never tried on a real
account.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from syncd.domain.desk import Channel, FeedAbilities
from syncd.ports.addresses import TokenAddress
from syncd.ports.connector import Manifest, Role, Tools
from syncd.ports.feed import Feed

ROOMS_MAX = 100


def _meeting_id(text: str) -> str:
    digits = "".join(c for c in text if c.isdigit())
    if not 9 <= len(digits) <= 12 or not all(c.isdigit() or c in " -" for c in text):
        raise ValueError("is no meeting ID: 9 to 12 digits, for example 500 5542 6000")
    return digits


class Settings(BaseModel):
    """One Server-to-Server OAuth app. `credential` names its client secret, `webhook_credential` its secret token
    (none: no webhooks). `rooms`: our room ids, each with its permanent meeting's ID. `lag_seconds`: so old the
    dashboard may be. `registrants`: each attendee is registered with Zoom, by name and address, and gets a join link of
    their own, by which they are known; it takes meetings that require registration and approve it by themselves, a
    licensed host, and the scope meeting:write. `ca_file` is trusted instead of the system's authorities; TLS is always
    verified.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    account_id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")
    client_id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")
    credential: str
    webhook_credential: str | None = None
    rooms: Annotated[dict[str, Annotated[str, AfterValidator(_meeting_id)]], Field(min_length=1, max_length=ROOMS_MAX)]
    registrants: bool = False
    lag_seconds: int = Field(default=60, ge=0, le=600)
    api: TokenAddress = "https://api.zoom.us/v2"
    token_url: TokenAddress = "https://zoom.us/oauth/token"  # noqa: S105 - an address
    ca_file: Path | None = None
    timeout_seconds: float = Field(default=10, gt=0, le=60)
    page_items_max: int = Field(default=300, ge=1, le=300)


SETTLE = timedelta(minutes=90)
"""Webhooks come up to 85 minutes late (CON-3)."""

MAX_GAP = timedelta(seconds=45)


def offers(name: str, settings: object) -> Mapping[str, FeedAbilities]:
    assert isinstance(settings, Settings)
    abilities = FeedAbilities(
        feed=name,
        channels=(Channel.ONLINE, Channel.PHONE),
        live=True,
        history=True,
        lag=timedelta(seconds=settings.lag_seconds),
        max_gap=MAX_GAP,
        settle=SETTLE,
        poll=timedelta(seconds=15),
    )
    return dict.fromkeys(settings.rooms, abilities)


def build(name: str, settings: Any, tools: Tools) -> Feed:
    from connectors.zoom.feed import ZoomFeed

    return ZoomFeed(name, settings, tools)


manifest = Manifest(
    kind="zoom",
    role=Role.FEED,
    settings=Settings,
    build=build,
    summary="attendance of Zoom meetings: live, by report and by webhook",
    offers=offers,
)

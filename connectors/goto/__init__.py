"""Who is the goto connector? Attendance of GoTo meetings, told after their end (CON-9).

developer.goto.com, "GoTo Meeting REST API" and "How to obtain an OAuth access token". Never tried on a real account.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from syncd.domain.desk import Channel, FeedAbilities
from syncd.ports.addresses import TokenAddress
from syncd.ports.connector import Granted, Manifest, Operator, Role, Tools
from syncd.ports.feed import Feed

ROOMS_MAX = 100


def _meeting_id(text: str) -> str:
    digits = "".join(c for c in text if c.isdigit())
    if not 6 <= len(digits) <= 15 or not all(c.isdigit() or c in " -" for c in text):
        raise ValueError("is no meeting ID: its digits, for example 500-554-260")
    return digits


class Settings(BaseModel):
    """One organizer's account and one OAuth client. `credential` names what `syncd connect` stores,
    `client_credential` the client's secret; `redirect_uri` is the one registered with the client. `rooms`: our room
    ids, each with its meeting ID. `channels`: the list surely tells of those online; whether it tells of all who only
    call in is not documented. `report_minutes`: so long after a meeting's end its list is taken for whole. `ca_file` is
    trusted instead of the system's authorities; TLS is always verified.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    client_id: str = Field(pattern=r"^[A-Za-z0-9._-]{1,200}$")
    client_credential: str
    credential: str
    rooms: Annotated[dict[str, Annotated[str, AfterValidator(_meeting_id)]], Field(min_length=1, max_length=ROOMS_MAX)]
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)] = (Channel.ONLINE,)
    report_minutes: int = Field(default=30, ge=0, le=720)
    api: TokenAddress = "https://api.getgo.com/G2M/rest"
    oauth: TokenAddress = "https://authentication.logmeininc.com/oauth"
    redirect_uri: str = "http://127.0.0.1:8765/"
    ca_file: Path | None = None
    timeout_seconds: float = Field(default=15, gt=0, le=60)


SETTLE = timedelta(hours=24)
POLL = timedelta(seconds=60)


def offers(name: str, settings: object) -> Mapping[str, FeedAbilities]:
    assert isinstance(settings, Settings)
    abilities = FeedAbilities(name, settings.channels, history=True, settle=SETTLE, poll=POLL)
    return dict.fromkeys(settings.rooms, abilities)


def build(name: str, settings: Any, tools: Tools) -> Feed:
    from connectors.goto.feed import GoToFeed

    return GoToFeed(name, settings, tools)


def sign_in(settings: Any, tools: Tools, operator: Operator) -> Granted:
    from connectors.goto.signin import granted

    return Granted(settings.credential, granted(settings, tools, operator))


manifest = Manifest(
    kind="goto",
    role=Role.FEED,
    settings=Settings,
    build=build,
    summary="attendance of GoTo meetings, after their end",
    offers=offers,
    sign_in=sign_in,
)

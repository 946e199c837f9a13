"""Who is the google_meet connector? Attendance of Google Meet spaces, live and afterwards (CON-9).

developers.google.com, "Google Meet REST API" v2. Never tried on a real account.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from syncd.domain.desk import Channel, FeedAbilities
from syncd.ports.addresses import TokenAddress
from syncd.ports.connector import Granted, Manifest, Operator, Role, Tools
from syncd.ports.errors import Misconfigured
from syncd.ports.feed import Feed

ROOMS_MAX = 100
SCOPE = "https://www.googleapis.com/auth/meetings.space.readonly"


Code = Annotated[str, Field(pattern=r"^([a-z]{3}-[a-z]{4}-[a-z]{3}|spaces/[A-Za-z0-9_-]{4,60})$")]


class Settings(BaseModel):
    """One account that owns the spaces. `credential` names a JSON key: of a service account with domain-wide
    delegation, which then acts as `subject`, or of one account as `syncd connect` stores it; `client_credential` names
    the OAuth client to sign in with. `rooms`: our room ids, each with its meeting code, `abc-mnop-xyz`. `lag_seconds`:
    so old what Meet tells may be. `ca_file` is trusted instead of the system's authorities; TLS is always verified.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    credential: str
    subject: str | None = None
    client_credential: str | None = None
    rooms: Annotated[dict[str, Code], Field(min_length=1, max_length=ROOMS_MAX)]
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)] = (Channel.ONLINE, Channel.PHONE)
    lag_seconds: int = Field(default=60, ge=0, le=600)
    api: TokenAddress = "https://meet.googleapis.com/v2"
    token_url: TokenAddress = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
    ca_file: Path | None = None
    timeout_seconds: float = Field(default=10, gt=0, le=60)
    page_items_max: int = Field(default=100, ge=1, le=250)


SETTLE = timedelta(minutes=15)
MAX_GAP = timedelta(seconds=45)


def offers(name: str, settings: object) -> Mapping[str, FeedAbilities]:
    assert isinstance(settings, Settings)
    abilities = FeedAbilities(
        feed=name,
        channels=settings.channels,
        live=True,
        history=True,
        lag=timedelta(seconds=settings.lag_seconds),
        max_gap=MAX_GAP,
        settle=SETTLE,
        poll=timedelta(seconds=15),
    )
    return dict.fromkeys(settings.rooms, abilities)


def build(name: str, settings: Any, tools: Tools) -> Feed:
    from connectors.google_meet.feed import MeetFeed

    return MeetFeed(name, settings, tools)


def sign_in(settings: Any, tools: Tools, operator: Operator) -> Granted:
    from connectors.google_meet.signin import granted

    if settings.client_credential is None:
        raise Misconfigured(
            "this connector names no OAuth client to sign in with",
            hint="make one of the type “desktop app” in the Cloud project; name its JSON `client_credential`",
        )
    return Granted(settings.credential, granted(settings, tools, operator))


manifest = Manifest(
    kind="google_meet",
    role=Role.FEED,
    settings=Settings,
    build=build,
    summary="attendance of Google Meet spaces, live and afterwards",
    offers=offers,
    sign_in=sign_in,
)

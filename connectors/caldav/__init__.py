"""Who is the caldav connector? Staff calendars on any CalDAV server (RFC 4791), Radicale for trying out (DAV-8)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from syncd.ports.addresses import is_loopback
from syncd.ports.calendar import CalendarConnector
from syncd.ports.connector import WRITE, Manifest, Role, Tools


class Settings(BaseModel):
    """One account on one server. A calendar's `address` is its path there.

    `credential` names the password, or with `auth = "bearer"` the token. TLS is always verified (CAL-30); `ca_file`
    adds the authority of a server that has its own. Plain http is for loopback alone.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    username: str | None = None
    credential: str | None = None
    auth: Literal["basic", "bearer"] = "basic"
    ca_file: Path | None = None
    timeout_seconds: float = Field(default=30, gt=0, le=300)
    page_items_max: int = Field(default=200, ge=1, le=1000)

    @field_validator("url")
    @classmethod
    def _safe(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("the address of the server, beginning with https://")
        if parts.username or parts.password:
            raise ValueError("no password in the address: name a credential")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ValueError("https:// is needed, since a password would cross the network readable")
        if parts.query or parts.fragment:
            raise ValueError("an address without ? and #")
        return url

    @model_validator(mode="after")
    def _signs_in(self) -> Self:
        if self.auth == "bearer" and self.credential is None:
            raise ValueError("auth = bearer needs `credential`, the name of the token")
        if self.auth == "basic" and (self.username is None) != (self.credential is None):
            raise ValueError("`username` and `credential` belong together")
        return self


def build(name: str, settings: Settings, tools: Tools) -> CalendarConnector:
    from connectors.caldav.calendar import Account

    return Account(name, settings, tools)


manifest = Manifest(
    kind="caldav",
    role=Role.CALENDAR,
    settings=Settings,
    build=build,
    summary="Staff calendars on a CalDAV server",
    capabilities=frozenset({WRITE}),
)

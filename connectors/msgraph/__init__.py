"""Who is the msgraph connector? Staff calendars in Exchange Online, through Microsoft Graph v1.0 (GRA).

EWS is closed there; mailboxes on premises are the connector `exchange`'s.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from syncd.ports.calendar import CalendarConnector
from syncd.ports.connector import PUSH, WRITE, Granted, Manifest, Operator, Role, Tools


class Settings(BaseModel):
    """One application registered with Microsoft Entra. A calendar's `address` is `mailbox` for its default calendar,
    or `mailbox/calendar-id`.

    `credential` names, by `sign_in`: the client secret; a PEM file with the private key and its certificate; or the
    tokens that `syncd connect` stored for one person. `authority` and `base_url` differ in the national clouds.
    `ca_file` is trusted instead of the system's authorities; TLS is always verified (CAL-30). `push` has Graph tell of
    changes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tenant: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,199}$")
    client_id: str = Field(pattern=r"^[A-Za-z0-9-]{1,100}$")
    credential: str
    sign_in: Literal["secret", "certificate", "delegated"] = "secret"
    authority: str = "https://login.microsoftonline.com"
    base_url: str = "https://graph.microsoft.com/v1.0"
    ca_file: Path | None = None
    timeout_seconds: float = Field(default=30, gt=0, le=300)
    page_items_max: int = Field(default=200, ge=1, le=1000)
    push: bool = False
    tentative_is_busy: bool = True

    @field_validator("authority", "base_url")
    @classmethod
    def _safe(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            raise ValueError("an address that begins with https://, since tokens go there")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("an address without a password, ? and #")
        return url.rstrip("/")

    @field_validator("authority")
    @classmethod
    def _without_tenant(cls, url: str) -> str:
        if urlsplit(url).path:
            raise ValueError("the host alone: the tenant has a setting of its own")
        return url


def build(name: str, settings: Settings, tools: Tools) -> CalendarConnector:
    from connectors.msgraph.calendar import Account

    return Account(name, settings, tools)


def sign_in(settings: Settings, tools: Tools, operator: Operator) -> Granted:
    from connectors.msgraph import signin

    return Granted(settings.credential, signin.sign_in(settings, tools.folder, tools.clock, operator.types))


manifest = Manifest(
    kind="msgraph",
    role=Role.CALENDAR,
    settings=Settings,
    build=build,
    summary="Staff calendars in Exchange Online (Microsoft Graph)",
    capabilities=frozenset({WRITE, "busy-live", "tombstones", "invites", PUSH}),
    sign_in=sign_in,
)

"""Who is the exchange connector? Staff calendars on an Exchange server of one's own: 2016, 2019 or SE, over EWS.

Exchange Online is another connector's: EWS is closed there (spec/calendars.md EWS-1).
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from syncd.ports.calendar import CalendarConnector
from syncd.ports.connector import Granted, Manifest, Operator, Role, Tools

ONLINE_HINT = 'Exchange Online is not read over EWS: use a source with kind = "msgraph" for this mailbox.'

_ONLINE = ("office365.com", "office365.us", "outlook.com", "outlook.office.com", "office.com", "outlook.cn")


def is_online(host: str) -> bool:
    """Is it a host of Exchange Online, whichever of its clouds?"""
    host = host.rstrip(".").casefold()
    return any(host == name or host.endswith(f".{name}") for name in _ONLINE)


class OAuth(BaseModel):
    """Tokens from AD FS or another issuer that the server trusts.

    `credential` names the client's secret. `grant = "delegated"` acts as the person who signed in with
    `syncd connect` (at `authorize_url`, from where the browser is sent to `redirect_url`, as registered with the
    issuer); `token_credential` names what that stored.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    token_url: str
    client_id: str
    credential: str | None = None
    scope: str
    grant: Literal["client", "delegated"] = "client"
    token_credential: str | None = None
    authorize_url: str | None = None
    redirect_url: str = "https://localhost/"

    @field_validator("token_url", "authorize_url", "redirect_url")
    @classmethod
    def _encrypted(cls, url: str | None) -> str | None:
        return None if url is None else _https(url)

    @model_validator(mode="after")
    def _signs_in(self) -> Self:
        if self.grant == "client" and self.credential is None:
            raise ValueError("grant = client needs `credential`, the name of the client's secret")
        if self.grant == "delegated" and self.token_credential is None:
            raise ValueError("grant = delegated needs `token_credential`: run `syncd connect` for this source")
        return self


class Settings(BaseModel):
    """One service account on one server. A calendar's `address` is its mailbox (`ada@desk.example`), or a calendar
    beside the main one of that mailbox (`ada@desk.example/Support`).

    Nothing is guessed (EWS-2): endpoint, way of signing in, version and access are said here. `username` is
    `DOMAIN\\name`, a principal name or an address; `credential` names its password. `ca_file` adds the authority of a
    server that has its own; TLS is always verified (CAL-30).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoint: str
    auth: Literal["basic", "ntlm", "oauth"] = "ntlm"
    username: str | None = None
    credential: str | None = None
    oauth: OAuth | None = None
    access: Literal["impersonation", "delegate"] = "impersonation"
    version: Literal["2016", "2019", "SE"] = "2019"
    ca_file: Path | None = None
    timeout_seconds: float = Field(default=60, gt=0, le=300)
    sync_items_max: int = Field(default=512, ge=1, le=512)
    view_items_max: int = Field(default=1000, ge=2, le=1000)

    @field_validator("endpoint")
    @classmethod
    def _own_server(cls, url: str) -> str:
        host = urlsplit(_https(url)).hostname or ""
        if is_online(host):
            raise ValueError(ONLINE_HINT)
        if not urlsplit(url).path.casefold().endswith(".asmx"):
            raise ValueError("the whole address of the service, as https://mail.example.com/EWS/Exchange.asmx")
        return url

    @model_validator(mode="after")
    def _signs_in(self) -> Self:
        if self.auth == "oauth":
            if self.oauth is None:
                raise ValueError("auth = oauth needs the table `oauth`")
            if self.oauth.grant == "delegated" and self.access != "delegate":
                raise ValueError('a delegated sign-in impersonates nobody: access = "delegate"')
        elif self.username is None or self.credential is None:
            raise ValueError(f"auth = {self.auth} needs `username` and `credential`, the name of its password")
        return self


def _https(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("an address that begins with https://")
    if parts.username or parts.password:
        raise ValueError("no password in the address: name a credential")
    if parts.query or parts.fragment:
        raise ValueError("an address without ? and #")
    return url


def build(name: str, settings: Settings, tools: Tools) -> CalendarConnector:
    from connectors.exchange.calendar import ServiceAccount

    return ServiceAccount(name, settings, tools)


def sign_in(settings: Settings, tools: Tools, operator: Operator) -> Granted:
    from connectors.exchange import signin

    text = signin.sign_in(settings, tools, operator.opens)
    return Granted(settings.oauth.token_credential or "" if settings.oauth else "", text)


manifest = Manifest(
    kind="exchange",
    role=Role.CALENDAR,
    settings=Settings,
    build=build,
    summary="Staff calendars on an Exchange server (2016, 2019, SE)",
    capabilities=frozenset({"write", "busy-live", "tombstones", "invites"}),
    sign_in=sign_in,
)

"""Who is the google_calendar connector? Staff calendars in Google Calendar (API v3), Workspace or not."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from syncd.ports.addresses import is_loopback
from syncd.ports.calendar import CalendarConnector
from syncd.ports.connector import PUSH, WRITE, Granted, Manifest, Operator, Role, Tools
from syncd.ports.errors import Misconfigured

ENDPOINT = "https://www.googleapis.com/calendar/v3/"
TOKEN_HOSTS = ("oauth2.googleapis.com", "accounts.google.com", "www.googleapis.com")


class Settings(BaseModel):
    """One project at Google. A calendar's `address` is its id there: for a person's own calendar their address.

    `credential` names a JSON key: of a service account with domain-wide delegation, which then acts as each staff
    member, or of one account as `syncd connect` stores it; `client_credential` names the OAuth client that
    `syncd connect` signs in with. `search_all_calendars` looks for a missing event in every calendar that the person
    sees, not only in those configured (one more permission, see `scopes`). `push` has Google tell of changes (GOO-11).
    TLS is always verified (CAL-30); `ca_file` adds an authority, and `endpoint` and `token_hosts` are the only hosts
    that are spoken to.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    credential: str
    client_credential: str | None = None
    search_all_calendars: bool = False
    push: bool = False
    endpoint: str = ENDPOINT
    token_hosts: tuple[str, ...] = TOKEN_HOSTS
    ca_file: Path | None = None
    timeout_seconds: float = Field(default=30, gt=0, le=300)
    page_items_max: int = Field(default=250, ge=1, le=2500)

    @field_validator("endpoint")
    @classmethod
    def _safe(cls, endpoint: str) -> str:
        if not is_safe(endpoint):
            raise ValueError("https:// is needed, since an access token would cross the network readable")
        if not endpoint.endswith("/calendar/v3/"):
            raise ValueError("the address ends in /calendar/v3/ (GOO-3)")
        return endpoint

    @property
    def scopes(self) -> tuple[str, ...]:
        """What is asked for, and no more (GOO-6)."""
        known = ("calendar.events", "calendar.freebusy", "calendar.calendarlist.readonly")
        return tuple(
            f"https://www.googleapis.com/auth/{name}" for name in known[: 3 if self.search_all_calendars else 2]
        )


def is_safe(address: str) -> bool:
    """https, or loopback, where a simulator may stand."""
    parts = urlsplit(address)
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))


def build(name: str, settings: Settings, tools: Tools) -> CalendarConnector:
    from connectors.google_calendar.calendar import Account

    return Account(name, settings, tools)


def sign_in(settings: Settings, tools: Tools, operator: Operator) -> Granted:
    from connectors.google_calendar.signin import SignIn

    if settings.client_credential is None:
        raise Misconfigured(
            "this source names no OAuth client to sign in with",
            hint="Make one of the type “desktop app” in the Cloud project; name its JSON `client_credential`.",
        )
    under_way = SignIn(tools.credential(settings.client_credential), settings)
    came_back = operator.opens(under_way.url)
    return Granted(settings.credential, under_way.finish(came_back, tools.clock.now()))


manifest = Manifest(
    kind="google_calendar",
    role=Role.CALENDAR,
    settings=Settings,
    build=build,
    summary="Staff calendars in Google Calendar",
    capabilities=frozenset({WRITE, "busy-live", "tombstones", PUSH}),
    sign_in=sign_in,
)

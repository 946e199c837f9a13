"""How do we ask Zoom, and what does its refusal mean? Server-to-Server OAuth, pages, statuses (CON-9).

Its tokens last an hour and are not refreshed but asked for anew. A role change takes scopes away without a word: every
4xx but 404 and 429 therefore means that the feed is dark until a person acts.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from connectors.zoom import Settings
from syncd.https import Answer, Bearer, Https, left_until
from syncd.ports.clock import Clock
from syncd.ports.errors import Misconfigured, Permanent, Retryable

PAGES_MAX = 50
INVALID = 300
"""Zoom's code for a field that it does not take."""
RIGHTS = (
    ("meeting:read:admin", "meeting:read:meeting:admin"),
    ("dashboard_meetings:read:admin", "dashboard:read:list_meeting_participants:admin"),
    ("report:read:admin", "report:read:list_meeting_participants:admin"),
)
"""The classic scope and the granular one, either of which will do."""
RIGHT_TO_REGISTER = ("meeting:write:admin", "meeting:write:registrant:admin")

_SCOPES = (
    "the app needs the scopes " + ", ".join(classic for classic, _ in RIGHTS) + "; a changed role drops them silently"
)


class NotThere(Exception):
    """404: Zoom knows no such meeting, or it does not run now."""


@dataclass(frozen=True, slots=True)
class Listing:
    """All rows of all pages; `read_at` is the time of the first page, since later ones prove nothing later."""

    rows: tuple[dict[str, Any], ...]
    read_at: datetime | None


class Client:
    """One app's way to Zoom; may be used by several threads."""

    def __init__(self, settings: Settings, credential: Callable[[str], str], clock: Clock) -> None:
        self._settings = settings
        self._credential = credential
        self._clock = clock
        self._https = Https(
            "`api` and `token_url`", settings.ca_file, settings.timeout_seconds, clock, accept="application/json"
        )
        self._bearer = Bearer(self._https, clock, self._granted)
        self.scopes: frozenset[str] = frozenset()

    def get(self, path: str, query: dict[str, str] | None = None) -> tuple[dict[str, Any], datetime | None]:
        """One object. Raises NotThere, Retryable, Misconfigured."""
        answer = self._asked("GET", path + (f"?{urlencode(query)}" if query else ""))
        return self._understood(answer), answer.read_at

    def post(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        """What repeating does not harm. Raises as `get`, and Permanent: Zoom does not take these values."""
        answer = self._asked("POST", path, json.dumps(body).encode())
        told = answer.parsed_object() or {}
        if answer.status == 400 and told.get("code") == INVALID:
            raise Permanent("Zoom refuses the attendee's name or address", hint="compare them with the booking")
        return self._understood(answer)

    def _asked(self, method: str, path: str, content: bytes | None = None) -> Answer:
        headers = {"Content-Type": "application/json"} if content is not None else {}
        return self._bearer.send(method, self._settings.api + path, headers, content=content)

    def listing(self, path: str, query: dict[str, str], name: str = "participants") -> Listing:
        """Every page, or an error: a lost page is no shorter list (ATT-3). Raises as `get`."""
        rows: list[dict[str, Any]] = []
        read_at: datetime | None = None
        page = ""
        for number in range(PAGES_MAX):
            asked = {**query, "page_size": str(self._settings.page_items_max)}
            body, at = self.get(path, {**asked, "next_page_token": page} if page else asked)
            found = body.get(name)
            if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
                raise Retryable(f"Zoom's answer has no list of {name}")
            read_at = at if number == 0 else read_at
            rows += found
            page = str(body.get("next_page_token") or "")
            if not page:
                total = str(body.get("total_records", ""))
                if total.isdigit() and int(total) > len(rows):
                    raise Retryable(f"Zoom listed {len(rows)} of {total} {name}")
                return Listing(tuple(rows), read_at)
        raise Retryable(f"Zoom's list has more than {PAGES_MAX} pages")

    def token(self) -> str:
        """Raises Misconfigured: the app is not let in; Retryable."""
        return self._bearer.token()

    def _granted(self) -> dict[str, Any]:
        settings = self._settings
        secret = self._credential(settings.credential)
        basic = b64encode(f"{settings.client_id}:{secret}".encode()).decode()
        query = urlencode({"grant_type": "account_credentials", "account_id": settings.account_id})
        answer = self._https.send("POST", f"{settings.token_url}?{query}", {"Authorization": f"Basic {basic}"})
        if answer.status == 429 or answer.status >= 500:
            raise Retryable(f"Zoom's sign-in answers {answer.status}", retry_after=_wait(answer, self._clock.now()))
        body = answer.parsed_object() or {}
        token = body.get("access_token")
        if answer.status != 200 or not isinstance(token, str) or not token:
            raise Misconfigured(
                f"Zoom does not let the app in ({answer.status})",
                hint="compare account_id, client_id and the client secret with the app's page; is the app activated?",
            )
        self.scopes = frozenset(str(body.get("scope", "")).split())
        return body

    def _understood(self, answer: Answer) -> dict[str, Any]:
        if answer.status == 429 or answer.status >= 500:
            raise Retryable(f"Zoom answers {answer.status}", retry_after=_wait(answer, self._clock.now()))
        body = answer.parsed_object()
        if answer.status == 404:
            raise NotThere
        if answer.status >= 400:
            code = (body or {}).get("code")
            number = f", code {code}" if isinstance(code, int) else ""
            raise Misconfigured(f"Zoom refuses to answer ({answer.status}{number})", hint=_SCOPES)
        if body is None:
            raise Retryable("Zoom's answer is cut off")
        return body


def _wait(answer: Answer, now: datetime) -> timedelta | None:
    """Retry-After; for its daily limit Zoom gives an instant."""
    try:
        return left_until(datetime.fromisoformat(answer.headers.get("retry-after", "")), now)
    except (ValueError, TypeError):
        return answer.wait(now)


def in_path(uuid: str) -> str:
    """A meeting's uuid as Zoom wants it in a path: encoded twice where it begins with / or holds //."""
    once = quote(uuid, safe="")
    return quote(once, safe="") if uuid.startswith("/") or "//" in uuid else once

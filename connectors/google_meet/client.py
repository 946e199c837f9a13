"""How do we ask Meet, and what does its refusal mean? Objects and whole lists (CON-9)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from connectors.google_meet import Settings
from connectors.google_meet.signin import SignIn, wire
from syncd.https import Answer, Bearer
from syncd.ports.connector import Tools
from syncd.ports.errors import Misconfigured, Retryable

PAGES_MAX = 50


class NotThere(Exception):
    """404: no such space, or none that this account may see."""


class Client:
    """One account's way to Meet; may be used by several threads."""

    def __init__(self, settings: Settings, tools: Tools) -> None:
        self._settings = settings
        https = wire(settings, tools)
        self._bearer = Bearer(https, tools.clock, SignIn(settings, tools, https))

    def get(self, name: str, query: dict[str, str] | None = None) -> tuple[dict[str, Any], datetime | None]:
        """Raises NotThere, Retryable, Misconfigured."""
        url = f"{self._settings.api}/{name}" + (f"?{urlencode(query)}" if query else "")
        answer = self._bearer.send("GET", url)
        return _understood(answer), answer.read_at

    def all(self, name: str, field: str, query: dict[str, str] | None = None) -> list[dict[str, Any]]:
        """Every page of a list; an empty one has no field at all. A lost page is an error (ATT-3). Raises as `get`."""
        found: list[dict[str, Any]] = []
        page = ""
        for _ in range(PAGES_MAX):
            asked = {**(query or {}), "pageSize": str(self._settings.page_items_max)}
            body, _at = self.get(name, {**asked, "pageToken": page} if page else asked)
            rows = body.get(field, [])
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise Retryable(f"Meet's answer has no list of {field}")
            found += rows
            page = str(body.get("nextPageToken") or "")
            if not page:
                return found
        raise Retryable(f"Meet's list of {field} has more than {PAGES_MAX} pages")


def _understood(answer: Answer) -> dict[str, Any]:
    if answer.status == 429 or answer.status >= 500:
        raise Retryable(f"Meet answers {answer.status}", retry_after=answer.wait())
    if answer.status == 404:
        raise NotThere
    if answer.status >= 400:
        raise Misconfigured(
            f"Meet refuses to answer ({answer.status})",
            hint="is the Google Meet API on in the project, the space this account's, meetings.space.readonly granted?",
        )
    body = answer.parsed()
    if not isinstance(body, dict):
        raise Retryable("Meet's answer is cut off")
    return body

"""How do we ask GoTo, and what does its refusal mean? (CON-9)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.goto import Settings
from connectors.goto.signin import SignIn, wire
from syncd.https import Answer, Bearer
from syncd.ports.connector import Tools
from syncd.ports.errors import Misconfigured, Retryable


class NotThere(Exception):
    """404: no such meeting, or none of it in history."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A whole list, and GoTo's time of it."""

    rows: tuple[dict[str, Any], ...]
    read_at: datetime | None


class Client:
    """One account's way to GoTo; may be used by several threads."""

    def __init__(self, settings: Settings, tools: Tools) -> None:
        self._settings = settings
        https = wire(settings, tools)
        self._bearer = Bearer(https, tools.clock, SignIn(settings, tools, https))

    def meeting(self, meeting_id: str) -> tuple[dict[str, Any], datetime | None]:
        """It comes as a list of one. Raises NotThere, Retryable, Misconfigured."""
        found = self._rows(f"/meetings/{meeting_id}")
        if len(found.rows) != 1 or str(found.rows[0].get("meetingId")) != meeting_id:  # a number, or a text
            raise Retryable("GoTo's answer is about another meeting")
        return found.rows[0], found.read_at

    def attendees(self, meeting_id: str) -> Rows:
        """Everybody of all its ended meetings; of a running one nobody. Raises as `meeting`."""
        return self._rows(f"/meetings/{meeting_id}/attendees")

    def _rows(self, path: str) -> Rows:
        answer = self._bearer.send("GET", self._settings.api + path, refusals=(401, 403))
        return Rows(_understood(answer), answer.read_at)


def _understood(answer: Answer) -> tuple[dict[str, Any], ...]:
    if answer.status == 429 or answer.status >= 500:
        raise Retryable(f"GoTo answers {answer.status}", retry_after=answer.wait())
    if answer.status == 404:
        raise NotThere
    if answer.status >= 400:
        raise Misconfigured(
            f"GoTo refuses to answer ({answer.status})",
            hint="did the meetings' organizer sign in, with a GoTo Meeting licence? Else `syncd connect`",
        )
    body = answer.parsed()
    if not isinstance(body, list) or not all(isinstance(row, dict) for row in body):
        raise Retryable("GoTo's answer is cut off")
    return tuple(body)

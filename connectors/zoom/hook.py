"""Is it Zoom that calls? Webhooks: signature, the challenge that proves our address, and what participants did (CON-9).

Zoom tries again after 5, 20 and 60 minutes, so a call can be 85 minutes late; whether it is signed anew then is not
documented, so the stamp may be that old. A replayed call gives keys that are known. No call proves an absence (ATT-3).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.zoom.translate import Where, of_event, registrant_of
from syncd.ports.errors import Misconfigured
from syncd.ports.hook import Answer, Call
from syncd.ports.source import Batch

LATE_MAX = timedelta(minutes=95)
EARLY_MAX = timedelta(minutes=5)
BODY_BYTES_MAX = 262_144
_PLAIN = re.compile(r"[A-Za-z0-9_+/=-]{1,200}")
"""A challenge with other characters could make us sign a forged call: what is signed there begins with `v0:`."""


class ZoomHook:
    """ports.hook.Hook of one app."""

    def __init__(
        self,
        name: str,
        rooms: Mapping[str, str],
        secret: Callable[[], str],
        registrants: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """`registrants`: by room, then by Zoom's id, their addresses as far as a poll has read them."""
        self.id = name
        self._rooms = {meeting: room for room, meeting in rooms.items()}
        self._secret = secret
        self._registrants = registrants or {}

    def receive(self, call: Call) -> Answer:
        if call.method != "POST":
            return Answer(405)
        if len(call.raw) > BODY_BYTES_MAX:
            return Answer(413)
        try:
            secret = self._secret()
        except Misconfigured:
            return Answer(503)
        signed = signed_by(secret, call)
        body = _parsed(call.raw)
        if body.get("event") == "endpoint.url_validation" and (signed or "x-zm-signature" not in call.headers):
            return _challenge(secret, body)
        if not signed:
            return Answer(401)
        return self._taken(body, call)

    def _taken(self, body: Mapping[str, Any], call: Call) -> Answer:
        """200 to all that is Zoom's: what is not understood would come three more times."""
        meeting = _dict(_dict(body.get("payload")).get("object"))
        room_id = self._rooms.get(str(meeting.get("id", "")))
        event = str(body.get("event", "")).removeprefix("meeting.")
        if room_id is None or event == body.get("event"):
            return Answer(200)
        where = Where(
            self.id,
            room_id,
            str(meeting.get("uuid", ""))[:200],
            _told_at(body, call.at),
            str(meeting.get("host_id", "")),
        )
        person, known = _dict(meeting.get("participant")), self._registrants.get(room_id)
        if known is not None:
            where = replace(where, registrants=known)
            if registrant_of(person) and registrant_of(person) not in known:
                return Answer(200, wakes=(self.id,))  # the poll that this wakes knows who it is
        seen = of_event(where, event, person) if person else None
        return Answer(200, batch=Batch((seen,)) if seen is not None else None, wakes=(self.id,))


def signed_by(secret: str, call: Call) -> bool:
    """`v0=` and the hex HMAC-SHA256 over `v0:{stamp}:{body}`, in constant time."""
    stamp = call.headers.get("x-zm-request-timestamp", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return False
    age = call.at - datetime.fromtimestamp(int(stamp), UTC)
    if not -EARLY_MAX <= age <= LATE_MAX:
        return False
    wanted = "v0=" + _hmac(secret, f"v0:{stamp}:".encode() + call.raw)
    return hmac.compare_digest(wanted.encode(), call.headers.get("x-zm-signature", "").encode())


def _challenge(secret: str, body: Mapping[str, Any]) -> Answer:
    plain = _dict(body.get("payload")).get("plainToken")
    if not isinstance(plain, str) or not _PLAIN.fullmatch(plain):
        return Answer(401)
    told = {"plainToken": plain, "encryptedToken": _hmac(secret, plain.encode())}
    return Answer(200, json.dumps(told).encode(), "application/json")


def _told_at(body: Mapping[str, Any], otherwise: datetime) -> datetime:
    told = body.get("event_ts")
    if isinstance(told, int) and not isinstance(told, bool) and 0 < told < 10**14:
        return min(datetime.fromtimestamp(told / 1000, UTC), otherwise)
    return otherwise


def _hmac(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        return _dict(json.loads(raw))
    except (ValueError, RecursionError):
        return {}


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}

"""What does a webhook of Stripe say? That something happened to a payment, and nothing that is believed (PAY-3, PAY-4).

Stripe documentation, "Webhooks", "Verify manually": `Stripe-Signature: t=…,v1=…`, HMAC-SHA256 over `t.rawbody`.
"""

from __future__ import annotations

import hmac
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from syncd.domain.evidence import Evidence
from syncd.domain.keys import CaseKey, derived_key, split_key
from syncd.domain.paying import PaymentNudged
from syncd.ports.hook import Answer, Call
from syncd.ports.source import Batch

TOLERANCE = timedelta(seconds=300)
ID_MAX = 200
SIGNATURES_MAX = 10
FORGED = Answer(401)
NOTHING = Answer(200)


class StripeHook:
    """ports.hook.Hook. An event's id is the evidence's key, so a repeated event is no news (PAY-4)."""

    def __init__(self, name: str, secret: str) -> None:
        self.id = name
        self._secret = secret.strip().encode()

    def receive(self, call: Call) -> Answer:
        if call.method != "POST" or not self._signed(call):
            return FORGED
        event = _event(call.raw)
        if event is None:
            return NOTHING
        event_id, kind, session = event
        subject = _subject(session.get("metadata"))
        outside_id = session.get("id")
        if not kind.startswith("checkout.session.") or subject is None or not _is_id(outside_id):
            return NOTHING
        payload = PaymentNudged(str(outside_id), event_id, kind)
        evidence = Evidence(derived_key(self.id, "event", event_id), self.id, call.at, payload, subject)
        return Answer(200, batch=Batch(evidence=(evidence,)))

    def _signed(self, call: Call) -> bool:
        """In time, and by the secret over the raw bytes; any of several v1 signatures (a secret being rolled)."""
        fields = [part.partition("=") for part in call.headers.get("stripe-signature", "")[:2_000].split(",")]
        times = [value for name, _, value in fields if name.strip() == "t"]
        given = [value for name, _, value in fields if name.strip() == "v1"][:SIGNATURES_MAX]
        if len(times) != 1 or not times[0].isascii() or not times[0].isdigit() or len(times[0]) > 12:
            return False
        try:
            signed_at = datetime.fromtimestamp(int(times[0]), UTC)
        except (ValueError, OverflowError, OSError):
            return False
        wanted = hmac.new(self._secret, times[0].encode() + b"." + call.raw, sha256).hexdigest()
        matches = [hmac.compare_digest(wanted.encode(), one.encode("utf-8", "replace")) for one in given]
        return any(matches) and abs(call.at - signed_at) <= TOLERANCE


def _event(raw: bytes) -> tuple[str, str, dict[str, Any]] | None:
    """(event id, type, the object it is about); None for what is no event of ours to read."""
    try:
        event = json.loads(raw)
        event_id, kind, about = event["id"], event["type"], event["data"]["object"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not _is_id(event_id) or not isinstance(kind, str) or len(kind) > ID_MAX or not isinstance(about, dict):
        return None
    return event_id, kind, about


def _subject(metadata: object) -> CaseKey | None:
    subject = metadata.get("subject") if isinstance(metadata, dict) else None
    if not _is_id(subject):
        return None
    try:
        split_key(CaseKey(str(subject)))
    except ValueError:
        return None
    return CaseKey(str(subject))


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= ID_MAX and value.isascii() and value.isprintable()

"""What does the processor know? Checkout Sessions by id, idempotency keys, events (Stripe API reference)."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

KEY, SECRET = "rk_test_desk", "whsec_test_desk"
EXPIRES_MIN, EXPIRES_MAX = 30 * 60, 24 * 3600


class Refusal(Exception):
    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status, self.kind = status, kind


@dataclass
class Processor:
    """`faults`: what happens to the next requests, one each: "drop-after" (done, and the answer lost), "500", "429",
    "401". `now` is the processor's clock."""

    now: Callable[[], datetime]
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    events: int = 0

    def create(self, params: dict[str, Any], key: str) -> dict[str, Any]:
        digest = json.dumps(params, sort_keys=True)
        if key and key in self.keys:
            former, session_id = self.keys[key]
            if former != digest:
                raise Refusal(400, "idempotency_error", "Keys for idempotent requests can only be used once.")
            return self.sessions[session_id]
        lives = int(params["expires_at"]) - self._seconds()
        if not EXPIRES_MIN <= lives <= EXPIRES_MAX:
            raise Refusal(400, "invalid_request_error", "expires_at must be between 30 minutes and 24 hours from now")
        item = params["line_items"]["0"]
        total = int(item["price_data"]["unit_amount"]) * int(item["quantity"])
        if total < 50:
            raise Refusal(400, "invalid_request_error", "The amount is below the minimum")
        session_id = f"cs_test_{len(self.sessions) + 1:06d}"
        self.sessions[session_id] = self._session(session_id, params, total, item["price_data"]["currency"])
        if key:
            self.keys[key] = (digest, session_id)
        return self.sessions[session_id]

    def get(self, session_id: str) -> dict[str, Any]:
        self._age()
        if session_id not in self.sessions:
            raise Refusal(404, "invalid_request_error", "No such checkout.session")
        return self.sessions[session_id]

    def expire(self, session_id: str) -> dict[str, Any]:
        session = self.get(session_id)
        if session["status"] != "open":
            raise Refusal(400, "invalid_request_error", "Only Checkout Sessions with a status of open can be expired")
        session.update(status="expired", url=None)
        return session

    def listed(self, limit: int, after: str) -> dict[str, Any]:
        self._age()
        rows = list(reversed(self.sessions.values()))
        if after:
            rows = rows[[s["id"] for s in rows].index(after) + 1 :]
        page = rows[:limit]
        return {"object": "list", "url": "/v1/checkout/sessions", "has_more": len(rows) > limit, "data": page}

    def pay(self, session_id: str, cents: int | None = None) -> None:
        """The customer pays on the processor's page."""
        session = self.get(session_id)
        assert session["status"] == "open", "nobody can pay what is not open"
        session.update(status="complete", payment_status="paid", url=None)
        if cents is not None:
            session["amount_total"] = cents

    def event(self, session_id: str, kind: str = "checkout.session.completed") -> bytes:
        self.events += 1
        about = {**self.sessions[session_id]}
        event = {"id": f"evt_{self.events}", "object": "event", "type": kind, "data": {"object": about}}
        return json.dumps(event).encode()

    def signature(self, raw: bytes, secret: str = SECRET, age: int = 0) -> str:
        at = self._seconds() - age
        digest = hmac.new(secret.encode(), f"{at}.".encode() + raw, sha256).hexdigest()
        return f"t={at},v1={digest},v0=old"

    def _session(self, session_id: str, params: dict[str, Any], total: int, currency: str) -> dict[str, Any]:
        return {
            "id": session_id,
            "object": "checkout.session",
            "mode": params["mode"],
            "status": "open",
            "payment_status": "unpaid",
            "client_reference_id": params.get("client_reference_id"),
            "metadata": params.get("metadata", {}),
            "amount_total": total,
            "amount_subtotal": total,
            "currency": currency,
            "created": self._seconds(),
            "expires_at": int(params["expires_at"]),
            "success_url": params["success_url"],
            "cancel_url": params.get("cancel_url"),
            "url": f"https://checkout.example/{session_id}",
            "livemode": False,
            "automatic_tax": {"enabled": False, "status": None},
            "custom_fields": [],
            "custom_text": {"shipping_address": None, "submit": None},
            "payment_method_types": ["card"],
            "shipping_options": [],
        }

    def _age(self) -> None:
        for session in self.sessions.values():
            if session["status"] == "open" and session["expires_at"] <= self._seconds():
                session.update(status="expired", url=None)

    def _seconds(self) -> int:
        return int(self.now().timestamp())

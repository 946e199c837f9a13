"""Whom does the simulator tell of changes? Subscriptions, validated and delivered as Graph does it.

At subscribing the address is asked to echo a token; a change is then posted to it with the subscription's clientState.
Delivery is by a function that the test gives: over TLS on loopback to the test's own hook.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.simulators.graph.mailbox import Event, Mailbox

LASTS_MAX = timedelta(minutes=10_080)
TOKEN = "Validation: is it really yours? <b>+%2B"


@dataclass
class Subscriptions:
    """`post(url, query, body) -> (status, content type, text)`. `lost`: notifications are dropped on the way."""

    post: Callable[[str, dict[str, str], bytes], tuple[int, str, str]] | None = None
    lost: bool = False
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    made: int = 0

    def create(self, body: dict[str, Any], now: datetime) -> dict[str, Any] | None:
        """None where the address does not echo the token as plain text, or asks for longer than Graph gives."""
        if self.post is None or _instant(body["expirationDateTime"]) > now + LASTS_MAX:
            return None
        for name in ("notificationUrl", "lifecycleNotificationUrl"):
            status, kind, text = self.post(body[name], {"validationToken": TOKEN}, b"")
            if status != 200 or kind.split(";")[0] != "text/plain" or text != TOKEN:
                return None
        self.made += 1
        made = {"id": f"subscription-{self.made}", **body}
        self.held[made["id"]] = made
        return {**made, "clientState": None}

    def listed(self, now: datetime) -> list[dict[str, Any]]:
        return [
            {**each, "clientState": None} for each in self.held.values() if _instant(each["expirationDateTime"]) >= now
        ]

    def renew(self, name: str, until: str, now: datetime) -> dict[str, Any] | None:
        held = self.held.get(name)
        if held is None or _instant(held["expirationDateTime"]) < now:
            return None
        held["expirationDateTime"] = until
        return {**held, "clientState": None}

    def drop(self, name: str) -> bool:
        return self.held.pop(name, None) is not None

    def changed(self, mailbox: Mailbox, event: Event, how: str) -> None:
        """Tell everyone who asked for this mailbox."""
        for held in self.held.values():
            if held["resource"].split("/")[2] == mailbox.address:
                self.deliver(held, {"changeType": how, "resourceData": {"id": event.id}})

    def tell(self, lifecycle: str) -> None:
        """A lifecycle notification to every subscription."""
        for held in self.held.values():
            self.deliver(held, {"lifecycleEvent": lifecycle})

    def deliver(self, held: dict[str, Any], more: dict[str, Any]) -> None:
        if self.post is None or self.lost:
            return
        notification = {
            "subscriptionId": held["id"],
            "subscriptionExpirationDateTime": held["expirationDateTime"],
            "clientState": held.get("clientState"),
            "tenantId": "0f5ad2f0-8c6b-4f3c-9c6a-3f5d1b7e2a10",
            "resource": held["resource"],
            **more,
        }
        self.post(held["notificationUrl"], {}, json.dumps({"value": [notification]}).encode())


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))

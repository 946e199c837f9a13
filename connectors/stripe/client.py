"""Who talks to Stripe? One Checkout Session a payment: opened, looked at, expired. Nothing else is ever called (PAY-7).

The library repeats nothing by itself: the key of an act is the act's, and the outbox repeats (PAY-2, REL-5).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import stripe

from connectors.stripe import Settings
from connectors.stripe.hook import StripeHook
from connectors.stripe.translate import asked, seen
from syncd.domain.effect import PaymentOpen
from syncd.domain.paying import PaymentSeen
from syncd.ports.clock import Clock
from syncd.ports.errors import Misconfigured, OutcomeUnknown, Permanent, Retryable
from syncd.ports.hook import Hook
from syncd.ports.payments import Opened

T = TypeVar("T")
LISTED_MAX = 1_000
"""Checkout Sessions looked through for a reference whose id we never learnt."""

ASKED_WITHIN = timedelta(days=2)
_KEYS = "Use a restricted key with “Checkout Sessions: write”, in the mode (live or test) that is meant."


class StripePayments:
    """ports.payments.Payments."""

    online = True

    def __init__(self, name: str, settings: Settings, key: str, webhook_secret: str | None, clock: Clock) -> None:
        self.id = name
        self.lane = ""
        self._clock = clock
        self._hook = StripeHook(name, webhook_secret) if webhook_secret else None
        self._client = stripe.StripeClient(
            key.strip(),
            base_addresses={"api": settings.api},
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=settings.timeout_seconds),
        )

    def hooks(self) -> tuple[Hook, ...]:
        return (self._hook,) if self._hook is not None else ()

    def open(self, wanted: PaymentOpen, key: str, done_url: str, back_url: str) -> Opened:
        params: Any = asked(wanted, done_url, back_url)
        made = self._call(
            lambda: self._client.v1.checkout.sessions.create(params, {"idempotency_key": key}), writes=True
        )
        if not made.url:
            raise Permanent("Stripe made a Checkout Session without an address", hint="Look at it in the dashboard.")
        return Opened(made.id, made.url)

    def look(self, reference: str, outside_id: str) -> PaymentSeen:
        if not outside_id:
            return self._find(reference)
        return seen(self._call(lambda: self._client.v1.checkout.sessions.retrieve(outside_id)), reference)

    def expire(self, reference: str, outside_id: str) -> PaymentSeen:
        """Stripe refuses to expire what is complete or expired: then it is looked at."""
        if not outside_id:
            found = self._find(reference)
            if found.status != "open":
                return found
            outside_id = found.outside_id
        try:
            return seen(self._call(lambda: self._client.v1.checkout.sessions.expire(outside_id)), reference)
        except Permanent:
            return self.look(reference, outside_id)

    def probe(self) -> tuple[str, ...]:
        self._call(lambda: self._client.v1.checkout.sessions.list({"limit": 1}))
        hook = "webhook signed" if self._hook is not None else "no webhook: payments are polled"
        return ("Checkout Sessions can be read", hook)

    def _find(self, reference: str) -> PaymentSeen:
        """By our reference, among the latest: Stripe lists the newest first, and searches by nothing of ours."""
        since = int((self._clock.now() - ASKED_WITHIN).timestamp())
        page = self._call(lambda: self._client.v1.checkout.sessions.list({"limit": 100}))
        for looked, session in enumerate(page.auto_paging_iter(), 1):
            if session.client_reference_id == reference:
                return seen(session, reference)
            if session.created < since:
                break
            if looked >= LISTED_MAX:
                raise Retryable(f"{reference} is not among the latest {LISTED_MAX} Checkout Sessions")
        return PaymentSeen(reference, "", "unknown")

    def _call(self, call: Callable[[], T], *, writes: bool = False) -> T:
        """By what to do next; the words of Stripe are kept, they name no card and no secret."""
        try:
            return call()
        except stripe.RateLimitError as error:
            raise Retryable(_said(error)) from None
        except (stripe.AuthenticationError, stripe.PermissionError) as error:
            raise Misconfigured(_said(error), hint=_KEYS) from None
        except stripe.IdempotencyError as error:
            raise Permanent(_said(error), hint="Two payments under one key: discard this one.") from None
        except stripe.APIConnectionError as error:
            if writes:
                raise OutcomeUnknown(_said(error)) from None
            raise Retryable(_said(error)) from None
        except stripe.InvalidRequestError as error:
            raise Permanent(_said(error), hint="Is the currency enabled, and the amount above the minimum?") from None
        except stripe.StripeError as error:
            if (error.http_status or 500) >= 500:
                if writes:
                    raise OutcomeUnknown(_said(error)) from None
                raise Retryable(_said(error)) from None
            raise Permanent(_said(error), hint="See the processor's dashboard.") from None


def _said(error: stripe.StripeError) -> str:
    return f"Stripe: {error.user_message or type(error).__name__}"[:300]

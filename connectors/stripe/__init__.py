"""Payments by Stripe Checkout (PAY-1 to PAY-7). Who I am: manifest, settings.

Stripe API reference, "Checkout Sessions"; give syncd a restricted key that may write Checkout Sessions and nothing
else: it never pays money back, and need not be able to.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from syncd.ports.connector import ONLINE, Manifest, Role, Tools


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    credential: str = Field(description="the restricted API key (rk_live_…): Checkout Sessions, write")
    webhook_credential: str | None = Field(
        None, description="the signing secret (whsec_…) of the webhook at /hooks/<name>; without it payments are polled"
    )
    api: Annotated[str, Field(pattern=r"^https?://[^/]+$")] = Field(
        "https://api.stripe.com", description="the processor's address; another one only for trying out"
    )
    timeout_seconds: Annotated[float, Field(gt=0, le=120)] = Field(20, description="how long one call may take")


def _build(name: str, settings: Any, tools: Tools) -> Any:
    from connectors.stripe.client import StripePayments

    secret = tools.credential(settings.webhook_credential) if settings.webhook_credential else None
    return StripePayments(name, settings, tools.credential(settings.credential), secret, tools.clock)


manifest = Manifest(
    kind="stripe",
    role=Role.PAYMENTS,
    settings=Settings,
    build=_build,
    summary="payments by Stripe Checkout",
    capabilities=frozenset({ONLINE}),
)

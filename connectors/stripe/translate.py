"""What do we ask of Stripe, and what did it say? Payments to Checkout Sessions and back; pure (PAY-1, PAY-4)."""

from __future__ import annotations

from typing import Any, Literal

from syncd.domain.effect import PaymentOpen
from syncd.domain.money import Amount
from syncd.domain.paying import PaymentSeen

WHOLE = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"]
)
"""Currencies that Stripe counts in whole units ("zero-decimal currencies"); ours are hundredths of every currency."""

LOCALES = frozenset({"de", "en", "es", "fr"})


def asked(wanted: PaymentOpen, done_url: str, back_url: str) -> dict[str, Any]:
    """The parameters of the Checkout Session. The success page is no proof, so it needs no id in its address."""
    amount = wanted.amount
    unit = amount.cents // 100 if amount.currency in WHOLE else amount.cents
    language = wanted.locale.partition("-")[0]
    return {
        "mode": "payment",
        "client_reference_id": wanted.reference,
        "metadata": {"reference": wanted.reference, "subject": wanted.subject},
        "customer_email": wanted.email,
        "expires_at": int(wanted.expires_at.timestamp()),
        "success_url": done_url,
        "cancel_url": back_url,
        "locale": language if language in LOCALES else "auto",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": amount.currency.lower(),
                    "unit_amount": unit,
                    "product_data": {"name": wanted.description},
                },
            }
        ],
    }


def seen(session: Any, reference: str) -> PaymentSeen:
    """Only `payment_status` paid pays; a session that is complete and not paid yet is still open (PAY-4)."""
    status: Literal["open", "paid", "expired", "unknown"] = "open"
    if session.payment_status == "paid":
        status = "paid"
    elif session.status == "expired":
        status = "expired"
    amount = None
    if session.amount_total is not None and session.currency:
        currency = session.currency.upper()
        amount = Amount(session.amount_total * (100 if currency in WHOLE else 1), currency)
    known = session.client_reference_id
    return PaymentSeen(known if isinstance(known, str) and known else reference, session.id, status, amount)

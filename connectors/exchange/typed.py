"""How does the library want values? Plain ones in its own types."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from exchangelib import Body, EWSDateTime, HTMLBody

from connectors.exchange.drafting import Words


def instant(instant: datetime) -> Any:
    return EWSDateTime.from_datetime(instant.astimezone(UTC))


def fields(plain: dict[str, Any]) -> dict[str, Any]:
    """The same in the library's types."""
    return {name: _value(value) for name, value in plain.items()}


def _value(value: Any) -> Any:
    if isinstance(value, Words):
        return HTMLBody(value.text) if value.kind == "HTML" else Body(value.text)
    return instant(value) if isinstance(value, datetime) else value

"""How is an amount written? With its currency's code, and the decimal mark of the reader's language."""

from __future__ import annotations

from syncd.domain.money import Amount

COMMA = frozenset({"de", "es", "fr"})


def shown(amount: Amount, language: str) -> str:
    """`99.00 USD`, `99,00 USD`. `language`: a tag such as en-US."""
    mark = "," if language.partition("-")[0] in COMMA else "."
    return f"{amount.cents // 100}{mark}{amount.cents % 100:02d}\u00a0{amount.currency}"

"""What is a text answered that fits no one session? Name the code; and not more often than a person asks (SMS-8).

Nothing changes until staff, or the reply, name a session. Texts of one number on one day are one request, so that what
was answered is counted; `ANSWERS_MAX` keeps two machines from answering each other, and strangers from costing money.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from syncd.domain.case import RequestCase
from syncd.domain.correspondence import TextReceived
from syncd.domain.effect import CustomerText, Effect, EffectKind, effect_key
from syncd.domain.evidence import Evidence
from syncd.domain.letters import TextLetter
from syncd.policy.numbers import sender_number
from syncd.policy.texting import texted_country

ANSWERS_MAX = 3
"""Answers to one number a day."""


def answer_unplaced(
    case: RequestCase, evidence: Evidence, text: TextReceived, now: datetime, made: Sequence[Effect] = ()
) -> Effect | None:
    """The answer as an effect of the request, or None where none is due: the carrier answers, the number takes none, or
    it had enough. `made`: the effects of this decision so far."""
    number = sender_number(text.sender)
    texts = [e for e in case.effects if e.kind is EffectKind.TEXT_CUSTOMER]
    given = len(texts) + sum(1 for e in made if e.kind is EffectKind.TEXT_CUSTOMER)
    if number is None or text.carrier in ("out", "help") or given >= ANSWERS_MAX:
        return None
    if not texted_country(number, case.desk):
        return None
    letter = TextLetter.WHICH_ONE if text.candidates else TextLetter.UNKNOWN
    first = text.candidates[0] if text.candidates else None
    body = CustomerText(
        letter=letter,
        number=number,
        locale=first.locale if first else case.desk.locale,
        zone=first.zone if first else case.desk.zone,
        code=first.code if first else "",
        issued_at=now,
        candidates=text.candidates,
    )
    key = effect_key(f"{EffectKind.TEXT_CUSTOMER}:{letter}", case.key, 0, "text", given)
    kind = EffectKind.TEXT_CUSTOMER
    return Effect(key, kind, case.key, 0, f"text:{number}", number, body, now, None, harmless=False)

"""Who of the staff is asked by text, too, and how? One text beside each mail that asks, where they want it (N8, N5).

The mail and the desk ask in any case: a text that is refused, capped or lost takes nothing away.
"""

from __future__ import annotations

from datetime import datetime

from syncd.domain.desk import Desk
from syncd.domain.effect import Effect, EffectKind, SessionFacts, StaffText, effect_key
from syncd.domain.keys import CaseKey
from syncd.domain.letters import StaffLetter
from syncd.domain.people import StaffMember
from syncd.domain.session import Question


def staff_text(
    desk: Desk,
    to: StaffMember,
    question: Question,
    subject: CaseKey,
    now: datetime,
    *,
    letter: StaffLetter = StaffLetter.QUESTION,
    revision: int = 0,
    facts: SessionFacts | None = None,
    about: str = "",
    repeated: bool = False,
    ordinal: int = 0,
    expire_at: datetime | None = None,
) -> tuple[Effect, ...]:
    """The question by text, as one effect; none where they have no number, or the desk has none to text from. It is of
    no use once the machine has decided (K9). Its key names the person and not the number: the carrier's reports bring
    it back in an address (PRV-2)."""
    if to.mobile is None or desk.texting_number is None:
        return ()
    body = StaffText(letter, to.id, to.mobile, to.zone, now, question, subject, facts, about, repeated)
    kind = EffectKind.TEXT_STAFF
    key = effect_key(f"{kind}:{letter}:{question.id}", subject, revision, to.id, ordinal)
    until = expire_at or question.due_at
    lane = f"text:{to.mobile}"
    return (Effect(key, kind, subject, revision, lane, to.mobile, body, now, until, harmless=False),)

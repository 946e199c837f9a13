"""What if a text of ours did not arrive? It is recorded, its number remembered, its words go by mail (SMS-9, A4).

Nothing here counts against the customer: the rules of attendance see the same evidence.
"""

from __future__ import annotations

from datetime import datetime

from syncd.domain.correspondence import ConsentChanged, TextReported
from syncd.domain.effect import EffectKind, OperatorMail
from syncd.domain.evidence import EffectParked, Evidence
from syncd.domain.keys import contact_key, derived_key
from syncd.domain.letters import TextLetter
from syncd.policy.draft import Draft
from syncd.policy.texting import USELESS, mail_instead

FAILED = ("failed", "undelivered")
"""Final statuses that say that it did not arrive (SMS-1)."""

CAPPED = "capped"

MAILED_ANYWAY = frozenset(
    {
        TextLetter.ARE_YOU_COMING,
        TextLetter.STILL_THERE,
        TextLetter.SHIFTED,
        TextLetter.CANCELLED,
        TextLetter.MOVE,
    }
)
"""Texts beside which a mail says the same in any case (A3, N7)."""


def on_text_parked(draft: Draft, evidence: Evidence, parked: EffectParked) -> None:
    """Refused, or its outcome cannot be known: never sent again (N5)."""
    draft.found("SMS-9", f"not sent: {parked.reason}")
    _failed(draft, parked.effect_key, parked.recipient, parked.means, evidence.received_at)
    if parked.means == CAPPED:
        _alert(draft, parked)


def on_staff_text_parked(draft: Draft, parked: EffectParked) -> None:
    """Not sent, and not sent again (N5): the mail and the desk ask the same (N8)."""
    draft.found("N8", f"not asked by text: {parked.reason}")
    if parked.means == CAPPED:
        _alert(draft, parked)


def on_text_reported(draft: Draft, evidence: Evidence, reported: TextReported) -> None:
    """The carrier's word; only a final one that it failed has consequences here."""
    if reported.status not in FAILED:
        draft.found("SMS-1", f"the carrier says: {reported.status}")
        return
    draft.found("SMS-9", f"the carrier says: {reported.status}", code=reported.error_code)
    if any(e.key == reported.effect_key and e.kind is EffectKind.TEXT_STAFF for e in draft.case.effects):
        return  # the mail and the desk ask the same (N8)
    _failed(draft, reported.effect_key, reported.recipient, reported.means, evidence.received_at)


def _failed(draft: Draft, effect_key: str, number: str, means: str, at: datetime) -> None:
    session = draft.session
    if session is None or session.booking is None or not draft.tell_once(f"text-failed:{effect_key}"):
        return
    if means in USELESS and number:
        consent = ConsentChanged(number, "out" if means == "out" else "unusable", "carrier")
        key = derived_key("decision", draft.case.key, consent.kind, consent.consent, effect_key)
        draft.derived.append(Evidence(key, "decision", at, consent, contact_key(session.booking.contact_id)))
    letter = next((e.letter for e in draft.case.effects if e.key == effect_key), None)
    if letter is not None and TextLetter(letter) not in MAILED_ANYWAY:
        mail_instead(draft, TextLetter(letter), number, until=_until(draft, TextLetter(letter)))


def _until(draft: Draft, letter: TextLetter) -> datetime | None:
    """What the words turn on, as it stands now."""
    course = draft.live.attendance
    return course.close_at if letter is TextLetter.KEPT and course.closed_at is None else None


def _alert(draft: Draft, parked: EffectParked) -> None:
    """Toll fraud: the operator hears of it (reliability.md 5)."""
    to = draft.case.desk.operator_email
    if not to:
        draft.found("SMS-9", "no operator address is configured; the desk alone tells")
        return
    body = OperatorMail(to, "texts", parked.reason, parked.hint, draft.now)
    draft.emit(EffectKind.MAIL_OPERATOR, to, body, name=f"capped:{parked.effect_key}")

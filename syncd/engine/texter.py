"""Was it sent? One text, handed over at most once (N5, SMS-2, REL-1), within the daily caps (reliability.md 5).

What will be sent is kept before the first attempt, and that is the intent: a claim that was lost after it may have been
carried out. It is then looked for at the carrier by its words, and never sent again by syncd: found, it was sent; not
found, or not to be known, it is set aside for a person.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, timedelta

from syncd.domain.desk import Desk
from syncd.domain.effect import StaffText
from syncd.ports.clock import Clock
from syncd.ports.errors import Permanent, Retryable
from syncd.ports.store import Claimed, Store
from syncd.ports.texts import Text, Texts

LOOK_AFTER = timedelta(seconds=30)
"""After an ambiguous answer: so long until the carrier surely lists what it took."""

LOOKS_MAX = 6
"""Attempts at all after which what cannot be known is set aside."""

SKEW = timedelta(minutes=5)
"""A carrier's clock may be so far behind ours."""


@dataclass(frozen=True, slots=True)
class Texter:
    texts: Texts
    store: Store
    clock: Clock
    desk: Desk

    def deliver(self, claimed: Claimed, frozen: bytes) -> str:
        """The carrier's id. Raises Retryable, OutcomeUnknown, Misconfigured as the port does, and Permanent also for
        what is over a cap, or was begun and not found."""
        text = text_of(frozen)
        if claimed.lost_lease and claimed.frozen is not None:
            return self._found(claimed, text)
        self._within_caps(claimed, text)
        return self.texts.send(text)

    def _found(self, claimed: Claimed, text: Text) -> str:
        try:
            outside_id = self.texts.look(text, claimed.effect.body.issued_at - SKEW)  # type: ignore[union-attr]
        except Retryable as error:
            if claimed.attempts < LOOKS_MAX:
                raise
            raise _aside(f"it may have been sent, and the carrier cannot be asked: {error}") from error
        if outside_id is None:
            raise _aside("it was begun, and the carrier does not know it")
        return outside_id

    def _within_caps(self, claimed: Claimed, text: Text) -> None:
        midnight = self.clock.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        to_number, to_company = self.store.texts_sent(text.to, claimed.effect.subject, midnight)
        of_customers = (
            (to_number, self.desk.texts_per_number, "one number"),
            (to_company, self.desk.texts_per_company, "one company"),
        )
        of_staff = ((to_number, self.desk.texts_per_staff, "one staff member"),)
        for sent, most, whom in of_staff if isinstance(claimed.effect.body, StaffText) else of_customers:
            if sent >= most:
                raise Permanent(
                    f"{sent} texts went to {whom} today, which is the most",
                    hint="Look why; then raise the cap in [desk], or retry tomorrow.",
                    means="capped",
                )


def text_of(frozen: bytes) -> Text:
    """What compose made of a CustomerText or a StaffText."""
    return Text(**json.loads(frozen))


def _aside(why: str) -> Permanent:
    return Permanent(
        f"{why}; a text is never sent twice", hint="Look at the carrier's log. If it was not sent, retry it by hand."
    )

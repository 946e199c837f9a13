"""What do we ask of a text carrier? To take one text, to say what became of it, and to hand over what came in.

A text is never repeated blindly (N5): after an ambiguous answer the carrier is asked by our reference (SMS-2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from syncd.ports.source import Batch, Raw, Source


@dataclass(frozen=True, slots=True)
class Text:
    """One text to one number (E.164). `reference` stands in the body and in the status callback (SMS-1, SMS-2);
    `effect_key` comes back with the carrier's reports."""

    to: str
    body: str
    reference: str
    effect_key: str


class Texts(Source, Protocol):
    """Both ways of one number: `send` and `look`, and as a Source what came in (TextReceived, without a subject) and
    the carrier's reports (TextReported); also the watermark of ATT-7, condition 6 (SMS-4)."""

    keywords: Mapping[str, str]
    """Whole-message words on which the carrier itself acts, folded, to what it does: out | in | help (SMS-5). Data, so
    that a house test can hold every wording against them."""

    def send(self, text: Text) -> str:
        """Hand it over; returns the carrier's id. Raises Retryable (nothing was taken), Permanent (refused, with the
        carrier's code in the message), OutcomeUnknown, Misconfigured."""
        ...

    def look(self, text: Text, since: datetime) -> str | None:
        """The carrier's id of a text with this reference to this number, taken since then; None: none was.
        Raises Retryable: not known."""
        ...

    def probe(self) -> tuple[str, ...]:
        """For `syncd doctor`. Raises Misconfigured, Retryable."""
        ...


@runtime_checkable
class Announced(Source, Protocol):
    """What a carrier offers besides whose webhooks tell of a text before it is read: their bytes are kept as put aside
    until then (ports/hook.py)."""

    def recall(self, raw: Raw) -> Batch:
        """The text of one kept call, received when the call came, under the key that a reading gives it; or that call
        with the reason why it tells none. Pure."""
        ...

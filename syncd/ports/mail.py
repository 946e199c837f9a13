"""What do we ask of a mail server? To take bytes, once, and to say what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from syncd.ports.source import Source


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message to one recipient. `message` is whole: CRLF lines, headers, parts; it is sent as it is."""

    sender: str
    recipient: str
    message: bytes


class MailIn(Source, Protocol):
    """A mailbox as a Source: raw bytes and evidence of each new mail with the cursor (UIDVALIDITY, UID) in one batch,
    before the mailbox is touched; nothing in it is ever deleted (spec/invitations.md 4). Evidence has no subject:
    engine/correlate finds the booking."""

    def probe(self) -> tuple[str, ...]:
        """For `syncd doctor`. Raises Misconfigured, Retryable."""
        ...


class MailOut(Protocol):
    lane: str

    def send(self, envelope: Envelope) -> str:
        """Hand the message over; returns what the server said on accepting it. One SMTP transaction.

        Raises Retryable (4xx, no connection), Permanent (5xx), OutcomeUnknown (connection lost after the final dot),
        Misconfigured (sign-in refused, TLS refused).
        """
        ...

    def probe(self) -> tuple[str, ...]:
        """For `syncd doctor`: connect, TLS, sign in; short facts. Raises as `send`."""
        ...

"""What do we ask of a mail server? To take bytes, once, and to say what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message to one recipient. `message` is whole: CRLF lines, headers, parts; it is sent as it is."""

    sender: str
    recipient: str
    message: bytes


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

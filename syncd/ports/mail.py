"""What do we ask of a mail server? To take bytes, once, and to say what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from syncd.ports.source import Batch, Raw, Source


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message to one recipient. `message` is whole: CRLF lines, headers, parts; it is sent as it is."""

    sender: str
    recipient: str
    message: bytes


class MailIn(Source, Protocol):
    """A mailbox as a Source: raw bytes and evidence of each new mail with the cursor (UIDVALIDITY, UID) in one batch,
    before the mailbox is touched; nothing in it is ever deleted or marked (spec/invitations.md 4). Evidence has no
    subject: engine/correlate finds the booking. Its key derives from what the mail says, so that a mail that is
    delivered twice is one (INV-44). `received_at` is the server's receipt time (C4). `read_at` of the last page: all
    that was there before that instant has been read. What cannot be read is `Raw.unreadable`, and stops nothing."""

    def translate(self, raw: Raw) -> Batch:
        """Evidence of one kept mail, or that mail with the reason why it cannot be read. Pure: a later version reads
        the same bytes again."""
        ...

    def wait(self, at_most: timedelta) -> bool | None:
        """Until news may have come: True; False: none came in that time; None: this server cannot tell, and is
        polled. On a connection of its own. Raises Retryable, Misconfigured."""
        ...

    def close(self) -> None:
        """Give back all connections; they are opened anew when needed."""
        ...

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

"""A mail server in memory: it takes messages, remembers when, and loses requests or replies as chaos says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import Message
from functools import cached_property

from syncd.ports.errors import OutcomeUnknown, Permanent, Retryable
from syncd.ports.mail import Envelope
from syncd.testing.chaos import Chaos, Trouble


@dataclass(frozen=True)
class Delivered:
    """One message as it was accepted, with its envelope."""

    at: datetime
    sender: str
    recipient: str
    message: bytes

    @cached_property
    def parsed(self) -> Message:
        return message_from_bytes(self.message)

    @cached_property
    def message_id(self) -> str:
        return str(self.parsed["Message-ID"])


@dataclass(slots=True)
class SimMail:
    """Implements ports.mail.MailOut. `refused`: addresses that this server does not take."""

    now: Callable[[], datetime]
    chaos: Chaos
    lane: str = ""
    down: bool = False
    refused: set[str] = field(default_factory=set)
    delivered: list[Delivered] = field(default_factory=list)

    def send(self, envelope: Envelope) -> str:
        self.chaos.cross("mail.send.before")
        trouble = self.chaos.draw(Trouble.LOST_REQUEST, Trouble.LOST_REPLY, Trouble.THROTTLED)
        if self.down or trouble is Trouble.LOST_REQUEST:
            raise Retryable("no connection")
        if trouble is Trouble.THROTTLED:
            raise Retryable("try again later", retry_after=timedelta(minutes=1))
        if envelope.recipient in self.refused:
            raise Permanent("550 no such user", hint="Ask the customer for another address.")
        self.delivered.append(Delivered(self.now(), envelope.sender, envelope.recipient, envelope.message))
        self.chaos.cross("mail.send.after")
        if trouble is Trouble.LOST_REPLY:
            raise OutcomeUnknown("the connection was lost after the final dot")
        return f"250 accepted {len(self.delivered)}"

    def probe(self) -> tuple[str, ...]:
        if self.down:
            raise Retryable("no connection")
        return ("in memory",)

    def once(self) -> list[Delivered]:
        """Each message once, in order of first arrival."""
        return list({d.message_id: d for d in reversed(self.delivered)}.values())[::-1]

    def to(self, recipient: str) -> list[Delivered]:
        return [d for d in self.once() if d.recipient == recipient]

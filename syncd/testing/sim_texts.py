"""A carrier in memory: it takes texts, remembers them, hands over what people write, and fails as chaos says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from syncd.domain.correspondence import TextReceived
from syncd.domain.evidence import Evidence
from syncd.domain.keys import derived_key
from syncd.ports.errors import OutcomeUnknown, Permanent, Retryable
from syncd.ports.source import Batch
from syncd.ports.texts import Text
from syncd.testing.chaos import Chaos, Trouble

STOP, START = "stop", "start"


@dataclass(slots=True)
class SimTexts:
    """Implements ports.texts.Texts. `refused`: numbers that take nothing, to what that means (SMS-9); `forgetful`: it
    takes a text and does not list it; `silent`: it cannot be asked."""

    now: Callable[[], datetime]
    chaos: Chaos
    id: str = "texts"
    lane: str = "texts"
    keywords: Mapping[str, str] = field(default_factory=lambda: {STOP: "out", "cancel": "out", START: "in"})
    refused: dict[str, str] = field(default_factory=dict)
    taken: list[Text] = field(default_factory=list)
    heard: list[Evidence] = field(default_factory=list)
    lose_replies: int = 0
    lose_requests: int = 0
    forgetful: bool = False
    silent: bool = False

    def send(self, text: Text) -> str:
        self.chaos.cross("text.send.before")
        trouble = self.chaos.draw(Trouble.LOST_REQUEST, Trouble.LOST_REPLY, Trouble.THROTTLED)
        if trouble is Trouble.THROTTLED:
            raise Retryable("less haste")
        if text.to in self.refused:
            raise Permanent("refused", hint="Another number.", means=self.refused[text.to])
        if self.lose_requests or trouble is Trouble.LOST_REQUEST:
            self.lose_requests = max(self.lose_requests - 1, 0)
            raise OutcomeUnknown("no answer")
        self.taken.append(text)
        self.chaos.cross("text.send.after")
        if self.lose_replies or trouble is Trouble.LOST_REPLY:
            self.lose_replies = max(self.lose_replies - 1, 0)
            raise OutcomeUnknown("no answer")
        return f"sim-{len(self.taken)}"

    def look(self, text: Text, since: datetime) -> str | None:
        if self.silent:
            raise Retryable("no answer")
        found = [n for n, each in enumerate(self.taken, 1) if (each.to, each.body) == (text.to, text.body)]
        return None if self.forgetful or not found else f"sim-{found[0]}"

    def observe(self, cursor: str | None, now: datetime) -> Batch:
        after = int(cursor or "0")
        return Batch(tuple(self.heard[after:]), cursor=str(len(self.heard)), read_at=now)

    def probe(self) -> tuple[str, ...]:
        return ("in memory",)

    def receive(self, sender: str, body: str, at: datetime | None = None) -> None:
        """Somebody texts us; read at the next round."""
        message_id = f"in-{len(self.heard) + 1}"
        text = TextReceived(sender, "+15713173122", body, message_id, self.keywords.get(body.strip().casefold(), ""))
        self.heard.append(Evidence(derived_key(self.id, "text", message_id), self.id, at or self.now(), text))

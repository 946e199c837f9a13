"""How does a text lie in the folder? One JSON file each: `to` or `from`, `body`, `at` (RFC 3339). Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from syncd.domain.correspondence import TextReceived
from syncd.domain.evidence import Evidence
from syncd.domain.keys import derived_key
from syncd.ports.texts import Text

KEYWORDS: Mapping[str, str] = {
    **dict.fromkeys(("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"), "out"),
    **dict.fromkeys(("start", "yes", "unstop"), "in"),
    **dict.fromkeys(("help", "info"), "help"),
}
"""What carriers in North America act on, so that the trap can be tried (SMS-5)."""

FILE_BYTES_MAX = 16_384


@dataclass(frozen=True, slots=True)
class Answer:
    """What lies in `in`: somebody's text to us."""

    sender: str
    body: str
    at: datetime


def sent_name(text: Text) -> str:
    """One act, one file, however often it is tried."""
    return f"{blake2b(text.effect_key.encode(), digest_size=12).hexdigest()}.json"


def sent_file(text: Text, at: datetime) -> str:
    values = {"to": text.to, "body": text.body, "reference": text.reference, "at": at.isoformat()}
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"


def answer_of(raw: bytes) -> Answer | None:
    """None: no text, or half of one."""
    try:
        values = json.loads(raw)
        at = datetime.fromisoformat(values["at"])
        found = Answer(str(values["from"]), str(values["body"]), at)
    except (ValueError, KeyError, TypeError):
        return None
    return found if at.tzinfo is not None else None


def evidence_of(source: str, name: str, answer: Answer, to: str) -> Evidence:
    carrier = KEYWORDS.get(answer.body.strip().casefold(), "")
    text = TextReceived(answer.sender, to, answer.body, name, carrier)
    return Evidence(text_key(source, name), source, answer.at, text)


def text_key(source: str, name: str) -> str:
    return derived_key(source, "text", name)


def opted_out(answers: list[Answer]) -> frozenset[str]:
    """The numbers whose last keyword was one to stop."""
    last: dict[str, str] = {}
    for answer in sorted(answers, key=lambda each: each.at):
        deed = KEYWORDS.get(answer.body.strip().casefold(), "")
        if deed in ("in", "out"):
            last[answer.sender] = deed
    return frozenset(number for number, deed in last.items() if deed == "out")

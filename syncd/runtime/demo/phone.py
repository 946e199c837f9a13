"""What would be texted, and what is answered? A page over the sink's folder: all texts, and a form that answers them.

For trying out only, at /mailbox/texts. The form writes the file that the text sink reads.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

SHOWN_MAX = 100
WORDS_MAX = 1_600
NUMBER_MAX = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """One text. `number`: the customer's; `ours`: it went to them."""

    at: str
    number: str
    body: str
    ours: bool


class Phone:
    """The folder of the text sink, read anew for each page."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def latest(self) -> list[Shown]:
        """Newest first."""
        texts = [*self._read("out", "to", ours=True), *self._read("in", "from", ours=False)]
        return sorted(texts, key=lambda each: each.at, reverse=True)[:SHOWN_MAX]

    def answer(self, number: str, body: str, at: datetime) -> None:
        """A text from that number, received now."""
        place = self._folder / "in"
        place.mkdir(parents=True, exist_ok=True)
        values = {"from": number.strip()[:NUMBER_MAX], "body": body[:WORDS_MAX], "at": at.isoformat()}
        half = place / f"{at:%Y%m%dT%H%M%S%f}.half"
        half.write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")
        half.replace(half.with_suffix(".json"))

    def _read(self, name: str, who: str, *, ours: bool) -> list[Shown]:
        found = []
        for place in (self._folder / name).glob("*.json"):
            try:
                values = json.loads(place.read_text("utf-8"))
                found.append(Shown(str(values["at"])[:19], str(values[who]), str(values["body"]), ours))
            except (OSError, ValueError, KeyError, TypeError):
                continue
        return found

"""Which lines of an event change? One VEVENT's own lines, edited in place (CAL-16).

RFC 5545 3.6.1. What is not named stays byte for byte, with its place and its folding.
"""

from __future__ import annotations

from syncd.ical import lines
from syncd.ical.lines import Line
from syncd.ical.read import Unreadable


class EventLines:
    """The lines between BEGIN:VEVENT and its END. Those of alarms and other parts inside are never touched."""

    def __init__(self, content: list[Line]) -> None:
        self.lines = content

    def _places(self, name: str) -> list[int]:
        depth, found = 0, []
        for index, each in enumerate(self.lines):
            depth += each.name == "BEGIN"
            if depth == 0 and each.name == name:
                found.append(index)
            depth -= each.name == "END"
        return found

    def text(self, name: str) -> str:
        places = self._places(name)
        return self.lines[places[0]].text if places else ""

    @property
    def sequence(self) -> int:
        return number(self.text("SEQUENCE"))

    def says(self, wanted: Line) -> bool:
        """Does it say so already? White space aside; no STATUS is CONFIRMED."""
        present = self.text(wanted.name) or ("CONFIRMED" if wanted.name == "STATUS" else "")
        return present.split() == wanted.text.split()

    def put(self, wanted: Line) -> None:
        """Replace the property in its place, or add it; an empty value takes it away."""
        places = self._places(wanted.name)
        if not wanted.value:
            self.drop(wanted.name)
        elif places:
            first, further = places[0], set(places[1:])
            self.lines = [wanted if i == first else each for i, each in enumerate(self.lines) if i not in further]
        else:
            at = next((i for i, each in enumerate(self.lines) if each.name == "BEGIN"), len(self.lines))
            self.lines = [*self.lines[:at], wanted, *self.lines[at:]]

    def drop(self, name: str) -> None:
        places = set(self._places(name))
        self.lines = [each for i, each in enumerate(self.lines) if i not in places]


def event_lines(raw: bytes) -> tuple[list[Line], int, int]:
    """All lines, and where the event that `seen` reads begins and ends."""
    content = lines.read(raw)
    found: list[tuple[int, int]] = []
    for index, each in enumerate(content):
        if each.name == "BEGIN" and each.value.strip().upper() == "VEVENT":
            end = lines.block_end(content, index)
            if end is None:
                raise Unreadable("BEGIN and END do not match")
            found.append((index, end))
    if not found:
        raise Unreadable("no VEVENT")
    masters = [(b, e) for b, e in found if all(each.name != "RECURRENCE-ID" for each in content[b:e])]
    begin, end = (masters or found)[0]
    return content, begin, end


def number(value: str) -> int:
    """A non-negative integer of a sane length; 0 for anything else."""
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 10 else 0

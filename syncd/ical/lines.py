"""Which lines does a calendar object have? Content lines as they came, for reading leniently and editing in place.

RFC 5545 3.1. Bytes are unfolded as bytes (a fold may split a character), line ends may be CRLF or LF, and what is not
touched keeps its own folding and spelling when it is written again (but in UTF-8).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from syncd.ical import wire

_PARAMETER = re.compile(r';([^=;:"]+)=((?:"[^"]*"|[^;:",])*(?:,(?:"[^"]*"|[^;:",])*)*)')
_HEAD = re.compile(r'((?:[^":]|"[^"]*")*):', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    """One content line. `raw` holds its physical bytes without the last line end; `head` is the name with its
    parameters as written, `name` the bare name in capitals, `value` unfolded and still escaped."""

    raw: bytes
    name: str
    head: str
    value: str

    @property
    def parameters(self) -> dict[str, str]:
        """By name in capitals, unquoted; the first of its name counts."""
        found: dict[str, str] = {}
        for name, value in _PARAMETER.findall(self.head):
            found.setdefault(name.strip().upper(), value.replace('"', ""))
        return found

    @property
    def text(self) -> str:
        """The value read as TEXT (RFC 5545 3.3.11)."""
        return wire.unescaped(self.value)


def line(head: str, value: str) -> Line:
    """A new line of ours, folded. `value` is escaped already."""
    return Line(wire.folded(f"{head}:{value}"), re.split("[;:]", head, maxsplit=1)[0].upper(), head, value)


def read(raw: bytes) -> list[Line]:
    """All content lines; blank ones are dropped, one without a colon has an empty name."""
    physical: list[bytes] = []
    for piece in raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
        piece = piece.removesuffix(b"\r")
        if piece[:1] in (b" ", b"\t") and physical:
            physical[-1] += b"\r\n" + piece
        elif piece.strip():
            physical.append(piece)
    return [_line(piece) for piece in physical]


def write(content: Iterable[Line]) -> bytes:
    """The lines as bytes, each ended by CRLF."""
    return b"".join(each.raw + b"\r\n" for each in content)


def _line(raw: bytes) -> Line:
    unfolded = raw.replace(b"\r\n ", b"").replace(b"\r\n\t", b"")
    try:
        text = unfolded.decode("utf-8")
    except UnicodeDecodeError:
        text = _western(unfolded)
        raw = wire.folded(text)
    head = _HEAD.match(text)
    if head is None:
        return Line(raw, "", text, "")
    return Line(raw, head[1].split(";", 1)[0].strip().upper(), head[1], text[head.end() :])


def _western(octets: bytes) -> str:
    """What is not UTF-8 is nearly always Windows' Western page; failing that, every byte has a meaning in Latin-1."""
    try:
        return octets.decode("cp1252")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def block_end(content: Sequence[Line], begin: int) -> int | None:
    """The index of the END that closes the BEGIN at `begin`, or None where it is missing or crossed."""
    open_names: list[str] = []
    for index in range(begin, len(content)):
        each = content[index]
        if each.name == "BEGIN":
            open_names.append(each.value.strip().upper())
        elif each.name == "END":
            if not open_names or open_names.pop() != each.value.strip().upper():
                return None
            if not open_names:
                return index
    return None

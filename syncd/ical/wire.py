"""How are values spelled on the wire? Escaping, quoting and folding (RFC 5545 3.1, 3.2, 3.3; RFC 6868).

INV-11 to INV-16: CRLF, at most 75 octets a line without cutting a character, no control character, quoted parameters.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

LINE_OCTETS_MAX = 75

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_BREAK = re.compile(r"\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_NEEDS_CARET = str.maketrans({"^": "^^", '"': "^'", "\n": "^n"})
_ESCAPED = re.compile(r"\\([\\;,nN])")


def clean(text: str) -> str:
    """Without control characters and lone surrogates; every kind of line break becomes a newline (INV-13)."""
    return _CONTROL.sub("", _BREAK.sub("\n", text))


def one_line(text: str) -> str:
    """Clean, and on one line with single blanks."""
    return " ".join(clean(text).split())


def escaped(text: str) -> str:
    """A TEXT value (RFC 5545 3.3.11, INV-15)."""
    return clean(text).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def unescaped(value: str) -> str:
    """The text of a TEXT value; what is no escape stays as it is."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def quoted(text: str) -> str:
    """A parameter value, always quoted (INV-16); a quotation mark or circumflex by RFC 6868."""
    return '"' + clean(text).replace("\t", " ").translate(_NEEDS_CARET) + '"'


def utc(instant: datetime) -> str:
    """Form 2 of DATE-TIME (RFC 5545 3.3.5). A naive time is no instant: ValueError."""
    if instant.tzinfo is None:
        raise ValueError("a time without a zone is no instant")
    at = instant.astimezone(UTC)
    return f"{at.year:04}{at.month:02}{at.day:02}T{at.hour:02}{at.minute:02}{at.second:02}Z"


def folded(line: str) -> bytes:
    """The line in UTF-8, folded after at most 75 octets, never inside a character (INV-12); no line end."""
    octets = line.encode("utf-8")
    if len(octets) <= LINE_OCTETS_MAX:
        return octets
    pieces: list[bytes] = []
    start, room = 0, LINE_OCTETS_MAX
    while len(octets) - start > room:
        cut = start + room
        while octets[cut] & 0xC0 == 0x80:
            cut -= 1
        pieces.append(octets[start:cut])
        start, room = cut, LINE_OCTETS_MAX - 1
    pieces.append(octets[start:])
    return b"\r\n ".join(pieces)

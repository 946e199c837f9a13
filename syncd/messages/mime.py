"""How is a message spelled for the mail server? RFC 5322 bytes assembled from prepared pieces (INV-1 to INV-9).

RFC 2045 to 2047, 3834, 5322, 6047. CRLF throughout, 7 bits, no line over 998 octets; text and HTML quoted-printable,
the calendar object base64, so that it arrives byte for byte. Everything derives from the values given: the same mail is
the same bytes (N5).
"""

from __future__ import annotations

import re
from binascii import b2a_base64, b2a_qp
from dataclasses import dataclass
from datetime import UTC, datetime

from syncd.messages.tidy import CONTROL, one_line

HEADER_OCTETS_MAX = 78
_ENCODED_WORD_OCTETS_MAX = 42  # of text: 56 in base64, 68 with its frame, and room for the header's name
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PLAIN = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
_HTML = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name and an address in ASCII."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class CalendarPart:
    """The calendar object and its METHOD. `attached`: also as an `application/ics` copy (section 1)."""

    method: str
    content: bytes
    attached: bool = True


@dataclass(frozen=True, slots=True)
class Message:
    """Everything that becomes a mail. `references` from the thread's first to the previous one; empty for the first.

    `boundary` is a name that derives from the mail; it occurs in no part, for `=` never does.
    """

    sender: Mailbox
    to: Mailbox
    reply_to: Mailbox | None
    subject: str
    date: datetime
    message_id: str
    references: tuple[str, ...]
    lang: str
    text: str
    html: str
    boundary: str
    calendar: CalendarPart | None = None


def assemble(message: Message) -> bytes:
    """The whole message."""
    outer, inner = f"=_{message.boundary}_m", f"=_{message.boundary}_a"
    alternative = _alternative(message, inner)
    top = f'Content-Type: multipart/alternative; boundary="{inner}"\r\n\r\n'
    calendar = message.calendar
    if calendar is None or not calendar.attached:
        return b"".join((_headers(message), top.encode(), alternative))
    return b"".join(
        (
            _headers(message),
            f'Content-Type: multipart/mixed; boundary="{outer}"\r\n\r\n--{outer}\r\n{top}'.encode(),
            alternative,
            f"\r\n--{outer}\r\n".encode(),
            b'Content-Type: application/ics; name="invite.ics"\r\n',
            b'Content-Disposition: attachment; filename="invite.ics"\r\n',
            b"Content-Transfer-Encoding: base64\r\n\r\n",
            _base64(calendar.content),
            f"--{outer}--\r\n".encode(),
        )
    )


def _alternative(message: Message, boundary: str) -> bytes:
    """Plain text, HTML, and last what an agenda understands best (RFC 2046 5.1.4, INV-2)."""
    line = f"--{boundary}\r\n"
    pieces = [
        line.encode() + _PLAIN,
        _quoted_printable(message.text),
        line.encode() + _HTML,
        _quoted_printable(message.html),
    ]
    if message.calendar is not None:
        pieces.append(
            f"{line}Content-Type: text/calendar; charset=utf-8; method={message.calendar.method}\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\n".encode()
        )
        pieces.append(_base64(message.calendar.content))
    pieces.append(f"--{boundary}--\r\n".encode())
    return b"".join(pieces)


def _headers(message: Message) -> bytes:
    fields = [
        f"From: {_mailbox(message.sender)}",
        f"To: {_mailbox(message.to)}",
        *([f"Reply-To: {_mailbox(message.reply_to)}"] if message.reply_to else []),
        f"Subject: {_unstructured(message.subject, len('Subject: '))}",
        f"Date: {date(message.date)}",
        f"Message-ID: <{message.message_id}>",
    ]
    if message.references:
        fields.append(f"In-Reply-To: <{message.references[0]}>")
        fields.append("References: " + "\r\n ".join(f"<{reference}>" for reference in message.references))
    fields += [
        f"Content-Language: {message.lang}",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        "",
    ]
    return "\r\n".join(fields).encode("ascii")


def date(instant: datetime) -> str:
    """A date-time of RFC 5322 3.3, in UTC."""
    at = instant.astimezone(UTC)
    return (
        f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year:04} "
        f"{at.hour:02}:{at.minute:02}:{at.second:02} +0000"
    )


def _mailbox(mailbox: Mailbox) -> str:
    name = one_line(mailbox.name)
    if not name:
        return mailbox.address
    if not name.isascii() or "=?" in name or len(name) > HEADER_OCTETS_MAX - 20:
        return f"{_encoded_words(name)}\r\n <{mailbox.address}>"
    if _ATOMS.fullmatch(name):
        return f"{name} <{mailbox.address}>"
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}" <{mailbox.address}>'


def _unstructured(text: str, used: int) -> str:
    """A header's text: as it is where it is ASCII and folds at its blanks, else in encoded words (RFC 2047)."""
    text = one_line(text)
    if not text.isascii() or "=?" in text:
        return _encoded_words(text)
    words = text.split(" ")
    if max(map(len, words)) > HEADER_OCTETS_MAX - used:
        return _encoded_words(text)
    lines, room = [words[0]], HEADER_OCTETS_MAX - used - len(words[0])
    for word in words[1:]:
        if len(word) + 1 <= room:
            lines[-1] += f" {word}"
            room -= len(word) + 1
        else:
            lines.append(word)
            room = HEADER_OCTETS_MAX - 1 - len(word)
    return "\r\n ".join(lines)


def _encoded_words(text: str) -> str:
    octets, words, start = text.encode("utf-8"), [], 0
    while start < len(octets):
        end = min(start + _ENCODED_WORD_OCTETS_MAX, len(octets))
        while end < len(octets) and octets[end] & 0xC0 == 0x80:
            end -= 1
        words.append(f"=?utf-8?b?{b2a_base64(octets[start:end], newline=False).decode()}?=")
        start = end
    return "\r\n ".join(words)


def _base64(content: bytes) -> bytes:
    """In lines of 76 characters (RFC 2045 6.8)."""
    whole = b2a_base64(content, newline=False)
    return b"\r\n".join([whole[i : i + 76] for i in range(0, len(whole), 76)]) + b"\r\n"


def _quoted_printable(text: str) -> bytes:
    """RFC 2045 6.7; lines end in CRLF. Control characters are left out: no reader shows them."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    clean = "\r\n".join([line if line.isprintable() else CONTROL.sub("", line) for line in lines])
    clean = clean if clean.endswith("\r\n") else clean + "\r\n"  # b2a_qp breaks lines as the first line ends
    return b2a_qp(clean.encode("utf-8"), istext=True)

"""What do a mail's headers say? Decoded leniently: whatever is broken is shown as it came (RFC 5322, 2047, 8601).

Only one server's Authentication-Results count, and of them the topmost: what stands below it came with the mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses

TEXT_MAX = 20_000
HEADER_MAX = 2_000
ADDRESSES_MAX = 100
REFERENCES_MAX = 100
_TO = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-forwarded-to")
_PLUS = re.compile(r"^[^@+]*\+([^@+]+)@")
_ID = re.compile(r"<([^<>@\s]{1,200})@[^<>\s]{1,255}>")
_COMMENT = re.compile(r"\([^()]*\)")


def header(mail: Message, name: str) -> str:
    """The first of that name, decoded, on one line; empty where there is none."""
    raw = mail.get(name)
    return decoded(str(raw))[:HEADER_MAX] if raw is not None else ""


def decoded(raw: str) -> str:
    try:
        pieces = [
            piece.decode(charset or "ascii", "replace") if isinstance(piece, bytes) else piece
            for piece, charset in decode_header(raw)
        ]
    except Exception:  # noqa: BLE001 -- a broken encoded word, an unknown charset: as it came
        pieces = [raw]
    return " ".join("".join(c if c.isprintable() else " " for c in "".join(pieces)).split())


def senders(mail: Message) -> list[tuple[str, str]]:
    """(name, address) of From, each address lower-case."""
    found = getaddresses([str(value)[:HEADER_MAX] for value in mail.get_all("from", [])][:5])
    return [(decoded(name), address.strip().casefold()) for name, address in found if "@" in address]


def sender(mail: Message) -> tuple[str, str]:
    """Name and address of the one From; an address that is not one is empty."""
    found = senders(mail)
    return found[0] if len(found) == 1 else ("", found[0][1] if found else "")


def recipients(mail: Message) -> list[str]:
    values = [str(value)[:10_000] for name in _TO for value in mail.get_all(name, [])]
    return [address.strip().casefold() for _, address in getaddresses(values)][:ADDRESSES_MAX]


def tags(mail: Message) -> tuple[str, ...]:
    """What stands behind a plus in the addresses that it came to."""
    found = (_PLUS.match(address) for address in recipients(mail))
    return tuple(dict.fromkeys(match[1] for match in found if match))


def references(mail: Message) -> tuple[str, ...]:
    """The local parts of the Message-IDs that it answers."""
    values = " ".join(str(v)[:50_000] for name in ("in-reply-to", "references") for v in mail.get_all(name, []))
    return tuple(dict.fromkeys(_ID.findall(values)))[-REFERENCES_MAX:]


def own_id(mail: Message) -> str:
    return header(mail, "message-id").strip("<> ")[:300]


def proved(mail: Message, authserv_id: str) -> str:
    """The From address, if the trusted server says that DMARC passed for its domain; else empty."""
    addresses = senders(mail)
    if not authserv_id or len(addresses) != 1 or len(mail.get_all("from", [])) != 1:
        return ""
    domain = addresses[0][1].rpartition("@")[2]
    for value in mail.get_all("authentication-results", []):
        plain = _COMMENT.sub(" ", str(value).replace("\r", " ").replace("\n", " "))
        first, _, results = plain.partition(";")
        if (first.split() or [""])[0].casefold() == authserv_id.casefold():
            return addresses[0][1] if _passed(results, domain) else ""
    return ""


def _passed(results: str, domain: str) -> bool:
    """Exactly one DMARC result, it is pass, and it is about this domain."""
    found = [item.split() for item in results.split(";") if item.strip().casefold().startswith("dmarc")]
    if len(found) != 1 or found[0][0].casefold() != "dmarc=pass":
        return False
    about = [word.partition("=")[2] for word in found[0][1:] if word.casefold().startswith("header.from=")]
    return [name.strip('"').casefold() for name in about] == [domain]


def is_automatic(mail: Message) -> bool:
    """RFC 3834 5, and the older ways of saying so: by a machine, or through a list."""
    return _auto_submitted(mail) not in ("", "no") or is_from_nobody(mail) or _precedence(mail) or is_from_list(mail)


def is_auto_generated(mail: Message) -> bool:
    """By a program on somebody's behalf, which is how some calendars send the answer that a person pressed."""
    others = is_from_nobody(mail) or _precedence(mail) or is_from_list(mail)
    return _auto_submitted(mail) == "auto-generated" and not others


def is_from_nobody(mail: Message) -> bool:
    """An empty return path, as the delivering server wrote it."""
    path = mail.get("return-path")
    return path is not None and str(path).strip() in ("<>", "")


def is_from_list(mail: Message) -> bool:
    return mail.get("list-id") is not None or mail.get("list-unsubscribe") is not None


def _auto_submitted(mail: Message) -> str:
    return (header(mail, "auto-submitted").partition(";")[0].strip()).casefold()


def _precedence(mail: Message) -> bool:
    return header(mail, "precedence").casefold() in ("bulk", "junk", "list", "auto_reply")


def own_parts(mail: Message) -> Iterator[Message]:
    """The message's own parts, those inside another message left out: a bounce carries our invitation home."""
    yield mail
    if mail.get_content_maintype() == "message" or not mail.is_multipart():
        return
    for part in mail.get_payload():
        if isinstance(part, Message):
            yield from own_parts(part)


def body(part: Message) -> bytes:
    """A part's content, its transfer encoding undone."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def text_of(part: Message) -> str:
    raw = body(part)
    try:
        said = raw.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        said = raw.decode("utf-8", "replace")
    return said[:TEXT_MAX]

"""What does a phone say? SIP (RFC 3261), offers of sound (RFC 3264), and who calls (RFC 3323)."""

from __future__ import annotations

import re
from dataclasses import dataclass

PCMA = 8
ANONYMOUS = "anonymous"


class Unfit(Exception):
    """What was received is nothing that can be answered."""


@dataclass(frozen=True, slots=True)
class Message:
    """`start`: the request line or the status line. Names of headers are in small letters."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str = ""

    @property
    def method(self) -> str:
        """Of a request; empty for an answer."""
        return "" if self.start.startswith("SIP/2.0 ") else self.start.split(" ")[0]

    def all(self, name: str) -> list[str]:
        return [value for header, value in self.headers if header == name]

    def one(self, name: str) -> str:
        return next(iter(self.all(name)), "")


def read(raw: bytes) -> Message:
    """Raises Unfit."""
    head, _, body = raw.decode("utf-8", "replace").partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    if "SIP/2.0" not in start:
        raise Unfit("no SIP")
    pairs = [line.partition(":") for line in lines]
    return Message(start, tuple((name.strip().casefold(), value.strip()) for name, _, value in pairs), body)


def written(start: str, headers: list[tuple[str, str]], body: str = "") -> bytes:
    lines = [start, *(f"{name}: {value}" for name, value in headers), f"Content-Length: {len(body)}", "", body]
    return "\r\n".join(lines).encode()


def answer(request: Message, status: str, tag: str, *more: tuple[str, str], body: str = "") -> bytes:
    """RFC 3261 8.2.6.2: Via, From, Call-ID and CSeq come back as they were, To with our tag."""
    to = request.one("to")
    headers = [("Via", via) for via in request.all("via")]
    headers += [("From", request.one("from")), ("To", to if ";tag=" in to else f"{to};tag={tag}")]
    headers += [("Call-ID", request.one("call-id")), ("CSeq", request.one("cseq")), *more]
    return written(f"SIP/2.0 {status}", headers, body)


def bye(invite: Message, tag: str, port: int) -> bytes:
    """The end of the call that `invite` began, from the one who was called (RFC 3261 15)."""
    target = re.search(r"<(sip:[^>]+)>", invite.one("contact"))
    headers = [
        ("Via", f"SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{tag}bye"),
        ("From", f"{invite.one('to')};tag={tag}"),
        ("To", invite.one("from")),
        ("Call-ID", invite.one("call-id")),
        ("CSeq", "1 BYE"),
        ("Max-Forwards", "70"),
    ]
    return written(f"BYE {target[1] if target else 'sip:phone'} SIP/2.0", headers)


def caller(invite: Message) -> str:
    """Their number, `+` and digits; ANONYMOUS where it is withheld (RFC 3323) or is none."""
    if re.search(r"\b(id|user|header)\b", invite.one("privacy")):
        return ANONYMOUS
    number = re.search(r"sip:(\+\d{7,15})\b", invite.one("from"))
    return number[1] if number else ANONYMOUS


@dataclass(frozen=True, slots=True)
class Offer:
    """Where the phone hears sound, and by which payload type it sends keys."""

    host: str
    port: int
    keys: int


def offer(sdp: str) -> Offer:
    """Raises Unfit where there is no A-law or no telephone-event: nothing could be heard, or typed."""
    host = re.search(r"^c=IN IP4 (\S+)", sdp, re.MULTILINE)
    media = re.search(r"^m=audio (\d+) RTP/AVP ([\d ]+)", sdp, re.MULTILINE)
    keys = re.search(r"^a=rtpmap:(\d+) telephone-event/8000", sdp, re.MULTILINE)
    if host is None or media is None or keys is None or str(PCMA) not in media[2].split():
        raise Unfit("no A-law with telephone-events is offered")
    return Offer(host[1], int(media[1]), int(keys[1]))


def sdp_answer(port: int, keys: int) -> str:
    lines = ["v=0", "o=gate 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"]
    lines += [f"m=audio {port} RTP/AVP {PCMA} {keys}", f"a=rtpmap:{PCMA} PCMA/8000"]
    lines += [f"a=rtpmap:{keys} telephone-event/8000", f"a=fmtp:{keys} 0-15"]
    return "\r\n".join([*lines, ""])

"""What does a mail mean? The table of spec/invitations.md 4, first match decides; pure: a later version can read the
same bytes again.

Delivery report, automatic reply, iTIP object, words. Whatever cannot be read is put aside with its reason (INV-43).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from email.message import Message

from connectors.imap import headers, reports
from connectors.imap.headers import TEXT_MAX, body, header, own_parts, text_of
from connectors.imap.plain import words_of_html
from syncd.domain.correspondence import (
    AutoReplyReceived,
    CounterReceived,
    RefreshReceived,
    ReplyReceived,
    Trace,
    WordsReceived,
)
from syncd.domain.evidence import Evidence, Payload
from syncd.ical.itip import Scheduling, scheduling
from syncd.ical.read import Unreadable
from syncd.ports.source import Batch, Raw

PARTS_MAX = 200
DEPTH_MAX = 20
_BOUNDARY = re.compile(rb"boundary\s*=", re.IGNORECASE)
_METHODS = ("REPLY", "COUNTER", "REFRESH")


class Unread(ValueError):
    """Why a mail is put aside; holds nothing of what it says."""


def key_of(raw: bytes) -> str:
    """One key a mail, however often it is delivered: what servers on the way add is left out (INV-44)."""
    head, _, content = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    lines = re.sub(rb"\n[ \t]+", b" ", head).split(b"\n")
    own = sorted(line for line in lines if line.lower().startswith((b"message-id:", b"from:", b"date:", b"subject:")))
    digest = hashlib.sha256(b"\n".join(own) + b"\n\n" + content.rstrip())
    return f"mail/{digest.hexdigest()[:40]}"


def translate(raw: Raw, source: str, authserv_id: str) -> Batch:
    """The mail's evidence, without a subject; or the mail with the reason why it could not be read."""
    try:
        payload = _payload(raw.body, authserv_id)
    except Unread as error:
        return Batch(raw=(replace(raw, unreadable=str(error)),))
    except Exception as error:  # noqa: BLE001 -- parsers raise whatever they meet; a mail stops nothing (INV-43)
        return Batch(raw=(replace(raw, unreadable=f"not understood: {type(error).__name__}"),))
    return Batch(evidence=(Evidence(raw.key, source, raw.received_at, payload),), raw=(replace(raw, unreadable=""),))


def too_large(key: str, received_at: datetime, head: bytes, size: int) -> Raw:
    return Raw(key, received_at, head, f"larger than is read: {size} bytes; only its head is kept here")


def _payload(raw: bytes, authserv_id: str) -> Payload:
    if len(_BOUNDARY.findall(raw)) > PARTS_MAX:
        raise Unread(f"more than {PARTS_MAX} multiparts")
    mail = message_from_bytes(raw)
    _bounded(mail, 0, [0])
    name, address = headers.sender(mail)
    trace = Trace(
        tags=headers.tags(mail),
        references=headers.references(mail),
        sender=address,
        sender_name=name,
        proved=headers.proved(mail, authserv_id),
        message_id=headers.own_id(mail),
    )
    if (bounce := reports.bounce(mail, trace)) is not None:
        return bounce
    objects = _objects(mail)
    answers = any(found.method in _METHODS for found in objects)
    if headers.is_automatic(mail) and not (answers and headers.is_auto_generated(mail)):
        return AutoReplyReceived(address, header(mail, "subject"), trace)
    if objects:
        return _scheduled(mail, objects, trace)
    return _words(mail, trace)


def _bounded(mail: Message, depth: int, count: list[int]) -> None:
    count[0] += 1
    if depth > DEPTH_MAX or count[0] > PARTS_MAX:
        raise Unread(f"deeper than {DEPTH_MAX}, or more than {PARTS_MAX} parts")
    if mail.is_multipart():
        for part in mail.get_payload():
            if isinstance(part, Message):
                _bounded(part, depth + 1, count)


# -- iTIP --------------------------------------------------------------------------------------------------------------


def _objects(mail: Message) -> list[Scheduling]:
    """The iTIP objects in the message's own parts; a copy of one as a file counts once. Raises Unread."""
    found: list[Scheduling] = []
    for part in own_parts(mail):
        kind = part.get_content_type()
        if kind != "text/calendar" and not (kind == "application/ics" and not found):
            continue
        try:
            each = scheduling(body(part))
        except Unreadable as error:
            raise Unread(f"a calendar object: {error.reason}") from error
        named = str(part.get_param("method") or "").upper()
        if named and each.method and named != each.method:
            raise Unread("a calendar object whose METHOD is not the one that its part names")
        if each not in found:
            found.append(replace(each, method=each.method or named))
    return found


def _scheduled(mail: Message, objects: list[Scheduling], trace: Trace) -> Payload:
    one = objects[0]
    trace = replace(trace, uid=one.uid)
    if len(objects) > 1:
        return _words(mail, trace, "several calendar objects in one mail")
    if one.method not in _METHODS:
        return _words(mail, trace, f"a calendar object with METHOD:{one.method or '-'}"[:60])
    if one.recurring:
        return _words(mail, trace, f"a {one.method} about a series")
    answering = one.attendees
    if one.method == "COUNTER" and len(answering) > 1:  # it may name everybody (RFC 5546 3.2.7); its sender proposes
        answering = tuple(each for each in answering if each.email == trace.sender)
    if len(answering) != 1:
        return _words(mail, trace, f"a {one.method} with {len(one.attendees)} attendees, not one")
    who = answering[0]
    match one.method:
        case "REPLY":
            return ReplyReceived(
                who.email, who.partstat, one.uid, one.sequence, one.dtstamp, False, who.delegated, one.comment, trace
            )
        case "COUNTER":
            return CounterReceived(
                who.email, one.uid, one.sequence, one.starts_at, one.ends_at, False, one.comment, trace
            )
        case _:
            return RefreshReceived(who.email, one.uid, False, trace)


# -- words -------------------------------------------------------------------------------------------------------------


def _words(mail: Message, trace: Trace, claim: str = "") -> WordsReceived:
    plain = [p for p in own_parts(mail) if p.get_content_type() == "text/plain" and not p.get_filename()]
    markup = [p for p in own_parts(mail) if p.get_content_type() == "text/html" and not p.get_filename()]
    written = "\n".join(text_of(part) for part in markup)[:TEXT_MAX]
    said = "\n".join(text_of(part) for part in plain)[:TEXT_MAX] or words_of_html(written)
    clean = "".join(c if c.isprintable() or c in "\n\t" else " " for c in said.replace("\r\n", "\n"))
    return WordsReceived(trace.sender, header(mail, "subject"), clean.strip(), claim, bool(trace.sender), trace)

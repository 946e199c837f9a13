"""A byte-level checker of spec/invitations.md: INV-1 to INV-39 without 23, 24, 32 and DKIM (6).

Standard library only, and no line shared with the writer. `check` judges one mail, `check_life` the mails that one
recipient got about one session, in the order of sending. Each names the rules that are broken.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from tests.ical.inv_event import Truth, address, check_calendar, instant
from tests.ical.inv_wire import Broken, Component, check_bytes, parse, text_of

__all__ = [
    "Broken", "Truth", "body_of", "check", "check_ics", "check_life", "check_same", "event_of", "ics_of", "rules",
    "subject_of", "text_of",
]  # fmt: skip

_SCHEDULING = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "STATUS", "LOCATION")


def rules(broken: Sequence[Broken]) -> set[int]:
    return {each.rule for each in broken}


def ics_of(raw: bytes) -> bytes:
    """The calendar object of a mail, decoded."""
    return _ics(message_from_bytes(raw))


def event_of(raw: bytes) -> Component:
    """The one VEVENT of a mail."""
    calendar, _ = parse(ics_of(raw))
    assert calendar is not None
    return _event(calendar)


def subject_of(raw: bytes) -> str:
    """Decoded and on one line."""
    return _subject(message_from_bytes(raw))


def body_of(raw: bytes, kind: str) -> str:
    """The first part of that type, in words."""
    return _body(message_from_bytes(raw), kind)


def check(raw: bytes, truth: Truth) -> list[Broken]:
    """One calendar mail."""
    message = message_from_bytes(raw)
    broken = [*_octets(raw), *_headers(message, truth)]
    parts = _calendar_parts(message)
    if len(parts) != 1:
        return [*broken, Broken(1, f"{len(parts)} text/calendar parts")]
    broken.extend(_structure(message, parts[0]))
    ics = parts[0].get_payload(decode=True)
    assert isinstance(ics, bytes)
    calendar, _ = parse(ics)
    if calendar is not None:
        broken.extend(_agreement(message, parts[0], calendar))
        broken.extend(_words(message, calendar, truth))
    return [*broken, *check_ics(ics, truth)]


def check_ics(ics: bytes, truth: Truth) -> list[Broken]:
    """One calendar object."""
    calendar, broken = parse(ics)
    return [*check_bytes(ics), *broken, *(check_calendar(calendar, truth) if calendar else ())]


def check_same(first: bytes, second: bytes) -> list[Broken]:
    """INV-39: one stored state at one instant is one sequence of bytes."""
    return [] if first == second else [Broken(39, "composed twice, two different messages")]


def check_life(mails: Sequence[bytes]) -> list[Broken]:
    """INV-34 to 38: everything one recipient got about one session."""
    broken: list[Broken] = []
    known: dict[str, bytes] = {}
    sent: list[Component] = []
    for raw in mails:
        message = message_from_bytes(raw)
        name = str(message["Message-ID"])
        if name in known:  # a repeated delivery of one message
            if known[name] != raw:
                broken.append(Broken(38, "one Message-ID, two messages"))
            else:
                continue
        known[name] = raw
        calendar, _ = parse(_ics(message))
        assert calendar is not None
        broken.extend(_follows(sent, calendar))
        sent.append(calendar)
    return broken


# -- the mail ----------------------------------------------------------------------------------------------------------


def _ics(message: Message) -> bytes:
    payload = _calendar_parts(message)[0].get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload


def _calendar_parts(message: Message) -> list[Message]:
    return [part for part in message.walk() if part.get_content_type() == "text/calendar"]


def _octets(raw: bytes) -> Iterator[Broken]:
    if re.search(rb"(?<!\r)\n|\r(?!\n)", raw):
        yield Broken(4, "a line break that is not CRLF")
    if re.search(rb"[\x80-\xff]", raw):
        yield Broken(4, "not 7-bit clean")
    if any(len(line) > 998 for line in re.split(rb"\r\n|\n", raw)):
        yield Broken(4, "a line over 998 octets")


def _headers(message: Message, truth: Truth) -> Iterator[Broken]:
    to = getaddresses(message.get_all("To", []) + message.get_all("Cc", []) + message.get_all("Bcc", []))
    if [each.lower() for _, each in to] != [truth.to.lower()]:
        yield Broken(5, f"recipients: {to}")
    names = message.get_all("Message-ID", [])
    if len(names) != 1 or not re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+>", names[0]):
        yield Broken(7, f"Message-ID {names}")
    if truth.first_message_id is not None and names != [truth.first_message_id]:
        thread = message.get("References", "").split()
        if message.get("In-Reply-To") != truth.first_message_id or thread[:1] != [truth.first_message_id]:
            yield Broken(7, "In-Reply-To and References do not name the first invitation")
    for name in ("Date", "MIME-Version", "Subject"):
        if len(message.get_all(name, [])) != 1:
            yield Broken(8, f"{name} does not stand once")
    try:
        dated = parsedate_to_datetime(message.get("Date", ""))
    except ValueError:
        dated = None
    if dated is None or dated.tzinfo is None:
        yield Broken(8, "Date is none")
    if message.get_all("Auto-Submitted") != ["auto-generated"]:
        yield Broken(9, f"Auto-Submitted: {message.get_all('Auto-Submitted')}")


def _structure(message: Message, calendar: Message) -> Iterator[Broken]:
    charset, method = calendar.get_param("charset"), calendar.get_param("method")
    if str(charset).lower() != "utf-8" or method is None:
        yield Broken(1, "text/calendar without charset=utf-8 and a method")
    mixed = message.get_content_type() == "multipart/mixed"
    children = [m for m in message.walk() if m.get_content_type() == "multipart/alternative"]
    kinds = [part.get_content_type() for part in _children(children[0])] if children else []
    if kinds != ["text/plain", "text/html", "text/calendar"] or (mixed and _children(message)[0] is not children[0]):
        yield Broken(2, f"the alternatives are {kinds}")
    if calendar.get_content_disposition() not in (None, "inline"):
        yield Broken(2, "text/calendar is not inline")
    if not mixed and message.get_content_type() != "multipart/alternative":
        yield Broken(2, f"the message is {message.get_content_type()}")
    if str(calendar.get("Content-Transfer-Encoding", "")).lower() not in ("base64", "quoted-printable"):
        yield Broken(3, "text/calendar is neither base64 nor quoted-printable")
    for copy in (part for part in message.walk() if part.get_content_type() == "application/ics"):
        if copy.get_payload(decode=True) != calendar.get_payload(decode=True):
            yield Broken(3, "the copy is another object")
        if copy.get_content_disposition() != "attachment" or not str(copy.get_filename()).endswith(".ics"):
            yield Broken(3, "the copy is no attachment *.ics")


def _children(message: Message) -> list[Message]:
    payload = message.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []


def _agreement(message: Message, part: Message, calendar: Component) -> Iterator[Broken]:
    if str(part.get_param("method")).upper() != str(calendar.value("METHOD")).upper():
        yield Broken(1, "the method of the part is not METHOD")
    event = next((c for c in calendar.components if c.name == "VEVENT"), Component(""))
    to = {each.lower() for _, each in getaddresses(message.get_all("To", []))}
    if to and not to & {address(p.value) for p in event.all("ATTENDEE")}:
        yield Broken(5, "To is no ATTENDEE")
    senders = getaddresses(message.get_all("From", []) + message.get_all("Reply-To", []))
    organizer = address(event.value("ORGANIZER") or "")
    if organizer is not None and organizer not in {each.lower() for _, each in senders}:
        yield Broken(6, "neither From nor Reply-To is the ORGANIZER")


def _words(message: Message, calendar: Component, truth: Truth) -> Iterator[Broken]:
    event = next((c for c in calendar.components if c.name == "VEVENT"), Component(""))
    subject = _subject(message)
    summary = " ".join(text_of(event.value("SUMMARY") or "").split())
    word, _, rest = subject.partition(": ")
    zoned = r", .*\d.*, \d{1,2}:\d\d( [AP]M)?( Uhr)? ([A-Z]{2,5}|UTC[+−]?[\d:]*)( \(UTC[+−]?[\d:]*\))?"
    if (
        word.rstrip() not in truth.subject_words
        or not rest.startswith(summary)
        or not re.fullmatch(zoned, rest[len(summary) :])
    ):
        yield Broken(8, f"Subject: {subject}")
    wanted = [truth.conference_id, truth.call_in_page or "", truth.join_url if truth.online else ""]
    numbers = [
        p.value.removeprefix("tel:").split(",")[0] for p in event.all("CONFERENCE") if p.value.startswith("tel:")
    ]
    places = {
        "plain text": _body(message, "text/plain"),
        "HTML": html.unescape(_body(message, "text/html")),
        "DESCRIPTION": text_of(event.value("DESCRIPTION") or ""),
    }
    for place, text in places.items():
        for each in wanted:
            if each not in text:
                yield Broken(10, f"{each} does not stand in the {place}")
        for number in numbers:
            if not _dialled(number, text):
                yield Broken(10, f"{number} does not stand in the {place}")


def _subject(message: Message) -> str:
    return re.sub(r"\r\n(?=[ \t])", "", str(make_header(decode_header(message.get("Subject", "")))))


def _body(message: Message, kind: str) -> str:
    payload = next((p.get_payload(decode=True) for p in message.walk() if p.get_content_type() == kind), b"")
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _dialled(e164: str, text: str) -> bool:
    """Is the number printed, in national or international format?"""
    digits = e164.lstrip("+")
    printed = (re.sub(r"\D", "", run) for run in re.findall(r"\+?\(?\d[\d\s().\-/]{5,}\d", text))
    return any(len(run.lstrip("0")) >= 6 and digits.endswith(run.lstrip("0")) for run in printed)


# -- the life cycle ----------------------------------------------------------------------------------------------------


def _follows(before: Sequence[Component], calendar: Component) -> Iterator[Broken]:
    """Is this object a lawful successor of those sent before?"""
    if not before:
        return
    last, new, old = before[-1], _event(calendar), _event(before[-1])
    kind = calendar.value("METHOD")
    rule = 35 if kind == "CANCEL" else 34
    if new.value("UID") != old.value("UID") or _who(new, "ORGANIZER") != _who(old, "ORGANIZER"):
        yield Broken(rule, "another UID or ORGANIZER")
    stamps = instant(new.value("DTSTAMP") or ""), instant(old.value("DTSTAMP") or "")
    if stamps[0] is None or stamps[1] is None or stamps[0] <= stamps[1]:
        same = _signature(new) == _signature(old) and kind == last.value("METHOD")
        yield Broken(38 if same else rule, "DTSTAMP is not later")
    sequences = [int(_event(c).value("SEQUENCE") or 0) for c in before]
    sequence = int(new.value("SEQUENCE") or 0)
    if last.value("METHOD") == "CANCEL":
        if kind != "REQUEST" or sequence <= max(sequences):
            yield Broken(37, f"a {kind} with SEQUENCE {sequence} after a CANCEL with {max(sequences)}")
    elif kind == "CANCEL":
        yield from _cancels(old, new, sequence, sequences)
    else:
        changed = _signature(new) != _signature(old)
        if sequence != sequences[-1] + int(changed):
            yield Broken(34 if changed else 38, f"SEQUENCE {sequences[-1]} → {sequence}, changed: {changed}")


def _cancels(old: Component, new: Component, sequence: int, sequences: list[int]) -> Iterator[Broken]:
    if sequence <= max(sequences):
        yield Broken(35, f"CANCEL with SEQUENCE {sequence}, sent before: {sequences}")
    if _who(new, "ATTENDEE") != _who(old, "ATTENDEE"):
        yield Broken(35, "ATTENDEE is not as invited")
    for name in ("DTSTART", "DTEND", "SUMMARY"):
        if new.value(name) is None or new.value(name) != old.value(name):
            yield Broken(35, f"{name} is not repeated")


def _event(calendar: Component) -> Component:
    return next(c for c in calendar.components if c.name == "VEVENT")


def _signature(event: Component) -> list[tuple[str, str]]:
    return [(p.name, p.value) for name in _SCHEDULING for p in event.all(name)]


def _who(event: Component, name: str) -> set[tuple[str | None, str | None]]:
    return {(address(p.value), p.parameter("CN")) for p in event.all(name)}

"""What do we send to a calendar? The REQUEST, CANCEL or DECLINECOUNTER of one session for one attendee, as bytes.

RFC 5545, 5546, 7986; spec/invitations.md INV-11 to INV-39. Written directly: it is simpler than a library with its
traps closed, and three independent parsers and a byte-level checker hold it. One mail always gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import idna

from syncd.domain.desk import Channel
from syncd.domain.effect import CustomerMail, SessionFacts
from syncd.domain.letters import Method
from syncd.ical import wire

PRODID = "-//syncd//sessions//EN"
SEQUENCE_MAX = 2**31 - 1
_URI_SAFE = "!#$%&'()*+,-./:;=?@[]_~"
_LOCAL_PART_SAFE = "!$'*+-._~"
_PARTSTATS = frozenset({"NEEDS-ACTION", "ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED"})


class Unwritable(ValueError):
    """An address that no mail server takes. Says nothing of the address itself."""


@dataclass(frozen=True, slots=True)
class PrintedNumber:
    """A number of the conference line that this message prints: E.164, and the label a reader knows it by."""

    e164: str
    label: str


@dataclass(frozen=True, slots=True)
class Invite:
    """What the calendar object says beside the session's facts. `place` is LOCATION, `url` URL; both may be empty.

    `uninvited`: this attendee alone is taken off, and the session stays (INV-36). `refuses_counters`: Outlook and
    Exchange are asked to offer no other time ([MS-OXCICAL]).
    """

    organizer: str
    organizer_name: str
    summary: str
    description: str
    place: str
    url: str
    numbers: tuple[PrintedNumber, ...] = ()
    uninvited: bool = False
    refuses_counters: bool = False


def calendar_object(mail: CustomerMail, invite: Invite) -> bytes:
    """The whole object. ValueError for a mail that is no calendar mail; Unwritable for an address."""
    facts, method = mail.facts, mail.method
    if facts is None or method is None or mail.dtstamp is None:
        raise ValueError(f"a {mail.letter} without facts, method and DTSTAMP is no calendar mail")
    if not 0 <= mail.sequence <= SEQUENCE_MAX:
        raise ValueError("SEQUENCE out of range (INV-27)")
    start, end = wire.utc(facts.starts_at), wire.utc(facts.ends_at)
    if end <= start:
        raise ValueError("a session ends after it starts (INV-21)")
    content = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:" + PRODID,
        "METHOD:" + method,
        "BEGIN:VEVENT",
        "UID:" + wire.escaped(facts.uid),
        "DTSTAMP:" + wire.utc(mail.dtstamp),
        f"SEQUENCE:{mail.sequence}",
        "DTSTART:" + start,
        "DTEND:" + end,
        "SUMMARY:" + wire.escaped(wire.one_line(invite.summary)),
        f"ORGANIZER;CN={wire.quoted(wire.one_line(invite.organizer_name))}:{mailto(invite.organizer)}",
        _attendee(mail),
        *_place(facts, invite),
        "DESCRIPTION:" + wire.escaped(invite.description),
        *_status(method, invite),
        "TRANSP:OPAQUE",
        *(["X-MICROSOFT-DISALLOW-COUNTER:TRUE"] if invite.refuses_counters and method is Method.REQUEST else []),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return b"\r\n".join([wire.folded(line) for line in content])


def ascii_address(address: str) -> str:
    """The address with its domain in punycode (IDNA 2008). Raises Unwritable where the local part is not ASCII, or
    there is no domain: such an address is refused when booking."""
    local, at, domain = address.strip().rpartition("@")
    if not (at and local and domain) or not local.isascii() or not local.isprintable() or " " in local:
        raise Unwritable("the part before the @ is not one that every mail server takes")
    if domain.isascii():
        if not domain.isprintable() or " " in domain:
            raise Unwritable("the part after the @ is no domain")
        return f"{local}@{domain}"
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError as error:
        raise Unwritable("the part after the @ is no domain") from error


def mailto(address: str) -> str:
    """A mailto URI (RFC 6068 2)."""
    local, _, domain = ascii_address(address).rpartition("@")
    return f"mailto:{quote(local, safe=_LOCAL_PART_SAFE)}@{domain}"


def uri(link: str) -> str:
    """A link as a URI: what may not stand in one is percent-encoded, white space and control characters dropped."""
    return quote("".join(wire.clean(link).split()), safe=_URI_SAFE)


def tel(e164: str, digits: str, hash_key: bool) -> str:
    """A number that dials itself into the conference: three pauses, then its ID (RFC 3966; section 1)."""
    return f"tel:{e164},,,{digits}{'%23' if hash_key else ''}" if digits else f"tel:{e164}"


def _attendee(mail: CustomerMail) -> str:
    partstat = mail.partstat.upper()
    if partstat not in _PARTSTATS:
        raise ValueError("no PARTSTAT of RFC 5545 (INV-26)")
    name = wire.quoted(wire.one_line(mail.to.name) or mail.to.email)
    return (
        f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={partstat};RSVP=TRUE;CN={name}:"
        f"{mailto(mail.to.email)}"
    )


def _place(facts: SessionFacts, invite: Invite) -> list[str]:
    """LOCATION, URL and the conference's ways in (INV-29, INV-30)."""
    content = []
    if invite.place:
        content.append("LOCATION:" + wire.escaped(wire.one_line(invite.place)))
    if invite.url:
        content.append("URL:" + uri(invite.url))
    join = facts.join
    if join is None:
        return content
    if facts.channel is Channel.ONLINE and join.join_url:
        content.append("CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO:" + uri(join.join_url))
    for number in invite.numbers:
        dial = tel(number.e164, join.conference_digits, join.conference_id.rstrip().endswith("#"))
        content.append(f"CONFERENCE;VALUE=URI;FEATURE=PHONE;LABEL={wire.quoted(wire.one_line(number.label))}:{dial}")
    return content


def _status(method: Method, invite: Invite) -> list[str]:
    if method is not Method.CANCEL:  # a declined proposal leaves the session as it is (RFC 5546 3.2.8)
        return ["STATUS:CONFIRMED"]
    return [] if invite.uninvited else ["STATUS:CANCELLED"]

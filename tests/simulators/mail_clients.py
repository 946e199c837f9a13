"""What calendar programs mail back: the shapes of Gmail's, Outlook's and Apple's answers, bounces and absence notices.

Written after what these programs are known to send; none of it comes from a live account.
"""

from __future__ import annotations

from base64 import encodebytes
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import Message
from email.utils import parseaddr
from zoneinfo import ZoneInfo

import icalendar

EASTERN = ZoneInfo("America/New_York")
VTIMEZONE = """BEGIN:VTIMEZONE
TZID:Eastern Standard Time
BEGIN:STANDARD
DTSTART:16010101T020000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=1SU;BYMONTH=11
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=2SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


@dataclass(frozen=True)
class Invitation:
    """What a calendar program takes from our mail, read by a library that is not ours."""

    organizer: str
    reply_to: str
    attendee: str
    message_id: str
    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    method: str

    @staticmethod
    def of(raw: bytes) -> Invitation:
        mail = message_from_bytes(raw)
        part = next(p for p in mail.walk() if p.get_content_type() == "text/calendar")
        ics = part.get_payload(decode=True)
        assert isinstance(ics, bytes)
        calendar = icalendar.Calendar.from_ical(ics)
        event = calendar.walk("VEVENT")[0]
        return Invitation(
            organizer=str(event["ORGANIZER"]).partition(":")[2],
            reply_to=parseaddr(str(mail["Reply-To"]))[1],
            attendee=str(event["ATTENDEE"]).partition(":")[2],
            message_id=str(mail["Message-ID"]),
            uid=str(event["UID"]),
            sequence=int(str(event["SEQUENCE"])),
            starts_at=_instant(event["DTSTART"]),
            ends_at=_instant(event["DTEND"]),
            method=str(calendar["METHOD"]),
        )

    def moved(self, by: timedelta) -> Invitation:
        return replace(self, starts_at=self.starts_at + by, ends_at=self.ends_at + by)


def _instant(value: object) -> datetime:
    at = getattr(value, "dt", None)
    assert isinstance(at, datetime), f"no instant: {value}"
    return at


def gmail(to: str, about: Invitation, partstat: str, at: datetime) -> bytes:
    """Google Calendar mails the press of a button as `Auto-Submitted: auto-generated`, with a copy as a file."""
    who = about.attendee
    ics = f"""BEGIN:VCALENDAR
PRODID:-//Google Inc//Google Calendar 70.9054//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:REPLY
BEGIN:VEVENT
DTSTART:{about.starts_at:%Y%m%dT%H%M%SZ}
DTEND:{about.ends_at:%Y%m%dT%H%M%SZ}
DTSTAMP:{at:%Y%m%dT%H%M%SZ}
ORGANIZER;CN=Example Support:mailto:{about.organizer}
UID:{about.uid}
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={partstat};RSVP=TRU
 E;CN={who};X-NUM-GUESTS=0:mailto:{who}
CREATED:{at:%Y%m%dT%H%M%SZ}
LAST-MODIFIED:{at:%Y%m%dT%H%M%SZ}
SEQUENCE:{about.sequence}
STATUS:CONFIRMED
SUMMARY:Support session with Ada Adams
TRANSP:OPAQUE
END:VEVENT
END:VCALENDAR
"""
    name = f"calendar-{about.uid[:8]}-{at:%H%M%S}"
    calendar = f'Content-Type: text/calendar; charset="UTF-8"; method=REPLY\nContent-Transfer-Encoding: 7bit\n\n{ics}'
    copy = encodebytes(_crlf(ics)).decode()
    return _crlf(
        f"""MIME-Version: 1.0
Reply-To: {who}
Sender: Google Calendar <calendar-notification@google.com>
Auto-Submitted: auto-generated
Message-ID: <{name}@google.com>
Date: {at:%a, %d %b %Y %H:%M:%S} +0000
Subject: {partstat.title()}: Support session with Ada Adams
From: {who}
To: {to}
Content-Type: multipart/mixed; boundary="0000000000mixed"

--0000000000mixed
Content-Type: multipart/alternative; boundary="0000000000alt"

--0000000000alt
Content-Type: text/plain; charset="UTF-8"; format=flowed; delsp=yes

{who} has replied to this invitation.
--0000000000alt
Content-Type: text/html; charset="UTF-8"

<html><body>{who} has replied</body></html>
--0000000000alt
{calendar}--0000000000alt--
--0000000000mixed
Content-Type: application/ics; name="invite.ics"
Content-Disposition: attachment; filename="invite.ics"
Content-Transfer-Encoding: base64

{copy}
--0000000000mixed--
"""
    )


def outlook(
    to: str,
    about: Invitation,
    partstat: str,
    at: datetime,
    *,
    counter: Invitation | None = None,
    sender: str = "",
    proof: str = "",
) -> bytes:
    """Exchange: no ORGANIZER, its own zone names; a COUNTER keeps the old time in X-MS-OLK-ORIGINALSTART. `proof`: an
    Authentication-Results header that some server put on top."""
    shown = counter or about
    method = "COUNTER" if counter else "REPLY"
    original = f"X-MS-OLK-ORIGINALSTART;{_eastern(about.starts_at)}\nX-MS-OLK-ORIGINALEND;{_eastern(about.ends_at)}\n"
    ics = f"""BEGIN:VCALENDAR
METHOD:{method}
PRODID:Microsoft Exchange Server 2010
VERSION:2.0
{VTIMEZONE}BEGIN:VEVENT
ATTENDEE;PARTSTAT={partstat};CN=Carl Customer:mailto:{about.attendee}
COMMENT;LANGUAGE=en-US:\\n
UID:{about.uid}
SUMMARY;LANGUAGE=en-US:Declined: Support session
DTSTART;{_eastern(shown.starts_at)}
DTEND;{_eastern(shown.ends_at)}
CLASS:PUBLIC
PRIORITY:5
DTSTAMP:{at:%Y%m%dT%H%M%SZ}
TRANSP:OPAQUE
STATUS:CONFIRMED
SEQUENCE:{about.sequence}
LOCATION;LANGUAGE=en-US:https://meet.desk.example/500554260
X-MICROSOFT-CDO-APPT-SEQUENCE:{about.sequence}
X-MICROSOFT-CDO-OWNERAPPTID:0
X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE
X-MICROSOFT-CDO-INTENDEDSTATUS:BUSY
X-MICROSOFT-CDO-ALLDAYEVENT:FALSE
X-MICROSOFT-CDO-IMPORTANCE:1
X-MICROSOFT-CDO-INSTTYPE:0
{original if counter else ""}END:VEVENT
END:VCALENDAR
"""
    coded = encodebytes(_crlf(ics)).decode()
    top = f"Authentication-Results: {proof}\n" if proof else ""
    return _crlf(
        f"""{top}From: Carl Customer <{sender or about.attendee}>
To: Example Support <{to}>
Subject: Declined: Support session with Ada Adams
Thread-Topic: Support session with Ada Adams
Date: {at:%a, %d %b %Y %H:%M:%S} +0000
Message-ID: <DB9PR01{at:%H%M%S}@DB9PR01.eurprd01.prod.outlook.com>
In-Reply-To: {about.message_id}
References: {about.message_id}
Content-Language: en-US
X-MS-Has-Attach:
X-Auto-Response-Suppress: DR, OOF, AutoReply
Content-Type: multipart/alternative; boundary="_000_DB9PR01_"
MIME-Version: 1.0

--_000_DB9PR01_
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable


--_000_DB9PR01_
Content-Type: text/html; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

<html><body><p>&nbsp;</p></body></html>
--_000_DB9PR01_
Content-Type: text/calendar; charset="utf-8"; method={method}
Content-Transfer-Encoding: base64

{coded}
--_000_DB9PR01_--
"""
    )


def apple(to: str, about: Invitation, partstat: str, at: datetime) -> bytes:
    """Apple Calendar: a part named by its method, and little else."""
    return _crlf(
        f"""From: {about.attendee}
To: {to}
Subject: Support session with Ada Adams
Date: {at:%a, %d %b %Y %H:%M:%S} +0000
Message-Id: <A{at:%H%M%S}-11@icloud.example>
Mime-Version: 1.0 (1.0)
Content-Type: multipart/alternative; boundary=Apple-Mail-1

--Apple-Mail-1
Content-Type: text/plain; charset=utf-8

{about.attendee} has answered.
--Apple-Mail-1
Content-Transfer-Encoding: quoted-printable
Content-Type: text/calendar; charset=utf-8; method=REPLY; name=iCal-1.ics

BEGIN:VCALENDAR
CALSCALE:GREGORIAN
VERSION:2.0
METHOD:REPLY
PRODID:-//Apple Inc.//macOS 14.5//EN
BEGIN:VEVENT
ATTENDEE;CN=3D"Carl Customer";CUTYPE=3DINDIVIDUAL;PARTSTAT=3D{partstat}:ma=
ilto:{about.attendee}
DTEND:{about.ends_at:%Y%m%dT%H%M%SZ}
LAST-MODIFIED:{at:%Y%m%dT%H%M%SZ}
UID:{about.uid}
DTSTAMP:{at:%Y%m%dT%H%M%SZ}
SEQUENCE:{about.sequence}
SUMMARY:Support session with Ada Adams
DTSTART:{about.starts_at:%Y%m%dT%H%M%SZ}
ORGANIZER;CN=3D"Example Support":mailto:{about.organizer}
END:VEVENT
END:VCALENDAR
--Apple-Mail-1--
"""
    )


def bounce(to: str, sent: bytes, recipient: str, at: datetime, *, headers_alone: bool = False) -> bytes:
    """A delivery report (RFC 3464) that carries our mail home, invitation included."""
    mail: Message = message_from_bytes(sent)
    kind = "text/rfc822-headers" if headers_alone else "message/rfc822"
    head = sent.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    returned = (head if headers_alone else sent).decode("ascii").replace("\r\n", "\n")
    return _crlf(
        f"""From: MAILER-DAEMON@mx.acme.example (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Date: {at:%a, %d %b %Y %H:%M:%S} +0000
Message-Id: <bounce-{at:%H%M%S}@mx.acme.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B/mx"

--B/mx
Content-Type: text/plain; charset=us-ascii

Your message to {recipient} about {mail["Message-ID"]} could not be delivered.

--B/mx
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.acme.example
Arrival-Date: {at:%a, %d %b %Y %H:%M:%S} +0000

Final-Recipient: rfc822; {recipient}
Original-Recipient: rfc822;{recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--B/mx
Content-Type: {kind}

{returned}
--B/mx--
"""
    )


def words(sender: str, to: str, subject: str, text: str, at: datetime, *headers: str) -> bytes:
    more = "".join(f"{header}\n" for header in headers)
    return _crlf(
        f"""From: {sender}
To: {to}
Subject: {subject}
Date: {at:%a, %d %b %Y %H:%M:%S} +0000
Message-ID: <w{at:%H%M%S}{abs(hash((subject, text))) % 10**6}@mail.example>
{more}MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

{text}
"""
    )


def _eastern(instant: datetime) -> str:
    return f"TZID=Eastern Standard Time:{instant.astimezone(EASTERN):%Y%m%dT%H%M%S}"


def _crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()

"""The same invitation by the stock path (icalendar, EmailMessage with policy.SMTP): for equality and for the bench."""

from __future__ import annotations

from datetime import UTC
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from icalendar import Calendar, Event, vCalAddress, vText, vUri

from syncd.domain.effect import CustomerMail
from syncd.messages.parts import Parts
from syncd.ports.keys import Keys
from tests.messages import samples


def calendar_object(mail: CustomerMail, parts: Parts) -> bytes:
    facts, words, join = mail.facts, parts.calendar, samples.JOIN
    assert facts is not None
    assert words is not None
    assert mail.method is not None
    assert mail.dtstamp is not None
    event = Event()
    event.add("UID", facts.uid)
    event.add("DTSTAMP", mail.dtstamp)
    event.add("SEQUENCE", mail.sequence)
    event.add("DTSTART", facts.starts_at)
    event.add("DTEND", facts.ends_at)
    event.add("SUMMARY", words.summary)
    organizer = vCalAddress(f"mailto:{samples.DESK.organizer}")
    organizer.params["CN"] = vText(samples.DESK.organizer_name)
    event["ORGANIZER"] = organizer
    attendee = vCalAddress(f"mailto:{mail.to.email}")
    named = {"CUTYPE": "INDIVIDUAL", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": mail.partstat, "RSVP": "TRUE"}
    for key, value in {**named, "CN": mail.to.name}.items():
        attendee.params[key] = vText(value)
    event.add("ATTENDEE", attendee, encode=False)
    event.add("LOCATION", words.place)
    event.add("URL", words.url)
    for link, features, label in (
        (join.join_url, ["AUDIO", "VIDEO"], None),
        *((f"tel:{d.e164},,,{join.conference_digits}%23", ["PHONE"], d.label) for d in words.numbers),
    ):
        conference = vUri(link)
        conference.params["VALUE"] = "URI"
        conference.params["FEATURE"] = features
        if label:
            conference.params["LABEL"] = label
        event.add("CONFERENCE", conference, encode=False)
    event.add("DESCRIPTION", words.description)
    event.add("STATUS", "CONFIRMED" if mail.method == "REQUEST" else "CANCELLED")
    event.add("TRANSP", "OPAQUE")
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", "-//syncd//sessions//EN")
    calendar.add("METHOD", mail.method)
    calendar.add_component(event)
    return bytes(calendar.to_ical(sorted=False))


def message(mail: CustomerMail, parts: Parts, keys: Keys, reply_to: str, message_id: str) -> bytes:
    """The whole mail, headers in the same order."""
    ics = calendar_object(mail, parts)
    sender = formataddr((samples.DESK.organizer_name, samples.DESK.organizer))
    made = EmailMessage(policy=SMTP)
    made["From"] = sender
    made["To"] = formataddr((mail.to.name, mail.to.email))
    made["Reply-To"] = formataddr((samples.DESK.organizer_name, reply_to))
    made["Subject"] = parts.subject
    made["Date"] = format_datetime(mail.issued_at.astimezone(UTC))
    made["Message-ID"] = message_id
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(parts.text, cte="quoted-printable")
    made.add_alternative(parts.html, subtype="html", cte="quoted-printable")
    made.add_alternative(
        ics, maintype="text", subtype="calendar", cte="base64", params={"method": mail.method, "charset": "utf-8"}
    )
    made.add_attachment(
        ics, maintype="application", subtype="ics", filename="invite.ics", params={"name": "invite.ics"}
    )
    made["Content-Language"] = parts.lang  # after the parts: they would take it along
    return made.as_bytes()

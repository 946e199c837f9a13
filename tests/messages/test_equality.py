"""Is the fast path honest? Parsed, it equals what icalendar and EmailMessage make of the same values
(spec/invitations.md 6)."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from icalendar import Calendar

from syncd.domain.effect import CustomerMail
from syncd.engine.compose import reply_address, session_links
from syncd.messages import customer
from tests.messages import samples, stock
from tests.messages.composing import KEYS, composed

HEADERS = (
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "Content-Language",
    "Auto-Submitted",
    "MIME-Version",
)
MAILS = {
    name: mail
    for name, mail in samples.customer_mails().items()
    if mail.method and mail.letter == "invitation" and "phone" not in name
}


def parsed(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def parts(message: EmailMessage) -> list[tuple[str, object, object, object, object]]:
    found: list[tuple[str, object, object, object, object]] = []
    for part in message.walk():
        body = part.get_payload(decode=True)
        text = body.replace(b"\r\n", b"\n").strip(b"\n") if isinstance(body, bytes) else None
        parameters = (part.get_param("charset"), part.get_param("method"), part.get_filename())
        found.append(
            (
                part.get_content_type(),
                parameters,
                part.get_content_disposition(),
                text,
                part["Content-Transfer-Encoding"],
            )
        )
    return found


def calendar_of(message: EmailMessage) -> bytes:
    part = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    ics = part.get_payload(decode=True)
    assert isinstance(ics, bytes)
    return ics


def properties(ics: bytes) -> list[tuple[str, object, object]]:
    return [(name, value, getattr(value, "params", None)) for name, value in Calendar.from_ical(ics).property_items()]


@pytest.mark.parametrize("name", MAILS)
def test_both_paths_say_the_same(name: str) -> None:
    mail: CustomerMail = MAILS[name]
    ours = parsed(composed(mail))
    links = session_links(samples.DESK, KEYS, "session-1", mail.to.email, mailed=True)
    words = customer.render(mail, links, samples.DESK)
    reply_to = reply_address(samples.DESK, KEYS, "session-1", mail.to.email)
    theirs = parsed(stock.message(mail, words, KEYS, reply_to, str(ours["Message-ID"])))
    assert {h: str(ours[h]) for h in HEADERS} == {h: str(theirs[h]) for h in HEADERS}
    without_calendar = [p for p in parts(ours) if "cal" not in p[0] and "ics" not in p[0]]
    assert without_calendar == [p for p in parts(theirs) if "cal" not in p[0] and "ics" not in p[0]]
    assert [(p[:3], p[4]) for p in parts(ours)] == [(p[:3], p[4]) for p in parts(theirs)]
    assert properties(calendar_of(ours)) == properties(calendar_of(theirs))

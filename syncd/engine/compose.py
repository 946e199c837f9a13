"""What exactly is sent? An effect composed into the bytes that every attempt sends (design: compose, then freeze).

Deterministic: the same effect gives the same bytes, whatever the clock says (N5, INV-39). Links sign identity, not
time.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime

from syncd.domain.desk import Desk
from syncd.domain.effect import (
    CalendarPut,
    CustomerMail,
    CustomerText,
    Effect,
    OperatorMail,
    PaymentOpen,
    SessionFacts,
    StaffMail,
    StaffText,
    StandingMail,
)
from syncd.domain.keys import CaseKey
from syncd.domain.letters import Letter
from syncd.domain.session import Choice
from syncd.engine.links import reinstatement_link, session_token
from syncd.ical import compose as ical
from syncd.messages import customer, event, mime, operator, staff, standing, texts
from syncd.messages.parts import CalendarText, Links, Parts
from syncd.ports.calendar import EventDraft
from syncd.ports.errors import Permanent
from syncd.ports.keys import Keys

REPLY_TAG_LENGTH = 16
_MESSAGE_ID = re.compile(rb"^Message-ID: <([^@>\r\n]+)@", re.MULTILINE)


def compose(effect: Effect, desk: Desk, keys: Keys) -> bytes:
    """A mail effect as a whole RFC 5322 message, CALENDAR_PUT as its EventDraft (`draft_of` reads it back), and
    nothing for acts that carry no content. Raises Permanent for an address that no mail server takes."""
    try:
        return _composed(effect, desk, keys)
    except ical.Unwritable as error:
        raise Permanent(f"the mail has an address that cannot be used: {error}", hint="Correct the address.") from None


def _composed(effect: Effect, desk: Desk, keys: Keys) -> bytes:
    match effect.body:
        case CustomerMail() as mail:
            return _customer(mail, desk, keys)
        case StandingMail() as told:
            return _standing(effect, told, desk, keys)
        case StaffMail() as notice:
            return _staff(effect, notice, desk, keys)
        case OperatorMail() as alert:
            return _plain_mail(effect, operator.render(alert, desk), alert.to_email, "", alert.issued_at, desk, keys)
        case CalendarPut() as put:
            return _draft(put, desk, keys)
        case CustomerText() as text:
            return _text(effect, text, desk, keys)
        case StaffText() as asked:
            return _staff_text(effect, asked, desk, keys)
        case _:
            return b""


def draft_of(frozen: bytes) -> EventDraft:
    """What `compose` made of a CALENDAR_PUT."""
    values = json.loads(frozen)
    for name in ("starts_at", "ends_at"):
        values[name] = datetime.fromisoformat(values[name])
    return EventDraft(**values)


def session_links(desk: Desk, keys: Keys, session_id: str, email: str, *, mailed: bool = False) -> Links:
    """The recipient's own links of one session. `mailed`: for a mail to that address alone (E11)."""
    page = f"{desk.base_url.rstrip('/')}/s/{session_token(keys, session_id, email, mailed=mailed)}"
    return Links(page, f"{page}/cancel", f"{page}/reschedule", f"{page}/restore", book_link(desk))


def book_link(desk: Desk) -> str:
    return f"{desk.base_url.rstrip('/')}/book"


def described(wanted: PaymentOpen) -> PaymentOpen:
    """What is bought, as the processor shows it: a session by its own name, a reinstatement in the payer's language."""
    return wanted if wanted.description else replace(wanted, description=standing.bought(wanted.locale))


def question_link(desk: Desk, keys: Keys, subject: CaseKey, question_id: str, staff_id: str, choice: str = "") -> str:
    """The page on which staff answer a question (N8); `choice` stands first there."""
    token = keys.sign("question", subject, question_id, staff_id)
    chosen = f"?choice={choice}" if choice else ""
    return f"{desk.base_url.rstrip('/')}/q/{token}{chosen}"


def reply_address(desk: Desk, keys: Keys, session_id: str, email: str) -> str:
    """The booking's own plus-address: unguessable, so that what comes there is the recipient's (section 4)."""
    local, _, domain = ical.ascii_address(desk.organizer).rpartition("@")
    return f"{local}+{_reply_tag(keys, session_id, email)}@{domain}"


def envelope_sender(effect: Effect, desk: Desk, keys: Keys) -> str:
    """Whom the mail server tells of failures (RFC 5321 4.1.1.2). For a mail about a session that is the booking's own
    reply address, by which a bounce finds its session, whatever else it quotes (section 4); else the desk."""
    mail = effect.body
    subject_id = _about(mail) if isinstance(mail, CustomerMail) else None
    if not isinstance(mail, CustomerMail) or subject_id is None:
        return ical.ascii_address(desk.organizer)
    return reply_address(_as_booked(mail.facts, desk) if mail.facts else desk, keys, subject_id, mail.to.email)


def names_of(effect: Effect, composed: bytes, desk: Desk, keys: Keys) -> tuple[str, ...]:
    """By what an answer to this mail is known: its Message-ID's local part, and the tag of its reply address."""
    body = effect.body
    if not isinstance(body, CustomerMail | StaffMail | OperatorMail):
        return ()
    found = _MESSAGE_ID.search(composed.partition(b"\r\n\r\n")[0])
    names = (found[1].decode("ascii"),) if found else ()
    subject_id = _about(body) if isinstance(body, CustomerMail) else None
    if subject_id is None:
        return names
    return (*names, _reply_tag(keys, subject_id, effect.recipient))


def _about(mail: CustomerMail) -> str | None:
    """The session or the request that an answer to it is about."""
    return mail.facts.session_id if mail.facts else mail.request_id


def _reply_tag(keys: Keys, subject_id: str, email: str) -> str:
    return keys.name("reply", subject_id, email)[:REPLY_TAG_LENGTH]


def _as_booked(facts: SessionFacts, desk: Desk) -> Desk:
    """With the mailbox under which the session was booked: calendars heed no other organizer (INV-34)."""
    return replace(desk, organizer=facts.organizer) if facts.organizer not in ("", desk.organizer) else desk


def _customer(mail: CustomerMail, desk: Desk, keys: Keys) -> bytes:
    email = mail.to.email
    desk = _as_booked(mail.facts, desk) if mail.facts else desk
    others = {
        facts.session_id: session_links(desk, keys, facts.session_id, email, mailed=True) for facts in mail.sessions
    }
    session_id, about = mail.facts.session_id if mail.facts else None, _about(mail)
    book = book_link(desk)
    none = Links(book, book, book, book, book)
    links = session_links(desk, keys, session_id, email, mailed=True) if session_id else none
    parts = customer.render(mail, links, desk, others)
    name, references = _thread(mail, session_id, email, keys)
    domain = _domain(desk)
    message = mime.Message(
        sender=mime.Mailbox(desk.organizer_name, ical.ascii_address(desk.organizer)),
        to=mime.Mailbox(mail.to.name, ical.ascii_address(mail.to.email)),
        reply_to=mime.Mailbox(desk.organizer_name, reply_address(desk, keys, about, email)) if about else None,
        subject=parts.subject,
        date=mail.issued_at,
        message_id=f"{name}@{domain}",
        references=tuple(f"{reference}@{domain}" for reference in references),
        lang=parts.lang,
        text=parts.text,
        html=parts.html,
        boundary=name,
        calendar=calendar_part(mail, parts.calendar, desk, keys) if parts.calendar else None,
    )
    return mime.assemble(message)


def _thread(mail: CustomerMail, session_id: str | None, email: str, keys: Keys) -> tuple[str, tuple[str, ...]]:
    """The mail's own name, and those it refers to: first the recipient's invitation, which is sent once a session;
    then, for a calendar mail, the one at the SEQUENCE before, or the first at its own (section 1, Threading)."""

    def name(*parts: object) -> str:
        return keys.name("message-id", session_id or mail.request_id or "", email, *map(str, parts))

    root = name(Letter.INVITATION)
    if session_id is None:
        return name(mail.letter, mail.issued_at.isoformat(), mail.ordinal), ()
    if mail.letter is Letter.INVITATION and mail.ordinal == 0:
        return root, ()
    if mail.method is None:
        invited = mail.facts is not None and not mail.facts.call_number
        return name(mail.letter, mail.issued_at.isoformat(), mail.ordinal), (root,) if invited else ()
    previous = mail.sequence if mail.ordinal else mail.sequence - 1
    before = (name("calendar", previous, 0),) if previous > 0 else ()
    kind = (mail.letter,) if mail.ordinal and mail.letter is not Letter.UPDATE else ()
    return name("calendar", mail.sequence, *kind, mail.ordinal), (root, *before)


def calendar_part(mail: CustomerMail, words: CalendarText, desk: Desk, keys: Keys) -> mime.CalendarPart:
    """The calendar object of a calendar mail, which the session's page offers for download too."""
    assert mail.method is not None, "only calendar letters have calendar words"
    assert mail.facts is not None, "and they speak of a session"
    desk = _as_booked(mail.facts, desk)
    own = mail.facts.own_organizer
    invite = ical.Invite(
        organizer=reply_address(desk, keys, mail.facts.session_id, mail.to.email) if own else desk.organizer,
        organizer_name=desk.organizer_name,
        summary=words.summary,
        description=words.description,
        place=words.place,
        url=words.url,
        numbers=tuple(ical.PrintedNumber(dial.e164, dial.label) for dial in words.numbers),
        refuses_counters=desk.invitations.refuses_counters,
    )
    attached = desk.invitations.copies_to(ical.ascii_address(mail.to.email))
    return mime.CalendarPart(mail.method, ical.calendar_object(mail, invite), attached)


def _standing(effect: Effect, mail: StandingMail, desk: Desk, keys: Keys) -> bytes:
    """With the recipient's own links to the sessions that it names, where they object (A15)."""
    to = mail.to
    links = {
        past.session_id: session_links(desk, keys, past.session_id, to.email, mailed=True) for past in mail.sessions
    }
    pay = reinstatement_link(desk, keys, effect.subject) if desk.payments else ""
    parts = standing.render(mail, links, book_link(desk), desk, pay)
    return _plain_mail(effect, parts, to.email, to.name, mail.issued_at, desk, keys)


def _staff(effect: Effect, mail: StaffMail, desk: Desk, keys: Keys) -> bytes:
    choices: tuple[tuple[Choice, str], ...] = ()
    if mail.question is not None and mail.subject_key is not None:
        choices = tuple(
            (choice, question_link(desk, keys, mail.subject_key, mail.question.id, mail.to_id, choice))
            for choice in mail.question.choices
        )
    parts = staff.render(mail, choices, desk)
    return _plain_mail(effect, parts, mail.to_email, mail.to_name, mail.issued_at, desk, keys)


def _plain_mail(
    effect: Effect, parts: Parts, email: str, name: str, issued_at: datetime, desk: Desk, keys: Keys
) -> bytes:
    """A mail without a calendar object, named by its effect."""
    own = keys.name("message-id", effect.key)
    return mime.assemble(
        mime.Message(
            sender=mime.Mailbox(desk.organizer_name, ical.ascii_address(desk.organizer)),
            to=mime.Mailbox(name, ical.ascii_address(email)),
            reply_to=None,
            subject=parts.subject,
            date=issued_at,
            message_id=f"{own}@{_domain(desk)}",
            references=(),
            lang=parts.lang,
            text=parts.text,
            html=parts.html,
            boundary=own,
        )
    )


def _text(effect: Effect, text: CustomerText, desk: Desk, keys: Keys) -> bytes:
    """A port's Text; `text_of` reads it back."""
    book = book_link(desk)
    facts = text.facts
    links = session_links(desk, keys, facts.session_id, text.email) if facts else Links(book, book, book, book, book)
    return _as_text(effect, text.number, texts.words(text, links, desk), text.code)


def _staff_text(effect: Effect, text: StaffText, desk: Desk, keys: Keys) -> bytes:
    """The link, which is its reader's and its question's alone, is what the carrier is asked by (SMS-2)."""
    link = question_link(desk, keys, text.subject_key, text.question.id, text.to_id)
    return _as_text(effect, text.number, texts.words_to_staff(text, link, desk), link)


def _as_text(effect: Effect, number: str, body: str, reference: str) -> bytes:
    values = {"to": number, "body": body, "reference": reference, "effect_key": effect.key}
    return json.dumps(values, ensure_ascii=False, sort_keys=True).encode()


def _domain(desk: Desk) -> str:
    return ical.ascii_address(desk.organizer).rpartition("@")[2]


def _draft(put: CalendarPut, desk: Desk, keys: Keys) -> bytes:
    facts = put.facts
    text = event.text(put, desk, session_links(desk, keys, put.session_id, facts.booker.email))
    values = {
        "session_id": put.session_id,
        "title": text.title,
        "block": text.block,
        "place": text.place,
        "url": text.url,
        "starts_at": facts.starts_at.isoformat(),
        "ends_at": facts.ends_at.isoformat(),
        "generation": put.generation,
        "adopted": put.adopted,
        "notify": put.with_attendees,
        "tentative": bool(facts.call_number) and not facts.outcome,
    }
    return json.dumps(values, ensure_ascii=False, sort_keys=True).encode()

"""Does a text reach this customer, and how is it sent? Numbers that take texts, and the texts themselves (SMS-9, N5).

Everything that syncd texts goes through `text_customer`; what cannot be texted goes by mail, in the same words.
"""

from __future__ import annotations

from datetime import datetime

from syncd.domain.desk import Desk
from syncd.domain.effect import CustomerText, EffectKind
from syncd.domain.keys import short_code
from syncd.domain.letters import Cause, Letter, TextLetter
from syncd.domain.people import Consent, Contact
from syncd.domain.session import Booking, Session
from syncd.policy.draft import Draft
from syncd.policy.facts import facts_of
from syncd.policy.numbers import country_of_number
from syncd.policy.publish import mail_customer

USELESS = ("out", "unusable")
"""Consents under which a number is never tried (SMS-9)."""


def usable_mobile(session: Session, contact: Contact | None, desk: Desk, at: datetime | None = None) -> str | None:
    """The booking's mobile number, if our texts reach it: it is in a country that is texted and neither opted out nor
    proved unusable. `at`: as it was known at that instant (A4: what is known 24 hours before counts as no number)."""
    number = session.booking.booker.mobile if session.booking else None
    return number if number and takes_texts(number, contact, desk, at) else None


def takes_texts(number: str, contact: Contact | None, desk: Desk, at: datetime | None = None) -> bool:
    if desk.texting_number is None or not texted_country(number, desk):
        return False
    consent = consent_of(contact, number)
    known = consent is not None and consent.consent in USELESS
    return not (known and consent is not None and (at is None or consent.since <= at))


def texted_country(number: str, desk: Desk) -> bool:
    """Toll fraud: the texting number's own country and those of the settings (reliability.md 5)."""
    country = country_of_number(number)
    own = country_of_number(desk.texting_number) if desk.texting_number else None
    return country is not None and (country == own or country in desk.texting_countries)


def consent_of(contact: Contact | None, number: str) -> Consent | None:
    """The latest word on that number; None: unknown, which is no refusal."""
    return next((c for c in reversed(contact.consents) if c.number == number), None) if contact else None


def text_customer(
    draft: Draft,
    letter: TextLetter,
    number: str,
    *,
    until: datetime | None = None,
    expire_at: datetime | None = None,
) -> None:
    """One text to one number about this session: never repeated blindly (N5), in its order among those to it. Its key
    does not name the number: the carrier's reports bring the key back in an address (PRV-2)."""
    earlier = draft.emitted_before(EffectKind.TEXT_CUSTOMER)
    draft.emit(
        EffectKind.TEXT_CUSTOMER,
        number,
        words_of(draft, letter, number, until),
        name=letter,
        lane=f"text:{number}",
        expire_at=expire_at,
        ordinal=earlier,
        harmless=False,
        called="text",
    )


def words_of(draft: Draft, letter: TextLetter, number: str, until: datetime | None) -> CustomerText:
    """What a text says, whether it goes to the number or, instead of it, by mail."""
    session, desk = draft.live, draft.case.desk
    booking = _booking(session)
    return CustomerText(
        letter=letter,
        number=number,
        locale=booking.booker.locale,
        zone=booking.booker.zone,
        code=short_code(session.id),
        issued_at=draft.now,
        facts=facts_of(session, desk, draft.case.terms, draft.now),
        email=booking.booker.email,
        until=until,
    )


def mail_instead(draft: Draft, letter: TextLetter, number: str, *, until: datetime | None = None) -> None:
    """The words of a text by mail, to the booker: the number does not take it (SMS-5, SMS-9)."""
    sent = sum(1 for e in draft.case.effects if e.letter == Letter.TEXT_INSTEAD)
    sent += sum(1 for e in draft.effects if e.kind is EffectKind.MAIL_CUSTOMER and ":text-instead" in e.key)
    mail_customer(
        draft,
        Letter.TEXT_INSTEAD,
        Cause.DUE,
        _booking(draft.live).booker,
        expire_at=None,
        instead_of=words_of(draft, letter, number, until),
        ordinal=sent,
    )


def reply(
    draft: Draft, letter: TextLetter, number: str, *, until: datetime | None = None, opted_in: bool = False
) -> None:
    """The answer to a text, by text, or by mail where its number takes none (C4: every text gets an answer). What was
    known of a number that has `opted_in` just now counts no more."""
    contact = None if opted_in else draft.case.consulted.contact
    if takes_texts(number, contact, draft.case.desk):
        text_customer(draft, letter, number, until=until)
    else:
        draft.found("SMS-9", "the number takes no texts: answered by mail")
        mail_instead(draft, letter, number, until=until)


def _booking(session: Session) -> Booking:
    assert session.booking is not None, "only booked sessions have customers to write to"
    return session.booking

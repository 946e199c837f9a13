"""How do we explain it to the customer? Standing and sessions in their language, fit to be sent to them.

What an operator reads is in cli/story.py; here is only what concerns the one who asks, in whole sentences.
"""

from __future__ import annotations

from datetime import datetime

from syncd.domain.attendance import Outcome
from syncd.domain.desk import Desk
from syncd.domain.people import Company, Contact, NoShow, Reinstatement
from syncd.domain.session import Session, SessionState
from syncd.domain.terms import Terms
from syncd.messages import plain
from syncd.messages.catalogue import Locale, locale
from syncd.messages.parts import Letter, Row, Rows, Say, Section
from syncd.messages.standing import INSTANT, means, money
from syncd.messages.when import When, zone_of


def of_contact(contact: Contact, terms: Terms, desk: Desk, now: datetime) -> str:
    """Where a contact stands, what it rests on, and the way out (S6). `terms`: those that their standing suspension was
    judged by, else those in force."""
    words = locale(contact.locale or desk.locale)
    when = When(words, zone_of(contact.zone or desk.zone))
    standing = contact.suspended_at(now)
    said: list[Say] = []
    if standing is None:
        said.append(Say(words.say("story.free")))
    else:
        own = When(words, zone_of(standing.zone))
        key = "story.suspended_open" if standing.open_ended else "story.suspended"
        said.append(Say(words.say(key, date=own.date(standing.ends_at - INSTANT))))
        if terms.reinstatement is not Reinstatement.WAIT:
            amount = money(terms.reinstatement_cents, terms.reinstatement_currency, words)
            said.append(Say(words.say("standing.pay_only", amount=amount)))
            said += [Say(words.say("standing.pay_how", email=desk.support_email))] if desk.support_email else []
    rows = tuple(Row(when.moment(n.starts_at), words.say(f"story.{_how(n)}")) for n in contact.no_shows)
    sections = [Section(words.say("story.now"), tuple(said))]
    if rows:
        rule = Say(means(words, terms.no_shows, terms.no_show_months, terms.suspension_days), quiet=True)
        sections.append(Section(words.say("standing.missed"), (Rows(rows), rule)))
    return _text(words, desk, words.say("story.contact", desk=desk.name), sections)


def of_company(company: Company, counting: int, recent: int, terms: Terms, desk: Desk) -> str:
    """`counting`: strikes that have not expired; `recent`: same-day changes of the last days (C8)."""
    words = locale(desk.locale)
    key = "story.blocked" if company.barred else "story.open"
    said = [Say(words.say(key, company=company.name, email=desk.support_email))]
    rows = (
        Row(words.say("story.strikes"), str(counting)),
        Row(words.say("story.same_day", days=terms.same_day_days), str(recent)),
    )
    sections = [
        Section(words.say("story.now"), tuple(said)),
        Section(words.say("story.record"), (Rows(rows), Say(words.say("story.person"), quiet=True))),
    ]
    return _text(words, desk, words.say("story.company", company=company.name, desk=desk.name), sections)


def of_session(session: Session, desk: Desk) -> str | None:
    """What became of one session; None where nobody has booked it."""
    booking = session.booking
    if booking is None:
        return None
    words = locale(booking.booker.locale)
    when = When(words, zone_of(booking.booker.zone))
    rows = [Row(words.say("story.booked_at"), when.moment(booking.booked_at))]
    if session.cancelled_at is not None:
        rows.append(Row(words.say("story.cancelled_at"), when.moment(session.cancelled_at)))
    said = Say(words.say(f"story.{_came_to(session)}"))
    sections = [Section(words.say("story.course"), (Rows(tuple(rows)), said))]
    return _text(words, desk, words.say("story.session", moment=when.moment(session.starts_at)), sections)


def _how(no_show: NoShow) -> str:
    if no_show.reversed_at is not None:
        return "taken_back"
    if no_show.held_at is not None:
        return "in_question"
    return "counted" if no_show.counts else "not_counted"


def _came_to(session: Session) -> str:
    if session.state is SessionState.CANCELLED:
        return "cancelled"
    verdict = session.attendance.verdict
    if verdict is None:
        return "coming" if session.state is SessionState.BOOKED else "being_looked_at"
    objection = session.attendance.objection
    if objection is not None and objection.answered_at is None:
        return "objected"
    return {
        Outcome.ATTENDED: "attended",
        Outcome.NO_SHOW: "missed",
        Outcome.EXCUSED: "excused",
        Outcome.UNDETERMINED: "undetermined",
    }[verdict.outcome]


def _text(words: Locale, desk: Desk, headline: str, sections: list[Section]) -> str:
    questions = (words.say("after.contact", email=desk.support_email),) if desk.support_email else ()
    return plain.text(
        Letter(words.tag, headline, desk.name, headline, (), None, tuple(sections), questions or (desk.name,))
    )

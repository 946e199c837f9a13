"""What do we write about somebody's standing? Warnings, suspensions and what ends them, same-day changes (S6, A9, C8).

Plain and without blame: what happened, what follows, until when, and the way out. Days are those of the recipient.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from syncd.domain.desk import Desk
from syncd.domain.effect import StandingMail
from syncd.domain.letters import Letter as Kind
from syncd.messages import markup, plain
from syncd.messages.catalogue import Locale, locale
from syncd.messages.parts import Block, Button, Letter, Links, Parts, Row, Rows, Say, Section, TimeBox
from syncd.messages.when import When, zone_of

INSTANT = timedelta(microseconds=1)


def render(mail: StandingMail, links: Mapping[str, Links], book: str, desk: Desk, pay: str = "") -> Parts:
    """The letter in words. `links`: the recipient's own links of the sessions that it names, by session id; `pay`: the
    page on which they can pay, where the desk has a way to."""
    words = locale(mail.to.locale)
    when = When(words, zone_of(mail.to.zone))
    last = mail.sessions[-1].at if mail.sessions else mail.issued_at
    values: dict[str, object] = {
        "desk": desk.name,
        "company": mail.company_name,
        "number": len(mail.sessions),
        "days": mail.days,
        "moment": when.moment(last),
        "when": when.short_moment(last),
        "date": last_day(mail, when) if mail.suspended_until else "",
    }
    letter = Letter(
        lang=words.tag,
        subject=words.say(_key("subject", mail), **values),
        sender=desk.name,
        headline=words.say(_key("headline", mail), **values),
        lead=_lead(mail, words, values),
        time=_time(mail, words, when),
        sections=tuple(s for s in _sections(mail, links, (book, pay), desk, words, when) if s is not None),
        footer=(
            words.say("standing.footer", desk=desk.name, email=mail.to.email),
            words.say("footer.times", place=when.city or when.zone.key),
        ),
    )
    return Parts(letter.lang, letter.subject, plain.text(letter), markup.html(letter))


def last_day(mail: StandingMail, when: When) -> str:
    """The last day of a suspension: its end is the first instant after it."""
    assert mail.suspended_until is not None
    return when.date(mail.suspended_until - INSTANT)


def money(cents: int, currency: str, words: Locale) -> str:
    """100 USD; 99.50 USD, with the comma where the language has one."""
    whole, rest = divmod(cents, 100)
    return f"{whole}{words.say('standing.point')}{rest:02} {currency}" if rest else f"{whole} {currency}"


def bought(tag: str) -> str:
    """What a reinstatement is called where it is paid."""
    return locale(tag).say("standing.bought")


def means(words: Locale, no_shows: int, months: int, days: int) -> str:
    """What a further no-show leads to (S1): in words where it takes two, as it does by default."""
    key = "standing.second" if no_shows == 2 else "standing.further"
    return words.count(key, months, no_shows=no_shows, days=days)


def _key(topic: str, mail: StandingMail) -> str:
    open_ended = mail.letter is Kind.SUSPENSION and mail.suspended_until is None
    return f"{topic}.{mail.letter}.open" if open_ended else f"{topic}.{mail.letter}"


def _lead(mail: StandingMail, words: Locale, values: Mapping[str, object]) -> tuple[str, ...]:
    said = [words.say(_key("lead", mail), **values)]
    if mail.letter is Kind.REINSTATED and mail.by == "payment":
        said.insert(0, words.say("lead.reinstated.paid"))
    if mail.letter is Kind.REVERSAL and mail.lifts:
        said.append(words.say("lead.reversal.lifts"))
    return tuple(said)


def _time(mail: StandingMail, words: Locale, when: When) -> TimeBox | None:
    """A suspension's last day, to be seen in one glance."""
    if mail.letter is not Kind.SUSPENSION or mail.suspended_until is None:
        return None
    place = when.place(mail.suspended_until - INSTANT)
    return TimeBox(words.say("standing.until"), last_day(mail, when), place)


def _sections(
    mail: StandingMail, links: Mapping[str, Links], ways: tuple[str, str], desk: Desk, words: Locale, when: When
) -> tuple[Section | None, ...]:
    book, pay = ways
    match mail.letter:
        case Kind.WARNING:
            said = Say(means(words, mail.no_shows, mail.months, mail.days))
            meant = Section(words.say("standing.means"), (said, Say(words.say("standing.others"))))
            return (meant, _next_time(words), _objection(mail, links, words), _questions(desk, words))
        case Kind.SUSPENSION:
            return (
                _missed(mail, words, when),
                _way_out(mail, pay, desk, words, when),
                _stays(words),
                _objection(mail, links, words),
                _questions(desk, words),
            )
        case Kind.SAME_DAY:
            note = Section(words.say("standing.means"), (Say(words.say("standing.review")),))
            return (_missed(mail, words, when), note, _next_time(words), _questions(desk, words))
        case _:
            again = Section(words.say("after.title"), (Button(words.say("after.book"), book),))
            return (again, _questions(desk, words))


def _missed(mail: StandingMail, words: Locale, when: When) -> Section:
    topic = "changed" if mail.letter is Kind.SAME_DAY else "missed"
    rows = tuple(
        Row(words.say("standing.nth", number=number), when.moment(past.at))
        for number, past in enumerate(mail.sessions, start=1)
    )
    return Section(words.say(f"standing.{topic}"), (Rows(rows),))


def _way_out(mail: StandingMail, pay: str, desk: Desk, words: Locale, when: When) -> Section:
    """How to lift it (S4, S6): wait, pay, or either, by the terms that it was judged by."""
    blocks: list[Block] = []
    if mail.suspended_until is not None:
        blocks.append(Say(words.say("standing.wait", date=last_day(mail, when))))
    if mail.fee_cents is not None:
        amount = money(mail.fee_cents, mail.currency, words)
        key = "standing.pay" if mail.suspended_until is not None else "standing.pay_only"
        blocks.append(Say(words.say(key, amount=amount)))
        if pay:
            blocks.append(Button(words.say("standing.pay_button", amount=amount), pay))
        elif desk.support_email:
            blocks.append(Say(words.say("standing.pay_how", email=desk.support_email)))
    return Section(words.say("standing.way_out"), tuple(blocks))


def _stays(words: Locale) -> Section:
    """S5, E5: what goes on, and that the plan's costs do."""
    said = (words.say("standing.stays"), words.say("standing.others"), words.say("standing.plan"))
    return Section(words.say("standing.stays_title"), tuple(Say(text) for text in said))


def _next_time(words: Locale) -> Section:
    return Section(words.say("standing.next_title"), (Say(words.say("standing.next"), quiet=True),))


def _objection(mail: StandingMail, links: Mapping[str, Links], words: Locale) -> Section | None:
    """A15: one press, on the session's own page."""
    buttons = [
        Button(
            words.say("standing.object" if one else "standing.object_nth", number=number),
            links[past.session_id].session,
        )
        for one in (len(mail.sessions) == 1,)
        for number, past in enumerate(mail.sessions, start=1)
        if past.session_id in links
    ]
    if not buttons:
        return None
    return Section(words.say("standing.wrong"), (Say(words.say("standing.wrong_text")), *buttons))


def _questions(desk: Desk, words: Locale) -> Section | None:
    email = desk.support_email
    return Section(words.say("after.questions"), (Say(words.say("after.contact", email=email)),)) if email else None

"""What do we write to a customer? One letter of each kind, worded by its cause (N1 to N3, C4, C6, C11, B5, E12).

Order: what, when, where to join, phone, prepare, change, rule; the first reminder leads with what to prepare, and a
topic may put the phone first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from syncd.domain.decision import AnswerCode
from syncd.domain.desk import Channel, Desk
from syncd.domain.effect import CustomerMail, SessionFacts
from syncd.domain.letters import Cause
from syncd.domain.letters import Letter as Kind
from syncd.messages import calls, code, markup, plain, requests, sections, texts
from syncd.messages.catalogue import Locale, locale
from syncd.messages.parts import (
    Block,
    Button,
    CalendarText,
    Letter,
    Links,
    Parts,
    Say,
    Section,
    TimeBox,
)
from syncd.messages.sections import Reader
from syncd.messages.when import When, zone_of

CALENDAR_LETTERS = frozenset({Kind.INVITATION, Kind.UPDATE, Kind.CANCELLATION, Kind.COUNTER_DECLINED})
CALL_LETTERS = frozenset({Kind.RETURN_CALL, Kind.CALL_OVER})
REQUEST_LETTERS = frozenset({Kind.RECEIPT, Kind.NO_MAINTENANCE, Kind.CLEARED})


def render(mail: CustomerMail, links: Links, desk: Desk, others: Mapping[str, Links] | None = None) -> Parts:
    """The mail in words. `links` are those of the mail's own session; `others` those of the sessions that a LINKS
    letter lists, by session id."""
    words = locale(mail.to.locale)
    when = When(words, zone_of(mail.to.zone))
    if mail.facts is None:
        if mail.letter in REQUEST_LETTERS:
            letter = requests.letter(mail, links, desk, words, when)
        elif mail.letter is Kind.CODE:
            letter = code.letter(mail, links, desk, words)
        else:
            letter = _listing(mail, links, others or {}, desk, words, when)
        return Parts(letter.lang, letter.subject, plain.text(letter), markup.html(letter))
    if mail.letter in CALL_LETTERS:
        letter = calls.letter(mail, mail.facts, links, desk, words, when)
        return Parts(letter.lang, letter.subject, plain.text(letter), markup.html(letter))
    reader = Reader(mail.to, mail.facts, links, desk, words, when)
    letter = _letter(mail, reader)
    calendar = _calendar(mail, reader, letter) if mail.letter in CALENDAR_LETTERS else None
    return Parts(letter.lang, letter.subject, plain.text(letter), markup.html(letter), calendar)


def _letter(mail: CustomerMail, reader: Reader) -> Letter:
    words, facts = reader.locale, reader.facts
    return Letter(
        lang=words.tag,
        subject=words.say(
            f"subject.{mail.letter}", summary=reader.summary, when=reader.when.short_moment(facts.starts_at)
        ),
        sender=reader.desk.name,
        headline=words.first(*_keys("headline", mail, reader)),
        lead=_lead(mail, reader),
        time=_time_box(mail, reader),
        sections=tuple(section for section in _body(mail, reader) if section is not None),
        footer=_footer(reader),
    )


def _keys(topic: str, mail: CustomerMail, reader: Reader) -> tuple[str, ...]:
    """Where the words are looked for: for a colleague of the booker, for the cause, for the letter."""
    first = f"{topic}.{mail.letter}"
    invited = mail.letter is Kind.INVITATION and mail.cause is Cause.BOOKED and not reader.is_booker
    return ((f"{first}.colleague",) if invited else ()) + (f"{first}.{mail.cause}", first)


def _lead(mail: CustomerMail, reader: Reader) -> tuple[str, ...]:
    words, facts = reader.locale, reader.facts
    said = [
        words.first(
            *_keys("lead", mail, reader),
            summary=reader.summary,
            company=facts.company_name,
            booker=facts.booker.name,
            reason=words.first(f"reason.{mail.refused}", "reason.other"),
            text=texts.words(mail.instead_of, reader.links, reader.desk) if mail.instead_of else "",
            until=reader.when.deadline(mail.until or facts.ends_at, facts.starts_at),
        )
    ]
    if mail.words:
        said.append(words.say("lead.because", words=mail.words))
    if mail.former_staff_name:
        said.append(words.say("lead.update.new_staff", staff=facts.staff_name, former=mail.former_staff_name))
    return tuple(said)


def _time_box(mail: CustomerMail, reader: Reader) -> TimeBox:
    facts, when = reader.facts, reader.when
    former = mail.former_starts_at
    return TimeBox(
        when.date(facts.starts_at),
        when.span(facts.starts_at, facts.ends_at),
        when.place(facts.starts_at),
        reader.locale.say("when.former", moment=when.moment(former)) if former else "",
        _doubt(mail, reader),
        void=mail.letter is Kind.CANCELLATION or _is_over(mail),
    )


def _doubt(mail: CustomerMail, reader: Reader) -> str:
    """The other time and a question, where it is not clear in which zone the reader is, and the clocks differ (N4)."""
    if mail.other_zone is None or mail.letter is Kind.CANCELLATION:
        return ""
    there, starts_at = When(reader.locale, zone_of(mail.other_zone)), reader.facts.starts_at
    if there.local(starts_at).utcoffset() == reader.when.local(starts_at).utcoffset():
        return ""
    return reader.locale.say("when.doubt", city=there.city or there.zone.key, moment=there.moment(starts_at))


def _body(mail: CustomerMail, reader: Reader) -> tuple[Section | None, ...]:
    if mail.letter is Kind.CANCELLATION:
        after = _rebook(reader) if mail.cause is Cause.MOVING else _after(reader)
        return (after, sections.no_longer(reader))
    if mail.instead_of is not None and mail.instead_of.letter in texts.OFF:
        return (_after(reader), _contact(reader))
    if mail.letter is Kind.LAPSED:
        return (_contact(reader), sections.change(reader))
    join, phone = sections.join(reader), sections.phone(reader)
    prepare, change, rule = sections.prepare(reader), sections.change(reader), sections.rule(reader)
    if mail.letter in OF_ATTENDANCE:
        return _attendance(mail, reader)
    topic = reader.facts.topic
    ways = (phone, join) if topic is not None and topic.phone_first else (join, phone)
    if mail.letter is Kind.REMINDER_FIRST:
        return (prepare, *ways, change, rule)
    if mail.letter is Kind.REFUSAL:
        return (_after(reader), _contact(reader)) if _is_over(mail) else (change, *ways, prepare, rule)
    return (*ways, prepare, sections.about(reader), change, rule)


OF_ATTENDANCE = frozenset({Kind.ARE_YOU_COMING, Kind.STAFF_LATE, Kind.SHIFTED, Kind.OUTCOME, Kind.OBJECTION_ANSWER})


def _attendance(mail: CustomerMail, reader: Reader) -> tuple[Section | None, ...]:
    """Of a session that is due: an answer to give (A3), the ways in; of one that is over: what can be said to it."""
    say, links = reader.locale.say, reader.links
    ways = (sections.join(reader), sections.phone(reader))
    if mail.letter is Kind.ARE_YOU_COMING:
        buttons = Button(say("coming.button"), links.session)
        return (Section(say("coming.title"), (Say(say("coming.text")), buttons)), *ways)
    if mail.letter in (Kind.STAFF_LATE, Kind.SHIFTED):
        return (*ways, _contact(reader))
    against = mail.letter is Kind.OUTCOME and mail.cause is Cause.NO_SHOW
    object_ = Section(
        say("objection.title"), (Say(say("objection.text")), Button(say("objection.button"), links.session))
    )
    return (object_ if against else None, _contact(reader))


def _is_over(mail: CustomerMail) -> bool:
    """A message about no session to change: then there is none to join either."""
    if mail.instead_of is not None:
        return mail.instead_of.letter in texts.OFF
    return mail.refused in (AnswerCode.ALREADY_CANCELLED, AnswerCode.NO_SUCH_SESSION)


def _after(reader: Reader) -> Section:
    """What can be done after a cancellation: bring it back (C6), book again."""
    facts, say, links = reader.facts, reader.locale.say, reader.links
    blocks: list[Block] = []
    if facts.rebook_until is not None:
        deadline = reader.when.deadline(facts.rebook_until, facts.starts_at)
        blocks.append(Say(say("after.restore", deadline=deadline)))
        blocks.append(Button(say("after.restore_button"), links.restore))
    else:
        blocks.append(Say(say("after.book_text")))
    blocks.append(Button(say("after.book"), links.book, plain=facts.rebook_until is not None))
    return Section(say("after.title"), tuple(blocks))


def _rebook(reader: Reader) -> Section:
    """After MOVE: the link that rebooks the session under its UID and fee (C2)."""
    say = reader.locale.say
    button = Button(say("after.rebook_button"), reader.links.reschedule)
    return Section(say("after.title"), (Say(say("after.rebook_move")), button))


def _contact(reader: Reader) -> Section | None:
    email, say = reader.desk.support_email, reader.locale.say
    return Section(say("after.questions"), (Say(say("after.contact", email=email)),)) if email else None


def _footer(reader: Reader) -> tuple[str, ...]:
    return (reader.locale.say("footer.sent", desk=reader.desk.name, email=reader.to.email),)


def _listing(
    mail: CustomerMail, links: Links, others: Mapping[str, Links], desk: Desk, words: Locale, when: When
) -> Letter:
    """The answer to "send me my links again" (B5)."""
    listed = tuple(_listed(facts, others[facts.session_id], words, when) for facts in mail.sessions)
    book = Section(words.say("after.title"), (Button(words.say("links.book"), links.book, plain=bool(listed)),))
    return Letter(
        lang=words.tag,
        subject=words.say("subject.links", desk=desk.name),
        sender=desk.name,
        headline=words.say("headline.links"),
        lead=(words.say("lead.links" if listed else "lead.links.none", desk=desk.name),),
        time=None,
        sections=(*listed, book),
        footer=(
            words.say("footer.sent_links", desk=desk.name, email=mail.to.email),
            words.say("footer.times", place=when.city or when.zone.key),
        ),
    )


def _listed(facts: SessionFacts, links: Links, words: Locale, when: When) -> Section:
    blocks: list[Block] = [
        Say(words.say("subject.summary", type=facts.type_name, staff=facts.staff_name)),
        Button(words.say("change.page"), links.session),
    ]
    if facts.cancel_until is not None:
        deadline = when.deadline(facts.cancel_until, facts.starts_at)
        at_start = facts.cancel_until >= facts.starts_at
        blocks.append(Say(words.say("change.until_start" if at_start else "change.until", deadline=deadline)))
        blocks.append(Button(words.say("change.reschedule"), links.reschedule, plain=True))
        blocks.append(Button(words.say("change.cancel"), links.cancel, plain=True))
    return Section(words.say("links.title", moment=when.moment(facts.starts_at)), tuple(blocks))


def _calendar(mail: CustomerMail, reader: Reader, letter: Letter) -> CalendarText:
    """The words of the calendar object: the same sections, so that who keeps only the calendar has all (INV-10)."""
    facts, words = reader.facts, reader.locale
    join, dials = facts.join, reader.dials()
    if join is None:
        place, url = "", ""
    elif facts.channel is Channel.ONLINE:
        place, url = join.join_url, join.join_url
    else:
        number = f"{dials[0].shown}, " if dials else ""
        place, url = f"{number}{words.say('phone.id')} {join.conference_id}", join.call_in_page or ""
    kept = reader.desk.invitations.links_in_calendar
    return CalendarText(
        reader.summary, plain.description(letter if kept else _unlinked(letter, reader)), place, url, dials
    )


def _unlinked(letter: Letter, reader: Reader) -> Letter:
    """Without the recipient's own links, which whoever sees that calendar could use (section 1)."""
    own = frozenset((reader.links.session, reader.links.cancel, reader.links.reschedule, reader.links.restore))
    hint = Say(reader.locale.say("change.in_mail"))
    cut = []
    for section in letter.sections:
        blocks = tuple(b for b in section.blocks if not (isinstance(b, Button) and b.href in own))
        cut.append(section if blocks == section.blocks else Section(section.title, (*blocks, hint)))
    return replace(letter, sections=tuple(cut))

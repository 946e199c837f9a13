"""What does a session's entry say on the staff calendar? (K1, CAL-21, INV-33)

The company, the contact, the issue and the join data: staff need no other program to do their day. Where staff put the
customer on the entry, the customer reads it too: then it carries what an invitation of ours would carry, in the
customer's words and zone, and neither the host's link nor anyone's phone number.
"""

from __future__ import annotations

from dataclasses import dataclass

from syncd.domain.desk import Channel, Desk
from syncd.domain.effect import CalendarPut, SessionFacts
from syncd.messages import numbers, plain, sections
from syncd.messages.catalogue import Locale, locale
from syncd.messages.parts import Links, Section
from syncd.messages.sections import Reader
from syncd.messages.tidy import one_line
from syncd.messages.when import When, zone_of


@dataclass(frozen=True, slots=True)
class EventText:
    """`block` is our text alone; the calendar puts it between our markers (CAL-16)."""

    title: str
    block: str
    place: str
    url: str | None


def text(put: CalendarPut, desk: Desk, links: Links) -> EventText:
    """The entry in words; `links` are the booker's, for an entry that the customer reads."""
    facts = put.facts
    words = locale(facts.booker.locale if put.with_attendees else desk.locale)
    title = words.say("event.title", company=facts.company_name, booker=facts.booker.name or facts.booker.email)
    if facts.call_number:
        return _call(facts, desk, words)
    title = _unmarked(one_line(title), desk)
    place, url = _place(facts, words)
    block = _shared(facts, desk, links, words) if put.with_attendees else _own(facts, words)
    return EventText(title, block, place, url)


def _call(facts: SessionFacts, desk: Desk, words: Locale) -> EventText:
    """A return call: the number first, and the words by which staff say what came of it (O3)."""
    booker, say, number = facts.booker, words.say, numbers.shown(facts.call_number, None)
    title = say("call.event_title", company=facts.company_name, booker=booker.name or booker.email, number=number)
    title = one_line(f"{title} · {say(f'call.{facts.outcome}')}" if facts.outcome else title)
    pairs = (
        ("call.event_number", number),
        ("event.company", facts.company_name),
        ("event.contact", f"{booker.name} <{booker.email}>"),
        ("event.issue", facts.issue),
    )
    about = "\n".join(f"{say(key)}{say('colon')} {value}" for key, value in pairs if value)
    return EventText(_unmarked(title, desk), f"{about}\n\n{say('call.event_hint')}", number, f"tel:{facts.call_number}")


def _unmarked(title: str, desk: Desk) -> str:
    """Names that customers typed are no #tag of staff's (K8), and no mark of the desk: else a copy of the entry would
    become a session of its own (K7, CAL-12)."""
    title = title.replace("#", "＃")
    return f"· {title}" if title.casefold().startswith(desk.marks.title_prefix.casefold()) else title


def _place(facts: SessionFacts, words: Locale) -> tuple[str, str | None]:
    join = facts.join
    if join is None:
        return "", None
    if facts.channel is Channel.ONLINE:
        return join.join_url, join.join_url
    first = f"{numbers.shown(join.numbers[0].e164, None)}, " if join.numbers else ""
    return f"{first}{words.say('event.id')} {join.conference_id}", join.call_in_page


def _own(facts: SessionFacts, words: Locale) -> str:
    """For staff alone."""
    booker, say = facts.booker, words.say
    others = ", ".join(f"{a.name} <{a.email}>" for a in facts.attendees if a != booker)
    pairs = [
        ("event.company", facts.company_name),
        ("event.contact", f"{booker.name} <{booker.email}>"),
        ("event.mobile", numbers.shown(booker.mobile, None) if booker.mobile else ""),
        ("event.others", others),
        ("event.type", facts.type_name),
        ("event.topic", facts.topic.name if facts.topic else ""),
        ("event.release", facts.release),
        ("event.issue", facts.issue),
        ("event.outcome", words.say(f"outcome.{facts.outcome}") if facts.outcome else ""),
    ]
    about = "\n".join(f"{say(key)}{say('colon')} {value}" for key, value in pairs if value)
    return "\n\n".join(part for part in (about, _ways(facts, words), say("event.hint")) if part)


def _ways(facts: SessionFacts, words: Locale) -> str:
    join, say = facts.join, words.say
    if join is None:
        return ""
    online = facts.channel is Channel.ONLINE
    pairs = [
        ("event.host", (join.host_url or "") if online else ""),
        ("event.join", join.join_url if online else ""),
        ("event.code", (join.room_code or "") if online else ""),
        (
            "event.numbers",
            ", ".join(numbers.shown(number.e164, None) for number in join.numbers[: numbers.NUMBERS_MAX]),
        ),
        ("event.id", join.conference_id),
        ("event.all", join.call_in_page or ""),
    ]
    return "\n".join(f"{say(key)}{say('colon')} {value}" for key, value in pairs if value)


def _shared(facts: SessionFacts, desk: Desk, links: Links, words: Locale) -> str:
    """For the customer too: the sections of an invitation, as our own mail would carry them (N3)."""
    reader = Reader(facts.booker, facts, links, desk, words, When(words, zone_of(facts.booker.zone)))
    wanted = (
        sections.join(reader),
        sections.phone(reader),
        sections.prepare(reader),
        sections.change(reader),
        sections.rule(reader),
    )
    found: tuple[Section, ...] = tuple(section for section in wanted if section is not None)
    return plain.sections(found, words.tag)

"""What does every message to a customer carry? The sections of N3: join, phone, prepare, change, rule.

What does not apply to a booking is not printed: then the section is None.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from syncd.domain.desk import Channel, Desk, JoinData
from syncd.domain.effect import SessionFacts
from syncd.domain.people import Attendee, normal_email
from syncd.messages import numbers
from syncd.messages.catalogue import Locale
from syncd.messages.numbers import Dial
from syncd.messages.parts import Block, Button, Figure, Links, Row, Rows, Say, Section, Steps
from syncd.messages.tidy import one_line
from syncd.messages.when import When

TEXT_CANCEL, TEXT_MOVE = "C", "MOVE"
"""What is taught to be texted, with the short code: words that no carrier takes for its own (SMS-5, SMS-6)."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One customer, one session, one desk: what every section is worded from."""

    to: Attendee
    facts: SessionFacts
    links: Links
    desk: Desk
    locale: Locale
    when: When

    @property
    def summary(self) -> str:
        return one_line(self.locale.say("subject.summary", type=self.facts.type_name, staff=self.facts.staff_name))

    @property
    def online(self) -> bool:
        return self.facts.channel is Channel.ONLINE

    @property
    def is_booker(self) -> bool:
        return normal_email(self.to.email) == normal_email(self.facts.booker.email)

    @property
    def region(self) -> str | None:
        return numbers.region_of(self.facts.country, self.to)

    def dials(self) -> tuple[Dial, ...]:
        """The numbers that this message prints (CON-12)."""
        join = self.facts.join
        wanted = self.desk.invitations.numbers
        return numbers.printed(join, self.region, self.locale, wanted) if join else ()


def join(reader: Reader) -> Section | None:
    """The join URL, and that it does not connect audio by itself. A phone session has none (N3)."""
    data, say = reader.facts.join, reader.locale.say
    if data is None:
        return Section(say("join.title"), (Say(say("join.later")),))
    if not reader.online or not data.join_url:
        return None
    return Section(say("join.title"), (Button(say("join.button"), data.join_url, shown=True), Say(say("join.audio"))))


def phone(reader: Reader) -> Section | None:
    """Conference ID as it is typed, the nearest numbers, and the list of all."""
    data, say = reader.facts.join, reader.locale.say
    if data is None or not (data.conference_id or data.numbers or data.call_in_page):
        return None
    blocks: list[Block] = []
    dials = reader.dials()
    if dials:
        blocks.append(Rows(tuple(Row(dial.label, dial.shown, dial.href) for dial in dials)))
    if data.conference_id:
        blocks.append(Figure(say("phone.id"), data.conference_id))
    if data.call_in_page:
        blocks.append(Button(say("phone.all"), data.call_in_page, plain=True, shown=True))
    return Section(say("phone.title" if reader.online else "phone.title_phone"), tuple(blocks))


def prepare(reader: Reader) -> Section | None:
    """App, room code, macOS permission, sound; the topic's own notes; the operator's steps."""
    data, facts, say = reader.facts.join, reader.facts, reader.locale.say
    blocks: list[Block] = []
    if facts.topic is not None and facts.topic.preparation:
        blocks.append(Say(f"{say('prepare.topic', topic=facts.topic.name)} {facts.topic.preparation}"))
    if data is not None and reader.online:
        blocks.extend(_app(data, reader.locale))
        blocks.append(Say(say("prepare.audio"), quiet=True))
    if data is not None and data.steps:
        blocks.append(Say(say("join.steps"), quiet=True))
        blocks.append(Steps(data.steps))
    return Section(say("prepare.title"), tuple(blocks)) if blocks else None


def _app(data: JoinData, locale: Locale) -> Iterable[Block]:
    rows = []
    if data.room_code:
        rows.append(Row(locale.say("prepare.code"), data.room_code))
    if data.app_url:
        rows.append(Row(locale.say("prepare.app_label"), data.app_url, data.app_url))
    if data.macos_url:
        rows.append(Row(locale.say("prepare.macos_label"), data.macos_url, data.macos_url))
    if rows:
        yield Rows(tuple(rows))


def about(reader: Reader) -> Section | None:
    """For whom it is, and what the customer wrote."""
    facts, say = reader.facts, reader.locale.say
    pairs = (
        ("about.company", facts.company_name),
        ("about.topic", facts.topic.name if facts.topic else ""),
        ("about.issue", facts.issue),
        ("about.release", facts.release),
    )
    rows = tuple(Row(say(key), value) for key, value in pairs if value)
    return Section(say("about.title"), (Rows(rows),)) if rows else None


def change(reader: Reader) -> Section:
    """The links to move and to cancel, each with its last moment as an instant (C1, C9, C11), and by text (C2)."""
    facts, say, links = reader.facts, reader.locale.say, reader.links
    page = Button(say("change.page"), links.session, plain=True)
    if facts.cancel_until is None:
        return Section(say("change.title"), (Say(say("change.passed")), *_by_text(reader), page))
    at_start = facts.cancel_until >= facts.starts_at
    deadline = reader.when.deadline(facts.cancel_until, facts.starts_at)
    return Section(
        say("change.title"),
        (
            Say(say("change.until_start" if at_start else "change.until", deadline=deadline)),
            Button(say("change.reschedule"), links.reschedule, plain=True),
            Button(say("change.cancel"), links.cancel, plain=True),
            *_by_text(reader),
            page,
        ),
    )


def _by_text(reader: Reader) -> Iterable[Block]:
    facts, number = reader.facts, reader.desk.texting_number
    if number and facts.text_until is not None:
        deadline = reader.when.deadline(facts.text_until, facts.starts_at)
        shown = numbers.shown(number, reader.region)
        cancel, move = (f"{word} {facts.code}".rstrip() for word in (TEXT_CANCEL, TEXT_MOVE))
        yield Say(reader.locale.say("change.text", number=shown, deadline=deadline, cancel=cancel, move=move))


def rule(reader: Reader) -> Section:
    """The no-show rule, under the booking's own terms (S1, S10)."""
    facts, locale = reader.facts, reader.locale
    said = [locale.say("rule.no_show", company=facts.company_name)]
    if facts.no_show_months is not None and facts.suspension_days is not None and reader.is_booker:
        said.append(locale.count("rule.suspension", facts.no_show_months, days=facts.suspension_days))
    said.append(locale.say("rule.silence"))
    return Section(locale.say("rule.title"), (Say(" ".join(said), quiet=True),))


def no_longer(reader: Reader) -> Section | None:
    """After a cancellation: which links and numbers have lost their meaning."""
    data, say = reader.facts.join, reader.locale.say
    if data is None:
        return None
    rows = []
    if reader.online and data.join_url:
        rows.append(Row(say("after.join"), data.join_url, struck=True))
    rows.extend(Row(dial.label, dial.shown, struck=True) for dial in reader.dials())
    if data.conference_id:
        rows.append(Row(say("phone.id"), data.conference_id, struck=True))
    if data.call_in_page:
        rows.append(Row(say("after.all"), data.call_in_page, struck=True))
    if not rows:
        return None
    return Section(say("after.no_longer"), (Say(say("after.no_longer_text"), quiet=True), Rows(tuple(rows))))

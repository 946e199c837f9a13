"""Do the tables fit together? What no single table can tell: names that nobody bears, calendars bound twice, too few
rooms (K10), deadlines that leave no time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from syncd.config import settings as s
from syncd.config.problems import Problem, did_you_mean, warning
from syncd.config.values import DAYS
from syncd.domain.desk import Channel, Room
from syncd.domain.people import normal_email
from syncd.messages.catalogue import available
from syncd.ports.connector import PUSH, WRITE, Manifest, Role

SAMPLE_WEEKS = (date(2027, 1, 11), date(2027, 7, 12), date(2027, 3, 22))
"""Mondays in winter, in summer, and between the clock changes of America and Europe."""

PERFORMING = frozenset({Role.CALENDAR, Role.MAIL_OUT, Role.TEXTS, Role.PAYMENTS})
"""Who does what was claimed from the outbox."""


@dataclass(slots=True)
class Understood:
    """What could be read, table by table. `ids` holds all ids that stand in the file, of unreadable tables too, so that
    one mistake is not reported again by whoever refers to it."""

    tables: dict[str, BaseModel] = field(default_factory=dict)
    lists: dict[str, list[tuple[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    connectors: list[s.Connector] = field(default_factory=list)
    manifests: dict[str, Manifest] = field(default_factory=dict)
    ids: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))

    def note_id(self, kind: str, path: str, value: object) -> None:
        if isinstance(value, str):
            self.ids[kind].append((path, value))

    def known(self, kind: str) -> set[str]:
        return {value for _, value in self.ids[kind]}

    @property
    def staff(self) -> list[tuple[str, s.StaffSettings]]:
        return self.lists["staff"]

    @property
    def types(self) -> list[tuple[str, s.TypeSettings]]:
        return self.lists["type"]


def judge(found: Understood) -> list[Problem]:
    """Everything that can be judged without building a connector."""
    return [
        *_twice(found),
        *_connectors(found),
        *_push(found),
        *_lease(found),
        *_calendars(found),
        *_types(found),
        *_staff(found),
        *_desk(found),
    ]


def judge_rooms(settings: s.Settings, rooms: Sequence[tuple[str, Room]]) -> list[Problem]:
    """What the rooms that the connectors offer mean for the rest. `rooms`: each with the path of its connector."""
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    for path, room in rooms:
        if room.id in seen:
            problems.append(Problem(path, f"room “{room.id}” stands in {seen[room.id]} too", "give it another id"))
        seen.setdefault(room.id, path)
    for index, kind in enumerate(settings.types):
        for place, room_id in enumerate(kind.rooms):
            if room_id not in seen:
                hint = did_you_mean(room_id, seen) or "rooms stand in a [[connector]] of kind room"
                problems.append(Problem(f"type[{index}].rooms[{place}]", f"there is no room “{room_id}”", hint))
    if not rooms:
        hint = 'kind = "room" takes a permanent room: its link, conference ID and numbers'
        problems.append(Problem("connector", "none of them offers a room, so no session has a place", hint))
    places = [room for _, room in rooms]
    return problems or [
        *_too_few_rooms(settings, places),
        *_strange_numbers(settings, places),
        *_unwatched(settings, places),
    ]


def _strange_numbers(settings: s.Settings, rooms: Sequence[Room]) -> Iterator[Problem]:
    """Numbers that shall be printed and lead into no room: a mistyped one would be missed by nobody else."""
    known = {number.e164 for room in rooms for number in room.join.numbers}
    for index, number in enumerate(settings.desk.invitations.numbers):
        if number not in known:
            hint = did_you_mean(number, known) or "numbers stand with the room that they lead to"
            yield warning(f"desk.invitations.numbers[{index}]", f"{number} leads into no room", hint)


def _unwatched(settings: s.Settings, rooms: Sequence[Room]) -> Iterator[Problem]:
    """CON-2: who is there must be knowable on every channel that is offered, by a live feed or by staff's word; else no
    session could ever be asked about or closed."""
    if settings.desk.attestation:
        return
    by_id = {room.id: room for room in rooms}
    for index, kind in enumerate(settings.types):
        for room_id in kind.rooms or tuple(by_id):
            for channel in _offered(kind, by_id[room_id]):
                if not any(feed.live and channel in feed.channels for feed in by_id[room_id].feeds):
                    yield Problem(
                        f"type[{index}]",
                        f"is offered {channel} in “{room_id}”, where no live feed tells who is there",
                        "set desk.attestation = true, so that staff can say it (CON-5); or add a feed that is live "
                        f"on {channel} for that room",
                    )


def _offered(kind: s.TypeSettings, room: Room) -> tuple[Channel, ...]:
    if kind.channel is Channel.PHONE:
        return (Channel.PHONE,)
    return (Channel.ONLINE, Channel.PHONE) if room.join.numbers else (Channel.ONLINE,)


def _too_few_rooms(settings: s.Settings, rooms: Sequence[Room]) -> Iterator[Problem]:
    """K10: a room holds one session at a time. Types that may use the same rooms are judged together."""
    everyone = frozenset(room.id for room in rooms)
    staff_of: dict[frozenset[str], set[str]] = defaultdict(set)
    for kind in settings.types:
        members = kind.staff or tuple(member.id for member in settings.staff)
        staff_of[frozenset(kind.rooms) or everyone].update(members)
    for places, holders in staff_of.items():
        most, when = busiest([m for m in settings.staff if m.id in holders])
        if most > len(places):
            yield warning(
                "staff",
                f"up to {most} staff work at once ({when}), and their sessions share "
                f"{len(places)} room{'s' * (len(places) > 1)} ({', '.join(sorted(places))})",
                f"at such times only {len(places)} of them can be booked; more permanent rooms offer more (K10)",
            )


def busiest(members: Iterable[s.StaffSettings]) -> tuple[int, str]:
    """How many of them have hours at the same instant, at most, over the sample weeks; and when that is, in UTC."""
    best, when = 0, ""
    for monday in SAMPLE_WEEKS:
        edges: list[tuple[datetime, int]] = []
        for member in members:
            zone = ZoneInfo(member.zone)
            for hours in member.hours:
                day = monday + timedelta(days=hours.weekday)
                edges.append((datetime.combine(day, hours.opens, zone).astimezone(UTC), 1))
                edges.append((datetime.combine(day, hours.closes, zone).astimezone(UTC), -1))
        open_now = 0
        for instant, change in sorted(edges):
            open_now += change
            if open_now > best:
                best, when = open_now, f"{DAYS[instant.weekday()]} {instant:%H:%M} UTC"
    return best, when


def _twice(found: Understood) -> Iterator[Problem]:
    for kind, rows in found.ids.items():
        seen: dict[str, str] = {}
        key = "name" if kind == "connector" else "id"
        for path, value in rows:
            if value in seen:
                yield Problem(f"{path}.{key}", f"“{value:.60}” is taken by {seen[value]}", "each has its own")
            seen.setdefault(value, path)
    addresses: dict[str, str] = {}
    for path, member in found.staff:
        address = normal_email(member.email)
        if address in addresses:
            hint = "answers to mails could not be told apart"
            yield Problem(f"{path}.email", f"is the address of {addresses[address]} too", hint)
        addresses.setdefault(address, path)


def _connectors(found: Understood) -> Iterator[Problem]:
    unread = found.known("connector") - set(found.manifests)
    by_role: dict[Role, list[str]] = defaultdict(list)
    for name, manifest in found.manifests.items():
        by_role[manifest.role].append(name)
    needed = {
        Role.MAIL_OUT: ("sends mail", "smtp"),
        Role.CALENDAR: ("reads calendars", "caldav"),
        Role.ROOMS: ("offers a room", "room"),
    }
    for role, (does, kind) in needed.items():
        if not by_role[role] and not unread:
            yield Problem("connector", f"none of them {does}", f'add a [[connector]], for example kind = "{kind}"')
    if len(by_role[Role.DIRECTORY]) > 1:
        names = ", ".join(by_role[Role.DIRECTORY])
        hint = "keep one: whoever is not in it counts as gone"
        yield Problem("connector", f"{names} are all directories", hint)
    if len(by_role[Role.MAIL_OUT]) > 1:
        names = ", ".join(by_role[Role.MAIL_OUT])
        yield Problem("connector", f"{names} all send mail", "keep one: a mail goes out by one way")
    yield from _texts(found, by_role[Role.TEXTS], sure=not unread)


def _texts(found: Understood, names: list[str], *, sure: bool) -> Iterator[Problem]:
    """Texts go out by one way, and their number is printed; one without the other says what is not so (C2)."""
    if len(names) > 1:
        yield Problem("connector", f"{', '.join(names)} all carry texts", "keep one: customers text one number")
    desk = found.tables.get("desk")
    if not isinstance(desk, s.DeskSettings) or not sure:
        return
    if desk.texting_number is not None and not names:
        hint = 'add a [[connector]], for example kind = "twilio"; or take the number out'
        yield warning("desk.texting_number", "is printed in messages, and nothing reads what comes to it", hint)
    if desk.texting_number is None and names:
        hint = "set desk.texting_number: without it nobody is texted, and nobody knows whom to text"
        yield warning("desk.texting_number", f"is not set, and {names[0]} carries texts", hint)


def _push(found: Understood) -> Iterator[Problem]:
    """Push is an accelerator: where it cannot be had, calendars are polled, and it is said."""
    desk, web = found.tables.get("desk"), found.tables.get("web")
    paths = {name: path for path, name in found.ids["connector"]}
    for connector in found.connectors:
        if PUSH not in found.manifests[connector.name].capabilities or not getattr(connector.settings, "push", False):
            continue
        where, what = f"{paths[connector.name]}.push", "cannot be had, and its calendars are polled as without it"
        if isinstance(desk, s.DeskSettings) and not desk.base_url.startswith("https://"):
            yield warning(where, what, "vendors call https alone: desk.base_url must be public and begin with https://")
        elif isinstance(web, s.WebSettings) and not web.enabled:
            yield warning(where, what, "vendors are answered by the pages of this daemon: set web.enabled = true")


def _lease(found: Understood) -> Iterator[Problem]:
    """A call that outlives its claim is taken for lost while it runs (REL-4)."""
    engine = found.tables.get("engine")
    if not isinstance(engine, s.EngineSettings):
        return
    paths = {name: path for path, name in found.ids["connector"]}
    for connector in found.connectors:
        seconds = getattr(connector.settings, "timeout_seconds", 0)
        if found.manifests[connector.name].role in PERFORMING and engine.lease <= timedelta(seconds=seconds):
            what = f"may last {seconds:g} s, as long as engine.lease or longer: then it is taken for lost while it runs"
            yield Problem(f"{paths[connector.name]}.timeout_seconds", what, "shorten it, or make engine.lease longer")


def _calendars(found: Understood) -> Iterator[Problem]:
    written: dict[tuple[str, str], str] = {}
    for path, member in found.staff:
        yield from _calendar_reference(found, f"{path}.calendar", member.calendar, writes=True)
        place = (member.calendar.connector, member.calendar.address)
        if place in written:
            hint = "each staff member writes to a calendar of their own"
            yield Problem(f"{path}.calendar", f"is bound by {written[place]} already", hint)
        written.setdefault(place, path)
    for path, member in found.staff:
        seen: set[tuple[str, str]] = set()
        for index, read in enumerate(member.reads):
            here, place = f"{path}.reads[{index}]", (read.connector, read.address)
            yield from _calendar_reference(found, here, read, writes=False)
            if place in written:
                hint = "a calendar with sessions is read anyway; take it out of reads"
                yield Problem(here, f"is the calendar of {written[place]}", hint)
            elif place in seen:
                yield Problem(here, "stands twice", "once is enough")
            seen.add(place)


def _calendar_reference(found: Understood, path: str, calendar: s.CalendarAt, *, writes: bool) -> Iterator[Problem]:
    known = found.known("connector")
    calendars = [name for name, manifest in found.manifests.items() if manifest.role is Role.CALENDAR]
    if calendar.connector not in known:
        hint = did_you_mean(calendar.connector, calendars or known) or "add it as a [[connector]]"
        yield Problem(f"{path}.connector", f"there is no connector “{calendar.connector}”", hint)
    elif calendar.connector in found.manifests:
        manifest = found.manifests[calendar.connector]
        if manifest.role is not Role.CALENDAR:
            hint = f"calendars are read by {', '.join(calendars)}" if calendars else 'for example kind = "caldav"'
            yield Problem(f"{path}.connector", f"“{calendar.connector}” is no calendar but {manifest.role}", hint)
        elif writes and WRITE not in manifest.capabilities:
            hint = "name it under `reads`, and give sessions a calendar that can be written to"
            yield Problem(f"{path}.connector", f"calendars of kind “{manifest.kind}” are only read", hint)


def _types(found: Understood) -> Iterator[Problem]:
    terms = found.tables.get("terms")
    staff = found.known("staff")
    for path, kind in found.types:
        for index, member in enumerate(kind.staff):
            if member not in staff:
                hint = did_you_mean(member, staff)
                yield Problem(f"{path}.staff[{index}]", f"there is no staff member “{member}”", hint)
        if isinstance(terms, s.TermsSettings) and kind.notice < terms.cancel_cutoff:
            hint = "a session booked at the last moment could not be cancelled by link at all (C1)"
            yield warning(f"{path}.notice", "is shorter than terms.cancel_cutoff", hint)
        if kind.horizon <= kind.notice:
            hint = "horizon is how far ahead, notice how soon"
            yield Problem(f"{path}.horizon", "ends before notice does: there is nothing to book", hint)


def _staff(found: Understood) -> Iterator[Problem]:
    desk = found.tables.get("desk")
    texts = isinstance(desk, s.DeskSettings) and desk.texting_number is not None
    for path, member in found.staff:
        if not member.hours:
            yield warning(f"{path}.hours", "there are none", f"{member.id} cannot be booked from the page")
        if member.asked_by_text and member.mobile is None:
            hint = "set mobile, the number to which it goes; or take asked_by_text out"
            yield Problem(f"{path}.asked_by_text", "has no number to text", hint)
        elif member.asked_by_text and isinstance(desk, s.DeskSettings) and not texts:
            hint = "set desk.texting_number, and add a [[connector]] that carries texts; until then the desk alone asks"
            yield warning(f"{path}.asked_by_text", "cannot be: the desk has no number to text from", hint)


def _desk(found: Understood) -> Iterator[Problem]:
    desk = found.tables.get("desk")
    if not isinstance(desk, s.DeskSettings):
        return
    for path, member in found.staff:
        if normal_email(member.email) == normal_email(desk.organizer):
            hint = "the organizer is the desk's service mailbox and is never invited itself"
            yield Problem(f"{path}.email", "is desk.organizer", hint)
    languages = {name.partition("-")[0] for name in available()}
    if desk.locale.partition("-")[0] not in languages:
        yield Problem("desk.locale", f"there are no words in “{desk.locale}”", did_you_mean(desk.locale, languages))
    if not desk.operator_email:
        hint = "set it, and a connector that needs a person says so by mail"
        yield warning("desk.operator_email", "is not set, so alerts stand in the log alone", hint)
    if not desk.portal_hint:
        hint = "a sentence that says where the profile page shows it (E3)"
        yield warning("desk.portal_hint", "is not set, so nobody is told where the company code is found", hint)

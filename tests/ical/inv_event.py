"""INV-17 to INV-33 (but 23, 24, 32): does the calendar object say what it must? Standard library only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from tests.ical.inv_wire import Broken, Component, Property

_UTC = re.compile(r"\d{8}T\d{6}Z")
_METHODS = frozenset({"REQUEST", "CANCEL", "REPLY", "COUNTER", "DECLINECOUNTER"})
_FEATURES = frozenset({"AUDIO", "CHAT", "FEED", "MODERATOR", "PHONE", "SCREEN", "VIDEO"})
_PARTSTATS = frozenset({"NEEDS-ACTION", "ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED"})
_ADDRESS = re.compile(r"[!#$%&'*+/=?^_`{|}~0-9A-Za-z.-]{1,64}@(?=.{1,253}$)[0-9A-Za-z](?:[0-9A-Za-z.-]*[0-9A-Za-z])?")
_FORBIDDEN_NAMES = frozenset({"X-MICROSOFT-CDO-APPT-SEQUENCE"})
_FORBIDDEN_PARAMETERS = frozenset({"SCHEDULE-AGENT", "SCHEDULE-STATUS", "SCHEDULE-FORCE-SEND"})


@dataclass(frozen=True)
class Truth:
    """What the database says about the session, and what must never be said (INV-33)."""

    starts_at: datetime
    ends_at: datetime
    to: str
    organizer: str
    online: bool = True
    join_url: str = "https://meet.example.com/room/500554260"
    conference_id: str = "500 554 260#"
    call_in_page: str | None = "https://meet.example.com/numbers/500554260"
    partstat: str = "NEEDS-ACTION"
    secrets: tuple[str, ...] = ()
    uninvited: bool = False
    first_message_id: str | None = None
    subject_words: tuple[str, ...] = (
        *("Invitation", "Updated", "Cancelled", "Time unchanged"),
        *("Einladung", "Geändert", "Abgesagt"),
        *("Invitation", "Modification", "Annulation"),
        *("Invitación", "Cambio", "Cancelación"),
    )


def instant(value: str) -> datetime | None:
    """A UTC DATE-TIME; None for anything else."""
    if not _UTC.fullmatch(value):
        return None
    try:
        return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def address(value: str) -> str | None:
    """The address of a mailto URI, lower case; None for anything else."""
    scheme, _, rest = value.partition(":")
    plain = unquote(rest)
    if scheme.lower() != "mailto" or not plain.isascii() or not _ADDRESS.fullmatch(plain) or ".." in plain:
        return None
    return plain.lower()


def check_calendar(calendar: Component, truth: Truth) -> Iterator[Broken]:
    for name in ("VERSION", "PRODID", "METHOD"):
        if len(calendar.all(name)) != 1:
            yield Broken(17, f"{name} does not stand once")
    if calendar.value("VERSION") not in (None, "2.0"):
        yield Broken(17, "VERSION is not 2.0")
    method = calendar.value("METHOD")
    if method is not None and method not in _METHODS:
        yield Broken(17, f"METHOD:{method} is none")
    if calendar.value("CALSCALE") not in (None, "GREGORIAN"):
        yield Broken(17, "CALSCALE is not Gregorian")
    if any(c.name not in ("VEVENT", "VTIMEZONE") for c in calendar.components):
        yield Broken(18, "a component that is neither VEVENT nor VTIMEZONE")
    events = [c for c in calendar.components if c.name == "VEVENT"]
    if len({e.value("UID") for e in events}) != 1:
        yield Broken(18, "not one UID for all")
    if any(c.name == "VTIMEZONE" for c in calendar.components):
        yield Broken(22, "a VTIMEZONE in a one-off session")
    for event in events:
        yield from _identity(event)
        yield from _times(event, truth)
        yield from _people(event, truth, method)
        yield from _state(event, truth, method)
        yield from _place(event, truth)
    yield from _private(calendar, truth)


def _identity(event: Component) -> Iterator[Broken]:
    for name in ("UID", "DTSTAMP", "ORGANIZER", "DTSTART", "SUMMARY", "SEQUENCE"):
        if len(event.all(name)) != 1:
            yield Broken(19, f"{name} does not stand once")
    for name in ("DTSTAMP", "CREATED", "LAST-MODIFIED"):
        if any(instant(p.value) is None for p in event.all(name)):
            yield Broken(20, f"{name} is no instant in UTC")
    sequence = event.value("SEQUENCE")
    if sequence is not None and not (re.fullmatch(r"\d{1,10}", sequence) and int(sequence) < 2**31):
        yield Broken(27, f"SEQUENCE:{sequence}")


def _times(event: Component, truth: Truth) -> Iterator[Broken]:
    starts, ends = event.all("DTSTART"), event.all("DTEND")
    if len(ends) + len(event.all("DURATION")) != 1:
        yield Broken(21, "neither one DTEND nor one DURATION")
    for each in (*starts, *ends):
        if each.parameters or instant(each.value) is None:
            yield Broken(22, f"{each.name} is not in UTC")
            return
    if not starts or not ends:
        return
    start, end = instant(starts[0].value), instant(ends[0].value)
    if start is None or end is None or end <= start:
        yield Broken(21, "the end is not after the start")
    if (start, end) != (truth.starts_at, truth.ends_at):
        yield Broken(21, "not the session's own times")


def _people(event: Component, truth: Truth, method: str | None) -> Iterator[Broken]:
    organizers = [address(p.value) for p in event.all("ORGANIZER")]
    attendees = [address(p.value) for p in event.all("ATTENDEE")]
    if None in organizers + attendees:
        yield Broken(25, "ORGANIZER or ATTENDEE is no mailto with a valid address")
    if set(organizers) & set(attendees):
        yield Broken(25, "the organizer is among the attendees")
    if method != "REQUEST":
        return
    for each in event.all("ATTENDEE"):
        asked = {name: each.parameter(name) for name in ("PARTSTAT", "RSVP", "ROLE", "CUTYPE")}
        if None in asked.values() or asked["RSVP"] != "TRUE":
            yield Broken(26, f"ATTENDEE lacks one of {asked}")
        if asked["PARTSTAT"] not in _PARTSTATS or asked["PARTSTAT"] != truth.partstat:
            yield Broken(26, f"PARTSTAT={asked['PARTSTAT']}, known is {truth.partstat}")


def _state(event: Component, truth: Truth, method: str | None) -> Iterator[Broken]:
    statuses = [p.value for p in event.all("STATUS")]
    if method == "REQUEST" and statuses not in (["CONFIRMED"], ["TENTATIVE"]):
        yield Broken(28, f"STATUS {statuses} in a REQUEST")
    if method == "CANCEL" and statuses != ([] if truth.uninvited else ["CANCELLED"]):
        yield Broken(36 if truth.uninvited else 28, f"STATUS {statuses} in a CANCEL")
    for alarm in event.components:
        if alarm.name != "VALARM":
            yield Broken(18, f"a {alarm.name} in an event")
        elif method != "REQUEST" or any(len(alarm.all(n)) != 1 for n in ("ACTION", "TRIGGER", "DESCRIPTION")):
            yield Broken(31, "a VALARM that may not be, or is not whole")


def _place(event: Component, truth: Truth) -> Iterator[Broken]:
    location, url = event.value("LOCATION"), event.value("URL")
    if truth.online:
        if url != truth.join_url or not _is_https(url):
            yield Broken(29, "URL is not the join URL")
        if location is None or location.replace("\\", "") != truth.join_url:
            yield Broken(29, "LOCATION is not the join URL")
    elif location is None or truth.conference_id not in location.replace("\\", ""):
        yield Broken(29, "LOCATION of a phone session lacks the conference ID")
    elif url != truth.call_in_page:
        yield Broken(29, "URL of a phone session is not the call-in page")
    yield from _conferences(event.all("CONFERENCE"), truth)


def _conferences(found: list[Property], truth: Truth) -> Iterator[Broken]:
    for each in found:
        if each.parameter("VALUE") != "URI":
            yield Broken(30, "CONFERENCE without VALUE=URI")
        features = dict(each.parameters).get("FEATURE", ())
        if not features or not set(features) <= _FEATURES:
            yield Broken(30, f"FEATURE {features} are no known tokens")
        if not each.value.startswith(("https:", "tel:")):
            yield Broken(30, "CONFERENCE is neither https nor tel")
    links = [p.value for p in found if p.value.startswith("https:")]
    if links != ([truth.join_url] if truth.online else []):
        yield Broken(30, f"https conferences: {links}")
    for tel in (p.value for p in found if p.value.startswith("tel:")):
        digits = re.sub(r"\D", "", truth.conference_id)
        if not re.fullmatch(rf"tel:\+\d{{5,15}},,,{digits}(%23)?", tel):
            yield Broken(30, f"{tel} does not dial into the conference")


def _private(calendar: Component, truth: Truth) -> Iterator[Broken]:
    for component in calendar.walk():
        for each in component.properties:
            if each.name in _FORBIDDEN_NAMES or {k for k, _ in each.parameters} & _FORBIDDEN_PARAMETERS:
                yield Broken(33, f"{each.name} is not ours to say")
            if any(secret in each.value or secret in str(each.parameters) for secret in truth.secrets):
                yield Broken(33, f"{each.name} tells what this attendee may not see")


def _is_https(url: str | None) -> bool:
    parts = urlsplit(url or "")
    return parts.scheme == "https" and bool(parts.hostname) and re.fullmatch(r"[!-~]+", url or "") is not None

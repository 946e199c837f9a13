"""How does an operator write a value? Durations, weekly hours, zones, addresses, names: text in, typed values out.

Every type here says in its error what is wrong with the text and how it is written rightly.
"""

from __future__ import annotations

import re
from datetime import time, timedelta
from functools import cache
from itertools import pairwise
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import idna
import phonenumbers
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator

from syncd.config.problems import did_you_mean, wrong
from syncd.domain.people import OpenHours
from syncd.ports.addresses import is_loopback

TEXT_MAX = 2_000
NAME_MAX = 120
PLACE_MAX = 1_000
DURATION_MAX = timedelta(days=3_660)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_SECONDS = {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400}
_SECONDS |= {"week": 604_800}
_PART = re.compile(r"(\d{1,6})\s*([a-z]{1,7})")
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")


def parse_duration(text: object) -> timedelta:
    """`"65 min"`, `"24 h"`, `"1 h 30 min"`, `"60 days"`."""
    if isinstance(text, timedelta):
        return text
    hint = 'write a number and a unit: "90 s", "65 min", "24 h", "60 days"'
    if not isinstance(text, str) or len(text) > 40:
        raise wrong(f"{text!r:.40} is no duration", hint)
    seconds, rest = 0, text.strip().casefold()
    while rest:
        part = _PART.match(rest)
        unit = part and (part[2] if part[2] in _SECONDS else part[2].removesuffix("s"))
        if not part or unit not in _SECONDS:
            raise wrong(f"“{text}” is no duration", hint)
        seconds += int(part[1]) * _SECONDS[unit]
        rest = rest[part.end() :].strip()
    if not text.strip():
        raise wrong("the duration is empty", hint)
    if seconds > DURATION_MAX.total_seconds():
        raise wrong(f"“{text}” is more than ten years", hint)
    return timedelta(seconds=seconds)


def say_duration(value: timedelta) -> str:
    """The shortest text that `parse_duration` reads back as `value` (whole seconds)."""
    seconds = int(value.total_seconds())
    if seconds and seconds % 86_400 == 0 and seconds > 86_400:
        return f"{seconds // 86_400} days"
    for unit, size in (("h", 3_600), ("min", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _positive(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise wrong("must be longer than nothing", 'for example "30 min"')
    return value


@cache
def known_zones() -> frozenset[str]:
    """Looked up once: it reads a folder of hundreds of files."""
    return frozenset(available_timezones())


def parse_zone(text: str) -> str:
    """An IANA zone with a region, or UTC. Abbreviations such as EST know no daylight saving time."""
    zones = known_zones()
    if text == "UTC" or (text in zones and "/" in text and not text.startswith("Etc/")):
        return text
    known = [z for z in zones if "/" in z and not z.startswith(("Etc/", "posix/", "right/"))]
    cities = {z.rpartition("/")[2].casefold(): z for z in known}
    city = cities.get(text.strip().rpartition("/")[2].replace(" ", "_").casefold())
    hint = f"did you mean “{city}”?" if city else did_you_mean(text, known)
    raise wrong(f"“{text:.40}” is no time zone", hint or "write region and city: Europe/Berlin, America/New_York, UTC")


def parse_email(text: str) -> str:
    """An address that any mail program takes: ASCII, its domain in punycode if need be (INV-25)."""
    try:
        found = validate_email(text.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise wrong(f"“{text:.80}” is no e-mail address", str(error)) from None
    if found.ascii_email is None:
        raise wrong(f"“{text:.80}” is no address for calendar mail", "the part before the @ must be plain ASCII")
    return found.ascii_email


def parse_phone(text: str) -> str:
    """E.164: `+15713173122`."""
    hint = "write it in full: +1 571 317 3122"
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        raise wrong(f"“{text:.40}” is no telephone number", hint) from None
    if not phonenumbers.is_valid_number(number):
        raise wrong(f"“{text:.40}” is no telephone number that exists", hint)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def parse_base_url(text: str) -> str:
    """Where the pages are reached: https, or http on this machine alone; without a trailing slash."""
    hint = "write it as visitors see it: https://support.example.com"
    try:
        url = urlsplit(text.strip())
        host, _ = url.hostname or "", url.port
    except ValueError:
        raise wrong(f"“{text:.80}” is no address", hint) from None
    if url.scheme not in ("http", "https") or not host:
        raise wrong(f"“{text:.80}” is no web address", hint)
    if url.username or url.query or url.fragment:
        raise wrong("has more than scheme, host and path", hint)
    if url.scheme == "http" and not is_loopback(host):
        raise wrong(f"“{text:.80}” is not https", "links in mails carry signed tokens: only https keeps them private")
    return text.strip().rstrip("/")


def parse_origin(text: str) -> str:
    """Scheme, host and port of a site, as browsers compare them (RFC 6454)."""
    url = parse_base_url(text)
    if urlsplit(url).path:
        raise wrong(f"“{text:.80}” is more than a site", "scheme and host alone: https://www.example.com")
    return url


def parse_colour(text: str) -> str:
    if not _COLOUR.fullmatch(text):
        raise wrong(f"“{text:.20}” is no colour", "six digits after #, for example #2f56c6")
    return text.lower()


def parse_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise wrong(f"“{text:.60}” is no id", "lower-case letters, digits, - and _, at most 40: dana, first-steps")
    return text


def one_line(text: str) -> str:
    """Text that ends up in headers and titles: no control characters (spec/reliability.md 5)."""
    if any(ord(c) < 32 or ord(c) == 127 for c in text):
        raise wrong("holds a line break or another control character", "write it on one line")
    return text.strip()


def parse_domain(text: str) -> str:
    """The domain of mail addresses as it is compared: lower case, in ASCII (IDNA 2008)."""
    hint = 'what stands after the @: "example.com"'
    try:
        return idna.encode(text.strip().removeprefix("@"), uts46=True).decode().casefold()
    except (idna.IDNAError, UnicodeError):
        raise wrong(f"“{text:.60}” is no domain", hint) from None


def parse_hours(table: Any) -> tuple[OpenHours, ...]:
    """`{mon-thu = "09:00-12:00, 13:00-17:00", fri = "09:00-14:00"}`, local wall-clock times (B1)."""
    if not isinstance(table, dict):
        raise wrong("is no table of weekdays", 'hours = { mon-fri = "09:00-12:00, 13:00-17:00" }')
    hours: list[OpenHours] = []
    for days, text in table.items():
        stretches = _stretches(str(days), text)
        hours.extend(OpenHours(day, opens, closes) for day in _weekdays(str(days)) for opens, closes in stretches)
    hours.sort()
    for first, second in pairwise(hours):
        if first.weekday == second.weekday and second.opens < first.closes:
            raise wrong(
                f"{DAYS[first.weekday]}: {first.opens:%H:%M}-{first.closes:%H:%M} and "
                f"{second.opens:%H:%M}-{second.closes:%H:%M} overlap",
                "each stretch of a day stands once",
            )
    return tuple(hours)


def _weekdays(text: str) -> range:
    first, _, last = text.strip().casefold().partition("-")
    for name in (first, last or first):
        if name not in DAYS:
            raise wrong(f"“{text:.40}” is no weekday", did_you_mean(name, DAYS) or "mon, tue-thu, sun")
    begin, end = DAYS.index(first), DAYS.index(last or first)
    if end < begin:
        raise wrong(f"“{text}” runs backwards", "the week begins on mon: write sat, sun and mon on their own")
    return range(begin, end + 1)


def _stretches(days: str, text: object) -> list[tuple[time, time]]:
    hint = f'{days} = "09:00-12:00, 13:00-17:00"'
    if not isinstance(text, str) or len(text) > 200:
        raise wrong(f"{days}: these are no hours", hint)
    out: list[tuple[time, time]] = []
    for stretch in filter(None, (s.strip() for s in text.split(","))):
        match = _HOURS.fullmatch(stretch)
        if not match:
            raise wrong(f"{days}: “{stretch:.40}” are no hours", hint)
        try:
            opens, closes = time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))
        except ValueError:
            raise wrong(f"{days}: “{stretch}” names a time that no clock shows", "from 00:00 to 23:59") from None
        if closes <= opens:
            raise wrong(f"{days}: “{stretch}” ends before it begins", "split what passes midnight over both days")
        out.append((opens, closes))
    return out


def _bounded(limit: int) -> AfterValidator:
    def check(text: str) -> str:
        if len(text) > limit:
            raise wrong(f"is longer than {limit} characters")
        return text

    return AfterValidator(check)


def _filled(text: str) -> str:
    if not text.strip():
        raise wrong("is empty")
    return text


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
LongDuration = Annotated[timedelta, BeforeValidator(parse_duration), AfterValidator(_positive)]
Zone = Annotated[str, AfterValidator(parse_zone)]
Email = Annotated[str, AfterValidator(parse_email)]
Phone = Annotated[str, AfterValidator(parse_phone)]
Domain = Annotated[str, AfterValidator(parse_domain)]
BaseUrl = Annotated[str, AfterValidator(parse_base_url)]
Origin = Annotated[str, AfterValidator(parse_origin)]
Colour = Annotated[str, AfterValidator(parse_colour)]
Id = Annotated[str, AfterValidator(parse_id)]
Line = Annotated[str, _bounded(NAME_MAX), AfterValidator(one_line)]
Name = Annotated[str, _bounded(NAME_MAX), AfterValidator(one_line), AfterValidator(_filled)]
Place = Annotated[str, _bounded(PLACE_MAX), AfterValidator(one_line), AfterValidator(_filled)]
Text = Annotated[str, _bounded(TEXT_MAX)]
Hours = Annotated[tuple[OpenHours, ...], BeforeValidator(parse_hours)]

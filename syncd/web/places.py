"""Where is a visitor? IANA zones, the country a zone lies in, and the list that one chooses from (PAGE-5, SMS-10).

Countries of zones: `zone.tab` of the time zone database, as the tzdata package carries it.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers

ZONE_CHARS_MAX = 64
AREAS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@cache
def zones() -> frozenset[str]:
    """Every zone that can be named; `localtime` and the like are no place."""
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")


def zone_of(name: str) -> ZoneInfo | None:
    """The zone, None if there is none of that name."""
    return ZoneInfo(name) if len(name) <= ZONE_CHARS_MAX and name in zones() else None


@cache
def _places() -> tuple[tuple[str, str], ...]:
    """(zone, ISO country) of every line of `zone.tab` that this machine's database knows."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return tuple((row[2], row[0]) for row in rows if row[2] in zones())


@cache
def _countries() -> dict[str, str]:
    """Countries by zone, older names of a zone included (browsers still say Asia/Calcutta)."""
    found = dict(_places())
    for line in files("tzdata").joinpath("zoneinfo", "tzdata.zi").read_text("utf-8").splitlines():
        if line.startswith("L "):
            _, zone, other = line.split(" ")
            if zone in found:
                found.setdefault(other, found[zone])
    return found


def country_of(zone: str) -> str | None:
    """The ISO country that a zone lies in; None for UTC and other names that are no place."""
    return _countries().get(zone)


def north_american(zone: str) -> bool:
    """Does the zone lie where numbers begin with +1? There the form asks twice for a mobile number (E10)."""
    return country_of(zone) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1]


def city_of(zone: str) -> str:
    """`America/New_York` is New York to whom lives there."""
    return zone.rpartition("/")[2].replace("_", " ")


@cache
def zone_choices() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """What one chooses from: (area, ((zone, name), …)), sorted; UTC comes apart."""
    by_area: dict[str, list[tuple[str, str]]] = {area: [] for area in AREAS}
    for zone, _ in _places():
        area, _, place = zone.partition("/")
        if area in by_area:
            by_area[area].append((zone, place.replace("_", " ").replace("/", ", ")))
    return tuple((area, tuple(sorted(found, key=lambda z: z[1]))) for area, found in by_area.items() if found)

"""Which number shall this reader dial, and how is it written? (CON-12, CON-13, N3; RFC 3966)"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import phonenumbers

from syncd.domain.desk import DialIn, JoinData
from syncd.domain.people import Attendee
from syncd.messages.catalogue import Locale

NUMBERS_MAX = 3
_REMEMBERED_MAX = 4096


@dataclass(frozen=True, slots=True)
class Dial:
    """A number as one reader sees it: national at home, international abroad; `href` is its tel: link."""

    e164: str
    shown: str
    label: str

    @property
    def href(self) -> str:
        return f"tel:{self.e164}"


def region_of(country: str | None, to: Attendee) -> str | None:
    """Where the reader calls from: the company's country, else the phone's, else that of the time zone."""
    if country:
        return country.upper()
    if to.mobile:
        region = _region_of_number(to.mobile)
        if region:
            return region
    return _regions_of_zones().get(to.zone)


def nearest(join: JoinData, region: str | None, locale: Locale) -> tuple[Dial, ...]:
    """All numbers, nearest first: the reader's own country as the operator orders it, then the others, those that cost
    nothing last (they seldom work from abroad), by the country's name."""

    def order(number: DialIn) -> tuple[bool, bool, str]:
        if number.region.upper() == region:
            return (False, False, "")
        return (True, number.kind == "tollfree", country_name(number.region, locale))

    return tuple(_dial(number, region, locale) for number in sorted(join.numbers, key=order))


def printed(join: JoinData, region: str | None, locale: Locale, wanted: Collection[str] = ()) -> tuple[Dial, ...]:
    """Those the operator wants in every message, where the conference has any of them; else one to three of the
    nearest, the rest being behind the call-in page; without such a page, as many as fit."""
    everywhere = tuple(dial for dial in nearest(join, region, locale) if dial.e164 in wanted) if wanted else ()
    if everywhere:
        return everywhere
    home = sum(1 for number in join.numbers if number.region.upper() == region)
    enough = min(home, NUMBERS_MAX) if home and join.call_in_page else NUMBERS_MAX
    return nearest(join, region, locale)[:enough]


def country_name(region: str, locale: Locale) -> str:
    return locale.get(f"countries.{region.upper()}", region.upper())


def _dial(number: DialIn, region: str | None, locale: Locale) -> Dial:
    label = number.label or country_name(number.region, locale)
    kind = locale.get(f"number_kinds.{number.kind}", "")
    return Dial(number.e164, shown(number.e164, region), f"{label}, {kind}" if kind else label)


@lru_cache(maxsize=_REMEMBERED_MAX)
def shown(e164: str, region: str | None) -> str:
    """National format within its own country, international elsewhere; what is no number, as it is."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    at_home = phonenumbers.region_code_for_number(number) == region
    style = phonenumbers.PhoneNumberFormat.NATIONAL if at_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)


@lru_cache(maxsize=_REMEMBERED_MAX)
def _region_of_number(e164: str) -> str | None:
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return None


@lru_cache(maxsize=1)
def _regions_of_zones() -> dict[str, str]:
    """Zone to country, by the table that comes with the zones (tzdata, zone.tab)."""
    table = files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {row[2]: row[0] for row in rows}

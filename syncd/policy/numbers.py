"""Which telephone number is that? What people type and providers show, as E.164 or as no number (SMS-10).

E.164 drops extensions, and a masked number parses like a real one; so both are refused before anything is read.
"""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

NUMBER_MAX = 40
_REMEMBERED_MAX = 4096
_WRITTEN = re.compile(r"\+?[0-9][0-9 ()./‐-―-]*|\+?\([0-9][0-9 ()./‐-―-]*")
"""Digits and what stands between them: no `*`, `•` or `x`, by which providers hide digits and people add extensions."""

WITHHELD = frozenset({"+266696687", "266696687", "+8656696", "+7378742833", "+2562533", "+464"})
"""What carriers put for a caller who shows no number: the words anonymous, unknown, restricted … on a keypad."""


def read_number(typed: str, region: str | None) -> str | None:
    """E.164, read as dialled in `region` (ISO) unless it begins with a country code, `+` or `00`; None for what is no
    number that exists. For what a person enters as theirs."""
    value = " ".join(typed.split())
    if len(value) > NUMBER_MAX or not _WRITTEN.fullmatch(value):
        return None
    try:
        number = phonenumbers.parse("+" + value[2:] if value.startswith("00") else value, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number) or number.extension:
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def sender_number(shown: str) -> str | None:
    """E.164 of whoever a carrier names, whether such a number is assigned or not; None: withheld, masked, a name."""
    value = shown.strip()
    if value in WITHHELD or not re.fullmatch(r"\+[1-9][0-9]{6,14}", value, re.ASCII):
        return None
    return value


@lru_cache(maxsize=_REMEMBERED_MAX)
def country_of_number(e164: str) -> str | None:
    """The ISO country; +1 and other codes span several. None for what is no number of any."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return None

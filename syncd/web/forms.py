"""Is what was typed usable? Every check of a visitor's input, for pages and API alike, in this one place.

A check answers a clean value or notes a mistake with the name of its field and says what to do; nothing is guessed.
Addresses by RFC 5321 and 5322 without asking DNS (email-validator), telephone numbers to E.164 (phonenumbers, SMS-10),
zones by their IANA name, instants by RFC 3339 with their offset.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from email_validator import EmailNotValidError, validate_email

from syncd.policy.numbers import read_number
from syncd.web.places import zone_of

NAME_MAX = 100
EMAIL_MAX = 254
CODE_MAX = 64
MOBILE_MAX = 32
ISSUE_MAX = 2000
COLLEAGUES_MAX = 5
DATE_MAX = 10
INSTANT_MAX = 40
YEARS = range(2000, 2200)  # outside of it an instant is a mistake, and arithmetic with it may leave the calendar
YEARS_MAX = 2  # how far from today a date may lie that a visitor names

MOBILE_CHARS = frozenset("0123456789+()-./ \u00a0\u2010\u2011\u2012\u2013")
RFC_3339 = re.compile(r"[0-9]{4}(-[0-9]{2}){2}[Tt][0-9]{2}(:[0-9]{2}){2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})")
LINE_BREAKS = frozenset("\n\r\t")
DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Mistake:
    """`field` is the input's name on the page and in the API; `says` is what to do about it."""

    field: str
    says: str


@dataclass(slots=True)
class Inspection:
    """One form under inspection. Each check returns a value to go on with; `mistakes` tells whether it counts."""

    mistakes: list[Mistake] = field(default_factory=list)

    def wrong(self, name: str, says: str) -> None:
        self.mistakes.append(Mistake(name, says))

    def line(self, name: str, typed: str, label: str, longest: int, missing: str | None = None) -> str:
        """One line of text, blanks made single. `missing`: what to say when nothing was typed; None: it may be."""
        if len(typed) > longest:
            self.wrong(name, f"{label} can have up to {longest} characters. This has {len(typed)}.")
            return ""
        if unprintable(typed):
            self.wrong(name, f"{label} holds a character that cannot be printed. Type it again, without pasting.")
            return ""
        value = " ".join(typed.split())
        if not value and missing:
            self.wrong(name, missing)
        return value

    def paragraphs(self, name: str, typed: str, label: str, longest: int) -> str:
        """Text over several lines."""
        value = lines_of(typed)
        if len(value) > longest:
            self.wrong(name, f"{label} can have up to {longest} characters. This has {len(value)}.")
            return ""
        if unprintable(value, LINE_BREAKS):
            self.wrong(name, f"{label} holds a character that cannot be printed. Remove it, or type it again.")
            return ""
        return value

    def address(self, name: str, typed: str, missing: str | None = "Enter an e-mail address.") -> str:
        """An address that a mail server can take: ASCII before the @, the domain in its ASCII form."""
        value = typed.strip()
        if not value:
            if missing:
                self.wrong(name, missing)
            return ""
        if len(value) > EMAIL_MAX or unprintable(value):
            self.wrong(name, "Enter an e-mail address like name@company.com.")
            return ""
        if not value.rpartition("@")[0].isascii():
            self.wrong(name, "Mail programs refuse letters with accents before the @. Enter another address.")
            return ""
        try:
            checked = validate_email(value, check_deliverability=False, allow_smtputf8=False, test_environment=True)
        except EmailNotValidError:
            self.wrong(name, "This is not a full e-mail address. It needs the form name@company.com.")
            return ""
        return checked.ascii_email or checked.normalized

    def mobile(self, name: str, typed: str, region: str | None) -> str | None:
        """E.164, read as dialled in `region` (ISO) unless it begins with its country code; None if left empty."""
        value = typed.strip()
        if not value:
            return None
        if len(value) > MOBILE_MAX or not set(value) <= MOBILE_CHARS:
            self.wrong(name, "Write the number with digits only, like +49 171 5550123, without an extension.")
            return None
        number = read_number(value, region)
        if number is None:
            self.wrong(name, "This is not a number that can be called. Write it with its country code, like +49 171 …")
        return number

    def zone(self, name: str, typed: str) -> str:
        if zone_of(typed) is None:
            self.wrong(name, "This time zone is not known. Choose one from the list, like Europe/Berlin.")
            return ""
        return typed

    def instant(self, name: str, typed: str) -> datetime | None:
        """RFC 3339, offset required: a time without one is no instant."""
        try:
            if len(typed) <= INSTANT_MAX and RFC_3339.fullmatch(typed):
                found = datetime.fromisoformat(typed.upper()).astimezone(UTC)
                if found.year in YEARS:
                    return found
        except (ValueError, OverflowError):
            pass  # a 30th of February, a time that UTC cannot name
        self.wrong(name, "Write an instant as in RFC 3339, with its offset: 2026-12-01T10:00:00-05:00.")
        return None

    def day(self, name: str, typed: str, today: date) -> date:
        """A date near enough to be meant; today where it is not."""
        try:
            found = date.fromisoformat(typed) if len(typed) == DATE_MAX else None
        except ValueError:
            found = None
        if found is None or abs(found - today) > timedelta(days=366 * YEARS_MAX):
            self.wrong(name, f"Write a date like {today.isoformat()}, within {YEARS_MAX} years of today.")
            return today
        return found


def lines_of(typed: str) -> str:
    """What was typed over several lines; line breaks become LF."""
    return typed.replace("\r\n", "\n").replace("\r", "\n").strip()


def unprintable(text: str, allowed: frozenset[str] = frozenset()) -> bool:
    """Control characters, halves of surrogate pairs, other line ends and turned directions: they break headers and
    calendars, or make a text read otherwise than it is (spec/reliability.md 5)."""
    return any(
        (unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in DIRECTIONS) and c not in allowed for c in text
    )

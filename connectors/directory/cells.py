"""What does one cell say? Cells of one row to the fields of a company or a contact; pure.

Without its key facts (id, plan, address …) a row is Unreadable as a whole. What only helps (a number, a zone) is left
out when it cannot be read, and noted as a doubt.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import date, datetime
from functools import cache
from zoneinfo import available_timezones

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from syncd.domain.evidence import CompanyListed, ContactListed
from syncd.domain.people import Plan
from syncd.ports.directory import DirectoryProblem

CELL_MAX = 300
_YES = frozenset({"yes", "true", "1", "x", "y"})
_NO = frozenset({"", "no", "false", "0", "n"})


@cache
def _zones() -> frozenset[str]:
    """Looked up once for all rows: it reads a folder of hundreds of files."""
    return frozenset(available_timezones())


class Unreadable(Exception):
    """This row cannot be taken; `hint` says what to write instead."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.hint = hint


class Cells:
    """One row; `where` is file:line. A problem shows heading and line, never a cell's value: problems are logged."""

    def __init__(self, where: str, values: Mapping[str, str]) -> None:
        self.where = where
        self.doubts: list[DirectoryProblem] = []
        self._values = values

    def id(self, taken: Container[str]) -> str:
        value = self._text("id", needed=True)
        if value in taken:
            raise Unreadable("the id stands in an earlier row too", "each id once")
        return value

    def company(self, date_format: str) -> CompanyListed:
        return CompanyListed(
            name=self._text("name", needed=True),
            code=self._text("code") or None,
            plan=self._plan(),
            plan_until=self._date("plan_until", date_format),
            zone=self._zone(),
            country=self._country(),
            blocked=self._flag("blocked"),
        )

    def contact(self, countries: Mapping[str, str | None]) -> ContactListed:
        company = self._text("company", needed=True)
        if company not in countries:
            raise Unreadable("its company is not in the file of companies", "the column company holds a company's id")
        return ContactListed(
            company_id=company,
            name=self._text("name", needed=True),
            email=self._email(),
            mobile=self._mobile(countries[company]),
            zone=self._zone(),
            locale=self._text("locale") or None,
        )

    def problem(self, error: Unreadable) -> DirectoryProblem:
        return DirectoryProblem(self.where, str(error), error.hint, row_id=self._values.get("id", "")[:CELL_MAX])

    def _doubt(self, what: str, hint: str) -> None:
        row_id = self._values.get("id", "")
        self.doubts.append(DirectoryProblem(self.where, what, hint, row_id=row_id, left_out=False))

    def _text(self, name: str, *, needed: bool = False) -> str:
        value = self._values.get(name, "")
        if len(value) > CELL_MAX or any(ord(c) < 32 or ord(c) == 127 for c in value):
            raise Unreadable(f"{name} is too long, or holds a line break", f"at most {CELL_MAX} characters on one line")
        if needed and not value:
            raise Unreadable(f"{name} is empty", "every row needs one")
        return value

    def _plan(self) -> Plan | None:
        value = self._text("plan").casefold()
        if value in ("", "none"):
            return None
        try:
            return Plan(value)
        except ValueError:
            raise Unreadable(
                "plan is neither support nor maintenance", "leave it empty where there is no plan"
            ) from None

    def _date(self, name: str, form: str) -> date | None:
        value = self._text(name)
        if not value:
            return None
        try:
            return datetime.strptime(value, form).date()  # noqa: DTZ007 - a calendar day, no instant
        except ValueError:
            raise Unreadable(
                f"{name} is no date of the form {form}", "set date_format to what the portal writes"
            ) from None

    def _flag(self, name: str) -> bool:
        value = self._text(name).casefold()
        if value not in _YES | _NO:
            raise Unreadable(f"{name} is neither yes nor no", "write yes or no")
        return value in _YES

    def _zone(self) -> str | None:
        value = self._text("zone")
        if value and value not in _zones():
            self._doubt("zone is no time zone", "region and city, for example Europe/Berlin")
            return None
        return value or None

    def _country(self) -> str | None:
        value = self._text("country").upper()
        if value and value not in phonenumbers.SUPPORTED_REGIONS:
            self._doubt("country is no country", "two letters (ISO 3166-1), for example US")
            return None
        return value or None

    def _email(self) -> str:
        value = self._text("email", needed=True)
        try:
            found = validate_email(value, check_deliverability=False, globally_deliverable=False)
        except EmailNotValidError:
            raise Unreadable("email is no e-mail address", "name@example.com") from None
        if found.ascii_email is None:
            raise Unreadable("email has letters before the @ that calendars cannot take", "plain ASCII")
        return found.ascii_email

    def _mobile(self, country: str | None) -> str | None:
        value = self._text("mobile")
        if not value:
            return None
        try:
            number = phonenumbers.parse(value, country)
            valid = phonenumbers.is_valid_number(number)
        except phonenumbers.NumberParseException:
            valid = False
        if not valid:
            self._doubt("mobile is no telephone number", "in full: +1 571 317 3122")
            return None
        return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))

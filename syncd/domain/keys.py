"""How do we name things? Case keys and derived keys: nothing is drawn by lot, so a replay gives the same names.

Evidence keys are (source, outside id, outside version); effect keys are (kind, subject, revision, recipient, ordinal).
"""

from __future__ import annotations

from enum import StrEnum
from typing import NewType

CaseKey = NewType("CaseKey", str)
"""`<kind>:<id>`, for example `session:3f9c…`. What a job, a lock and a review carry."""


class CaseKind(StrEnum):
    """Whose case it is."""

    SESSION = "session"
    CONTACT = "contact"
    COMPANY = "company"
    CALENDAR = "calendar"
    REQUEST = "request"
    CATALOGUE = "catalogue"
    STAFF = "staff"


def case_key(kind: CaseKind, subject_id: str) -> CaseKey:
    if not subject_id:
        raise ValueError(f"a {kind} without an id has no case")
    return CaseKey(f"{kind}:{subject_id}")


def session_key(session_id: str) -> CaseKey:
    return case_key(CaseKind.SESSION, session_id)


def contact_key(contact_id: str) -> CaseKey:
    return case_key(CaseKind.CONTACT, contact_id)


def company_key(company_id: str) -> CaseKey:
    return case_key(CaseKind.COMPANY, company_id)


def calendar_key(calendar_id: str) -> CaseKey:
    return case_key(CaseKind.CALENDAR, calendar_id)


def request_key(request_id: str) -> CaseKey:
    return case_key(CaseKind.REQUEST, request_id)


def staff_key(staff_id: str) -> CaseKey:
    return case_key(CaseKind.STAFF, staff_id)


CATALOGUE_KEY = CaseKey("catalogue:desk")
"""There is one catalogue: what this desk sells (E8)."""


def split_key(key: CaseKey) -> tuple[CaseKind, str]:
    """(kind, id); ValueError for a key of no known kind."""
    kind, _, subject_id = key.partition(":")
    return CaseKind(kind), subject_id


def subject_of(effect_key: str) -> CaseKey | None:
    """Whose effect a key names (effect_key: kind, subject, …); None for what is no such key. What a carrier brings back
    with its reports is looked at before it is believed."""
    parts = effect_key.split("/")
    if len(parts) != 5:
        return None
    subject = CaseKey(parts[1].replace("%2F", "/").replace("%25", "%"))
    try:
        split_key(subject)
    except ValueError:
        return None
    return subject


CODE_DIGITS = 4


def short_code(session_id: str) -> str:
    """The booking's short code, as messages print it and texts name it (C2, SMS-6): four digits. It tells the bookings
    of one time apart and proves nothing by itself; two may bear the same."""
    number = 0
    for character in session_id:
        number = (number * 131 + ord(character)) % 1_000_003
    return f"{number % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def derived_key(*parts: object) -> str:
    """One readable key of several parts; the separator is escaped, so two lists never give one key."""
    return "/".join(str(part).replace("%", "%25").replace("/", "%2F") for part in parts)


SEEN_PREFIX = "seen-by-staff/"


def seen_key(about: str) -> str:
    """The key of the word that a person is done with it."""
    return f"{SEEN_PREFIX}{about}"

"""What does Google's answer ask us to do next? Statuses, reasons and broken connections, as errors of ports/errors.py.

Calendar API, "Handle API errors"; CAL-18, CAL-26 to CAL-28, CAL-30, GOO-9. No body is ever quoted (CAL-10).
"""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

from syncd.ports.errors import Misconfigured, OutcomeUnknown, Permanent, Retryable, SyncdError

RETRY_AFTER_MAX = timedelta(days=1)
DATES_REMEMBERED_MAX = 16  # the answers of one second all say the same

_THROTTLED = frozenset(
    {
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "quotaExceeded",
        "dailyLimitExceeded",
        "calendarUsageLimitsExceeded",
        "RESOURCE_EXHAUSTED",
    }
)
UNVERIFIED_ADDRESS = "push.webhookUrlUnauthorized"
_HINTS = {
    "insufficientPermissions": "Grant the permissions calendar.events and calendar.freebusy: for a service account in "
    "the Workspace admin console (domain-wide delegation), for one account by `syncd connect` again.",
    "accessNotConfigured": "Enable the Google Calendar API in the Cloud project that the credential belongs to.",
    "forbidden": "Share the calendar with this account: to make changes for one that is booked on, to see all event "
    "details for one that is only read.",
    "requiredAccessLevel": "Share the calendar with the right to make changes to events.",
    "forbiddenForNonOrganizer": "Somebody else organizes this event; only they can change it.",
    UNVERIFIED_ADDRESS: "Google does not send notices to this address: verify its domain in the Cloud console.",
    "push.webhookUrlNotHttps": "Google sends notices to https:// alone: check the desk's public address.",
    "notFound": "There is no calendar of this id that the account may see: check the address, or share the calendar.",
}
_REASON = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,60}")
_SAME = {
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": "insufficientPermissions",
    "SERVICE_DISABLED": "accessNotConfigured",
    "insufficientScopes": "insufficientPermissions",
}


class Refused(Permanent):
    """Understood and refused, as `status` and `reason` say. Whoever asked may know better what it means there."""

    def __init__(self, status: int, reason: str) -> None:
        hint = _HINTS.get(reason, _HINTS["forbidden"] if status == 403 else "")
        super().__init__(f"Google refused it with {status} ({reason or 'no reason given'})", hint=hint)
        self.status = status
        self.reason = reason


class NotReadable(Misconfigured):
    """A read that was refused: this calendar cannot be read until a person acts (CAL-26)."""


class SignInRenewed(OutcomeUnknown):
    """A write met 401, and the sign-in has been renewed since: look, then write once more (CAL-27)."""


@dataclass(frozen=True, slots=True)
class Head:
    """An answer without its body."""

    status: int
    headers: Mapping[str, str]

    @property
    def read_at(self) -> datetime | None:
        """Google's time of the answer."""
        return _http_date(self.headers.get("date", ""))


def refusal(head: Head, body: bytes, *, write: bool, now: datetime) -> SyncdError:
    """What a status from 300 on means, 401 excepted (the client renews the sign-in first)."""
    reason, status = reason_of(body), head.status
    reason = _SAME.get(reason, reason)
    said = f"Google answered with {status}" + (f" ({reason})" if reason else "")
    if status < 400:
        return Misconfigured(
            f"{said}, a redirect, which is not followed", hint="Is `endpoint` Google's own address? (CAL-30)"
        )
    if status == 429 or (status == 403 and reason in _THROTTLED) or (status == 503 and "retry-after" in head.headers):
        return Retryable(f"{said}: too many requests", retry_after=_wait(head, now))
    if status >= 500 or status == 408:
        return OutcomeUnknown(said) if write else Retryable(said)
    if reason in ("insufficientPermissions", "accessNotConfigured"):
        return Misconfigured(said, hint=_HINTS[reason])
    return Refused(status, reason)


def unreadable(refused: Refused) -> NotReadable:
    return NotReadable(str(refused), hint=refused.hint or _HINTS["notFound"])


def not_let_in() -> Misconfigured:
    return Misconfigured(
        "Google does not accept the access token, nor a new one",
        hint="Is the account suspended, or the API blocked for it? Check it in the admin console; then `syncd doctor`.",
    )


def broken(error: BaseException, *, write: bool) -> SyncdError:
    """No whole answer: of a write nobody knows whether it was done (CAL-18); httplib2 may have sent it twice."""
    kind = type(error).__name__
    if isinstance(error, ssl.SSLCertVerificationError):
        return Misconfigured(
            "the server at Google's address does not prove that it is Google's (certificate not verified)",
            hint="Is there a proxy that opens TLS? Name its authority in `ca_file`, or let Google's hosts pass.",
        )
    if write:
        return OutcomeUnknown(f"the connection to Google broke ({kind})")
    return Retryable(f"Google cannot be reached ({kind})", hint="Check name resolution, firewall and proxy.")


def not_understood(*, write: bool) -> SyncdError:
    """A status that says success, and a body that is not the whole answer (CAL-3)."""
    said = "Google's answer was not whole"
    return OutcomeUnknown(said) if write else Retryable(said)


def reason_of(body: bytes) -> str:
    """The reason of an error body; empty where there is none."""
    try:
        error = json.loads(body)["error"]
        listed = error.get("errors") or [{}]
        details = [each.get("reason", "") for each in error.get("details", ())]
        found = next((each for each in details if each), "") or listed[0].get("reason") or error.get("status")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ""
    return found if isinstance(found, str) and _REASON.fullmatch(found) else ""


def _wait(head: Head, now: datetime) -> timedelta | None:
    """Retry-After in seconds or as a date (RFC 9110 10.2.3); None where it says nothing of use (CAL-28)."""
    said = head.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return min(timedelta(seconds=int(said[:9])), RETRY_AFTER_MAX)
    until = _http_date(said)
    if until is None:
        return None
    wait = until - (head.read_at or now)
    return min(wait, RETRY_AFTER_MAX) if wait > timedelta() else None


@lru_cache(maxsize=DATES_REMEMBERED_MAX)
def _http_date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)

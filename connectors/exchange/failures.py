"""What went wrong at the server, and what now? Its refusals become errors by what to do next.

Codes: [MS-OXWSCDATA] 2.2.5.24 (ResponseCodeType). A message names the code alone: the text of an answer may tell what a
foreign event says (CAL-10). An unknown code is no success and no deletion (CAL-6).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from connectors.exchange import ONLINE_HINT
from syncd.ports.errors import CursorExpired, Misconfigured, OutcomeUnknown, Permanent, Retryable, SyncdError

BACK_OFF_SECONDS_MAX = 24 * 3600


class Failure(Exception):
    """What the server, or the way to it, said instead of an answer. `code` is an EWS response code, or one of ours in
    small letters; `status` an HTTP status. `sent`: may the request have been carried out?"""

    def __init__(self, code: str, status: int = 0, retry_after: timedelta | None = None, *, sent: bool = True) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.retry_after = retry_after
        self.sent = sent


class Gone(Exception):
    """The item is not (any more) where it was looked for."""


class Conflict(Exception):
    """The item's change key has moved on (CAL-15)."""


GONE = frozenset({"ErrorItemNotFound", "ErrorCalendarOccurrenceIsDeletedFromRecurrence", "ErrorObjectTypeChanged"})
CONFLICT = frozenset({"ErrorIrresolvableConflict", "ErrorStaleObject", "ErrorChangeKeyRequired"})
TOO_MANY = frozenset({"ErrorExceededFindCountLimit"})
CORRUPT = frozenset(
    {
        "ErrorAccessDenied",  # somebody's private event, for a delegate who may not see those
        "ErrorContentConversionFailed",
        "ErrorCorruptData",
        "ErrorItemCorrupt",
        "ErrorMessageSizeExceeded",
        "ErrorMimeContentConversionFailed",
        "ErrorPropertyValidationFailure",
        "ErrorTimeZone",
    }
)
"""One item's own trouble; the others of the answer are sound (CAL-9)."""

EXPIRED = frozenset({"ErrorInvalidSyncStateData", "ErrorSyncFolderNotFound"})
PASSING = frozenset(
    {
        "ErrorADOperation",
        "ErrorADUnavailable",
        "ErrorConnectionFailed",
        "ErrorExceededConnectionCount",
        "ErrorInsufficientResources",
        "ErrorInternalServerError",
        "ErrorInternalServerTransientError",
        "ErrorMailboxMoveInProgress",
        "ErrorMailboxStoreUnavailable",
        "ErrorServerBusy",
        "ErrorTimeoutExpired",
        "ErrorTooManyObjectsOpened",
        "disconnected",
        "cut-off",
        "not-understood",
    }
)
"""Worth another try. Of these, what is in REFUSED was surely not carried out."""

REFUSED = frozenset({"ErrorServerBusy", "ErrorExceededConnectionCount", "ErrorADUnavailable"})

_RIGHT = "Ask the Exchange administrator for the right"
HINTS: dict[str, tuple[str, str]] = {
    "ErrorImpersonateUserDenied": (
        "the service account may not impersonate this mailbox",
        f'{_RIGHT} (role ApplicationImpersonation over it), or set access = "delegate".',
    ),
    "ErrorImpersonationDenied": (
        "the service account may not impersonate",
        f'{_RIGHT} (role ApplicationImpersonation), or set access = "delegate".',
    ),
    "ErrorImpersonationFailed": (
        "impersonation failed: the mailbox or its account is not usable",
        "Check that the mailbox exists, is enabled, and has the address that the calendar's `address` names.",
    ),
    "ErrorNonExistentMailbox": (
        "there is no such mailbox",
        "Check the calendar's `address`: it is the mailbox's primary SMTP address.",
    ),
    "ErrorMissingEmailAddress": (
        "the account signed in with has no mailbox",
        "Give the service account a mailbox, or impersonation rights with the person's address.",
    ),
    "ErrorAccessDenied": (
        "the account may not open this calendar",
        f"{_RIGHT} Editor on the calendar (delegate access), or impersonation of the mailbox.",
    ),
    "ErrorFolderNotFound": (
        "there is no such calendar in the mailbox, or the account may not see it",
        "Check the calendar's `address`; with delegate access the owner must share the calendar.",
    ),
    "ErrorAccountDisabled": ("the account is disabled", "Ask the Exchange administrator to enable it."),
    "ErrorPasswordExpired": ("the account's password has expired", "Set a new one, and store it as the credential."),
    "ErrorQuotaExceeded": ("the mailbox is full", "Have the mailbox cleaned up, or its quota raised."),
    "ErrorInvalidSchemaVersionForMailboxVersion": (
        "the mailbox is on a server too old for this version",
        "Set `version` to the oldest server that holds a mailbox; older than 2016 is not supported.",
    ),
    "ErrorInvalidServerVersion": ("the server does not know this version", "Set `version` to that of the server."),
    "certificate": (
        "the server's certificate is not trusted",
        "Set `ca_file` to the certificate of the authority that signed it; check the host's name in `endpoint`.",
    ),
    "elsewhere": (
        "the server sends us to another address, which is not followed",
        "Set `endpoint` to the address of EWS itself, as https://mail.example.com/EWS/Exchange.asmx.",
    ),
    "online": ("this is Exchange Online (15.20), not a server of one's own", ONLINE_HINT),
    "too-old": ("this server is older than Exchange 2016", "Only 2016, 2019 and SE are supported."),
    "forbidden": (
        "the server forbids EWS here (403)",
        "Ask the Exchange administrator whether EWS is enabled for this account and allowed from this host.",
    ),
    "not-found": (
        "there is no EWS at this address (404)",
        "Check `endpoint`: usually https://<server>/EWS/Exchange.asmx.",
    ),
    "unexpected": (
        "the answer is none that EWS gives",
        "Check that `endpoint` is the address of EWS itself, and no sign-in page or proxy stands before it.",
    ),
    "client-refused": (
        "the issuer of tokens refuses the client",
        "Check `client_id`, `scope` and the client's secret: it may have expired.",
    ),
    "grant-refused": (
        "the issuer of tokens no longer accepts the sign-in",
        "Sign in again: run `syncd connect` for this source.",
    ),
}
"""What is wrong and what to do, by code."""

UNREACHABLE_HINT = "Check that the host in `endpoint` is right, up, and reachable from here."

_BY_STATUS = {403: "forbidden", 404: "not-found"}


def from_status(status: int, retry_after: str | None, date: str | None) -> Failure:
    """An HTTP status other than 200 and 401, as a failure."""
    if status in (429, 503):
        return Failure("busy", status, back_off(retry_after, date))
    if 300 <= status < 400:
        return Failure("elsewhere", status)
    if status >= 500 or status == 408:
        return Failure("server-error", status)
    return Failure(_BY_STATUS.get(status, "unexpected"), status)


def back_off(said: str | None, date: str | None) -> timedelta | None:
    """`Retry-After`, in seconds or as a date by the server's own clock; None where it is of no use (CAL-28)."""
    said = (said or "").strip()
    if said.isascii() and said.isdigit():
        return limited(float(said))
    try:
        until, now = parsedate_to_datetime(said), parsedate_to_datetime(date or "")
        return limited((until - now).total_seconds())
    except (ValueError, TypeError):
        return None


def limited(seconds: float | None) -> timedelta | None:
    return timedelta(seconds=min(seconds, BACK_OFF_SECONDS_MAX)) if seconds and seconds > 0 else None


def as_error(failure: Failure, *, write: bool) -> SyncdError:
    """What the engine is told. A write that may have been carried out is an unknown outcome (CAL-18)."""
    code, named = failure.code, f"{failure.code} ({failure.status})" if failure.status else failure.code
    if code in EXPIRED and not write:
        return CursorExpired(f"the server no longer knows the sync state: {code}")
    if code in HINTS:
        what, hint = HINTS[code]
        if write and code in ("ErrorInvalidSchemaVersionForMailboxVersion", "ErrorInvalidServerVersion"):
            return Permanent(f"{what} ({named})", hint=hint)
        return Misconfigured(f"{what} ({named})", hint=hint)
    if code == "busy" or code in REFUSED:
        return Retryable(f"the server is busy: {named}", retry_after=failure.retry_after)
    if code == "server-error" or code in PASSING:
        if write and failure.sent:
            return OutcomeUnknown(f"no answer to a write: {named}")
        if code == "disconnected":
            return Retryable("no connection with the server", hint=UNREACHABLE_HINT)
        return Retryable(f"the server could not answer: {named}", retry_after=failure.retry_after)
    if write:
        return Permanent(f"the server refused: {named}", hint="See the server's EWS log for the reason.")
    return Misconfigured(f"the server refused: {named}", hint="See the server's EWS log for the reason.")


def server_time(date: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(date or "")
    except (ValueError, TypeError):
        return None

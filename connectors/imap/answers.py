"""What does the server's answer say? Fetched items, and failures as errors by what to do next (RFC 3501 7.4.2, 5530).

Texts of the server are shown to operators alone, cut short.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from connectors.imap.settings import ImapSettings
from syncd.ports.errors import Misconfigured, Retryable

SHOWN_MAX = 200
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(rb'INTERNALDATE "\s*(\d{1,2})-(\w{3})-(\d{4}) (\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})"', re.I)
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)", re.I)


def _texts(data: Sequence[Any] | None) -> Iterator[bytes]:
    for item in data or ():
        if isinstance(item, bytes):
            yield item
        elif isinstance(item, tuple):
            yield from (piece for piece in item if isinstance(piece, bytes))


def internal_date(data: Sequence[Any] | None) -> datetime | None:
    """When the server received it, in UTC; None: there is no such message (any more)."""
    for text in _texts(data):
        if (found := _DATE.search(text)) is not None:
            day, month, year, hour, minute, second, sign, ahead, minutes = (g.decode().lower() for g in found.groups())
            offset = timedelta(hours=int(ahead), minutes=int(minutes)) * (-1 if sign == "-" else 1)
            zone = timezone(offset)
            at = datetime(
                int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=zone
            )
            return at.astimezone(UTC)
    return None


def first_size(data: Sequence[Any] | None) -> int:
    return next((int(found[1]) for text in _texts(data) if (found := _SIZE.search(text))), 0)


def literal(data: Sequence[Any] | None) -> bytes | None:
    """The message itself: the second of a pair, as imaplib gives literals."""
    for item in data or ():
        if isinstance(item, tuple) and len(item) > 1 and isinstance(item[1], bytes):
            return item[1]
    return None


def refused_sign_in(said: str, settings: ImapSettings) -> Retryable | Misconfigured:
    """RFC 5530: UNAVAILABLE and IN-USE pass; all else needs a person."""
    shown = "".join(c for c in said if c.isprintable())[:SHOWN_MAX]
    if "UNAVAILABLE" in said.upper() or "INUSE" in said.upper():
        return Retryable(f"sign-in: {shown}")
    way = "the token of [connector.oauth]" if settings.oauth else "username and credential"
    hint = f"The mail server refused the sign-in: check {way}, and that IMAP is switched on for this mailbox."
    if not settings.oauth and settings.host.endswith((".office365.com", ".outlook.com")):
        hint = "Microsoft 365 takes no passwords over IMAP: give the table oauth instead of credential."
    elif not settings.oauth and settings.host.endswith((".gmail.com", ".google.com", ".googlemail.com")):
        hint = "Google takes an app password or a token over IMAP, not the account's password."
    return Misconfigured(f"sign-in: {shown}", hint=hint)


def tls_failed(error: ssl.SSLError, host: str) -> Misconfigured:
    if isinstance(error, ssl.SSLCertVerificationError):
        hints = {
            10: f"The certificate of {host} has expired: it must be renewed there.",
            62: f"The certificate is for another name than {host}: write the name that it carries as host.",
        }
        unknown = f"Nobody here knows who signed the certificate of {host}: give that authority's file as ca_file."
        return Misconfigured(f"TLS: {error.verify_message}", hint=hints.get(error.verify_code, unknown))
    hint = 'Does the server begin with TLS on this port? Write tls = "starttls" for port 143, "tls" for 993.'
    return Misconfigured(f"TLS: {error.reason or type(error).__name__}", hint=hint)

"""What did Twilio say? Messages and webhooks as evidence (SMS-1, SMS-3 to SMS-5). Pure: it can be run again over kept
bytes. Unknown fields, empty strings and disorder are normal input (CON-10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from connectors.twilio.keywords import MEANS, deed_of
from syncd.domain.correspondence import TextReceived, TextReported
from syncd.domain.evidence import Evidence
from syncd.domain.keys import derived_key
from syncd.ports.source import Raw

BODY_MAX = 1_600
STATUSES = frozenset(
    {"accepted", "queued", "sending", "sent", "delivered", "undelivered", "failed", "read", "canceled"}
)


def instant(text: object) -> datetime | None:
    """An RFC 2822 date of theirs (always GMT); None for what is none."""
    try:
        return parsedate_to_datetime(str(text)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def received(form: Mapping[str, str], keywords: Mapping[str, str]) -> TextReceived | None:
    """The inbound webhook (TwiML request). None: it is none."""
    message_id, sender = form.get("MessageSid", ""), form.get("From", "")
    if not message_id or not sender:
        return None
    body = form.get("Body", "")[:BODY_MAX]
    return TextReceived(
        sender=sender,
        to=form.get("To", ""),
        body=body,
        message_id=message_id,
        carrier=deed_of(body, form.get("OptOutType", ""), keywords),
        media=_number(form.get("NumMedia")),
    )


def listed(row: Mapping[str, Any], keywords: Mapping[str, str]) -> tuple[TextReceived, datetime | None] | None:
    """An inbound Message resource, and the earliest instant that it tells (SMS-4). None: it is none of ours."""
    if row.get("direction") != "inbound" or not row.get("sid") or not row.get("from"):
        return None
    body = str(row.get("body") or "")[:BODY_MAX]
    text = TextReceived(
        sender=str(row["from"]),
        to=str(row.get("to") or ""),
        body=body,
        message_id=str(row["sid"]),
        carrier=deed_of(body, "", keywords),
        media=_number(row.get("num_media")),
    )
    return text, min(filter(None, (instant(row.get("date_created")), instant(row.get("date_sent")))), default=None)


def reported(form: Mapping[str, str], effect_key: str) -> TextReported | None:
    """A status callback. Statuses come in any order; each is told once."""
    status = form.get("MessageStatus", "").casefold()
    message_id = form.get("MessageSid", "")
    if status not in STATUSES or not message_id or not effect_key:
        return None
    code = form.get("ErrorCode", "")
    means = MEANS.get(_number(code), "") if status in ("failed", "undelivered") else ""
    return TextReported(effect_key, message_id, status, code[:10], form.get("To", ""), means)


def text_key(source: str, text: TextReceived) -> str:
    """One message, one key, whichever way it came (SMS-3)."""
    return derived_key(source, "text", text.message_id)


def text_evidence(source: str, text: TextReceived, at: datetime) -> Evidence:
    return Evidence(text_key(source, text), source, at, text)


def read_mark(evidence: Evidence) -> Raw:
    """That it is read: what its webhook had put aside is put aside no longer. The words are in the evidence."""
    return Raw(evidence.key, evidence.received_at, b"")


def report_evidence(source: str, report: TextReported, at: datetime) -> Evidence:
    return Evidence(derived_key(source, "status", report.outside_id, report.status), source, at, report)


def _number(text: object) -> int:
    said = str(text or "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0

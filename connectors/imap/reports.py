"""Has a mail of ours come back? Delivery reports (RFC 3464, 6522), and the unstructured bounces of older servers."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes
from email.message import Message

from connectors.imap.headers import body, header, is_from_nobody, own_id, own_parts, text_of
from syncd.domain.correspondence import BounceReceived, Trace

DETAIL_MAX = 500
_DAEMONS = ("mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon")
_SUBJECT = re.compile(
    r"undeliver|unzustellbar|non[- ]remis|delivery (status|has )?.*(fail|delay)|returned mail|failure notice|"
    r"mail delivery (failed|system)|delivery failure|no entregado",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"<?([^\s<>;,:]+@[^\s<>;,:]+?)>?$")


def bounce(mail: Message, trace: Trace) -> BounceReceived | None:
    """A bounce, or None. The address that failed, where it is named; the returned Message-ID joins the references."""
    report = mail.get_content_type() == "multipart/report"
    kind = str(mail.get_param("report-type") or "").casefold()
    status = next((p for p in own_parts(mail) if p.get_content_type() == "message/delivery-status"), None)
    if report and kind in ("", "delivery-status") and status is not None:
        return _structured(mail, status, _with_returned(mail, trace))
    if _looks_returned(mail, trace):
        failed = header(mail, "x-failed-recipients").split(",")[0].strip().casefold()
        detail = header(mail, "subject")
        return BounceReceived(failed, "unstructured", "", detail[:DETAIL_MAX], _with_returned(mail, trace))
    return None


def _structured(mail: Message, status: Message, trace: Trace) -> BounceReceived | None:
    """The worst of its recipients: one failure among delays is a failure. Successes are no bounce."""
    found: list[tuple[int, BounceReceived]] = []
    for fields in _groups(status):
        action = header(fields, "action").casefold()
        if action not in ("failed", "delayed"):
            continue
        address = _address(header(fields, "original-recipient")) or _address(header(fields, "final-recipient"))
        detail = header(fields, "diagnostic-code")[:DETAIL_MAX]
        one = BounceReceived(address, action, header(fields, "status")[:40], detail, trace)
        found.append((0 if action == "failed" else 1, one))
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _groups(status: Message) -> list[Message]:
    """The per-recipient groups of fields; the parser makes each a message of its own."""
    payload = status.get_payload()
    if isinstance(payload, list):
        return [part for part in payload if isinstance(part, Message)]
    blocks = re.split(rb"\r?\n\r?\n", body(status))
    return [message_from_bytes(block + b"\n\n") for block in blocks[:100] if block.strip()]


def _address(field: str) -> str:
    """Of `rfc822; somebody@example.com`."""
    found = _ADDRESS.search(field.strip())
    return found[1].casefold() if found else ""


def _looks_returned(mail: Message, trace: Trace) -> bool:
    if mail.get("x-failed-recipients") is not None:
        return True
    daemon = trace.sender.partition("@")[0] in _DAEMONS
    nobody = is_from_nobody(mail)
    return (daemon or nobody) and bool(_SUBJECT.search(header(mail, "subject")))


def _with_returned(mail: Message, trace: Trace) -> Trace:
    """With the Message-ID of our mail that it carries home, whole or its head alone."""
    found: list[str] = []
    for part in own_parts(mail):
        kind, payload = part.get_content_type(), part.get_payload()
        if kind == "message/rfc822" and isinstance(payload, list) and payload and isinstance(payload[0], Message):
            found.append(own_id(payload[0]))
        elif kind in ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers"):
            found.append(own_id(message_from_bytes(body(part))))
        elif kind == "text/plain" and (named := re.search(r"(?im)^message-id:\s*<([^<>\s]+)>", text_of(part))):
            found.append(named[1])
    names = tuple(name.partition("@")[0] for name in found if name)
    return replace(trace, references=tuple(dict.fromkeys((*names, *trace.references))))

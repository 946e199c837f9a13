"""What do people write to us? Evidence of texts, of mail that comes back, and of requests (spec/attendance.md 4,
spec/invitations.md 4; C2, C6, O1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from syncd.domain.request import RequestKind

# --- texts (spec/attendance.md 4) ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidate:
    """A session that a text may be about: what the answer names, so that its writer can say which (SMS-8)."""

    session_id: str
    code: str
    starts_at: datetime
    zone: str
    locale: str = "en"


@dataclass(frozen=True, slots=True)
class TextReceived:
    """One text, as it came. `sender` and `to` in E.164 where they are numbers, else as given; `message_id` the
    carrier's. `carrier`: what the carrier itself did about it, out | in | help (SMS-5). The evidence's `received_at`
    is the earliest instant known (SMS-4). Its subject is the session it is about, or a request; filled in by
    engine/correlate: `by_code`: found by the short code (C2); `candidates`: several sessions of that number."""

    sender: str
    to: str
    body: str
    message_id: str
    carrier: str = ""
    media: int = 0
    by_code: bool = False
    candidates: tuple[Candidate, ...] = ()
    kind: Literal["text-received"] = "text-received"


@dataclass(frozen=True, slots=True)
class TextReported:
    """The carrier's word on a text of ours (SMS-1). `status`: as the carrier names it; final ones are delivered,
    undelivered, failed. `outside_id`: the carrier's id of the message. `means`: what its error code says of the number
    (SMS-9): out (it opted out) | unusable (no texts ever reach it); empty: nothing lasting."""

    effect_key: str
    outside_id: str
    status: str
    error_code: str = ""
    recipient: str = ""
    means: str = ""
    kind: Literal["text-reported"] = "text-reported"


@dataclass(frozen=True, slots=True)
class ConsentChanged:
    """Derived, session -> contact: a number opted in or out, or proved unusable (SMS-9)."""

    number: str
    consent: Literal["in", "out", "unusable"]
    source: str
    kind: Literal["consent-changed"] = "consent-changed"


# --- mail that comes back (spec/invitations.md 4) ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trace:
    """By what a mail is placed, as it came: `tags`, what stands behind a plus in the addresses that it came to;
    `references`, the local parts of the Message-IDs that it refers to or brings home; the iCalendar UID; its sender.
    `proved`: the sender's address, where the one trusted server says that DMARC passed for it; else empty."""

    tags: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    uid: str = ""
    sender: str = ""
    sender_name: str = ""
    proved: str = ""
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class ReplyReceived:
    """An iTIP REPLY (INV-41). `authentic`: it came to the booking's own plus-address, or DMARC passed for the attendee
    (section 4). `delegated`: DELEGATED, or sent by a delegate."""

    email: str
    partstat: str
    uid: str
    sequence: int
    dtstamp: datetime | None
    authentic: bool
    delegated: bool = False
    comment: str = ""
    trace: Trace = Trace()
    kind: Literal["reply-received"] = "reply-received"


@dataclass(frozen=True, slots=True)
class CounterReceived:
    """An iTIP COUNTER: a reschedule request that staff answer (C6, INV-42)."""

    email: str
    uid: str
    sequence: int
    starts_at: datetime | None
    ends_at: datetime | None
    authentic: bool
    comment: str = ""
    trace: Trace = Trace()
    kind: Literal["counter-received"] = "counter-received"


@dataclass(frozen=True, slots=True)
class RefreshReceived:
    """An iTIP REFRESH: send the present state again, to the invited address only."""

    email: str
    uid: str
    authentic: bool
    trace: Trace = Trace()
    kind: Literal["refresh-received"] = "refresh-received"


@dataclass(frozen=True, slots=True)
class BounceReceived:
    """A delivery report (RFC 3464), or an unstructured bounce: `action` failed | delayed | unstructured. `email`: to
    whom our mail went, where that is known."""

    email: str
    action: str
    status: str = ""
    detail: str = ""
    trace: Trace = Trace()
    kind: Literal["bounce-received"] = "bounce-received"


@dataclass(frozen=True, slots=True)
class AutoReplyReceived:
    """An automatic answer: listed, never acted on, never answered."""

    email: str
    subject: str = ""
    trace: Trace = Trace()
    kind: Literal["auto-reply-received"] = "auto-reply-received"


@dataclass(frozen=True, slots=True)
class WordsReceived:
    """Plain words by mail about a booking: shown to staff, never acted on (O2). `claim`: what else the mail was or
    said, and why nobody acts on it; empty: words and no more. `answerable`: not from a machine, a list or ourselves."""

    email: str
    subject: str
    text: str
    claim: str = ""
    answerable: bool = True
    trace: Trace = Trace()
    kind: Literal["words-received"] = "words-received"


@dataclass(frozen=True, slots=True)
class MailPutAside:
    """A mail that could not be read: kept with its reason, and told once a day (INV-43). Its subject is the source."""

    source: str
    reason: str
    kind: Literal["mail-put-aside"] = "mail-put-aside"


@dataclass(frozen=True, slots=True)
class RequestReceived:
    """What came to the desk without reference to a booking (O1). `company_id` and `contact_id` are filled in by
    engine/correlate. `answerable`: a receipt may be sent to the sender (no loops). `as_kind`: what it is from the start
    (O3: a form, or `by` staff); `phone`: the number to call, E.164; `zone`, `locale`: as the form had them."""

    channel: str
    sender: str
    sender_name: str = ""
    subject: str = ""
    text: str = ""
    answerable: bool = True
    company_id: str | None = None
    contact_id: str | None = None
    message_id: str = ""
    as_kind: RequestKind = RequestKind.UNSORTED
    phone: str = ""
    zone: str = ""
    locale: str = ""
    by: str = ""
    kind: Literal["request-received"] = "request-received"


@dataclass(frozen=True, slots=True)
class RequestSorted:
    """Staff pressed what it is (O1). `session_id`: the session that it became, if any."""

    as_kind: RequestKind
    staff_id: str
    reason: str = ""
    session_id: str | None = None
    kind: Literal["request-sorted"] = "request-sorted"


@dataclass(frozen=True, slots=True)
class SeenByStaff:
    """A person is done with plain words (O2), or with a mail that nobody could read (INV-43). `about`: the key of that
    evidence, or of the kept mail; its own key is `keys.seen_key(about)`, so that it is said once."""

    about: str
    staff_id: str
    reason: str = ""
    kind: Literal["seen-by-staff"] = "seen-by-staff"


LetterEvidence = (
    TextReceived
    | TextReported
    | ConsentChanged
    | ReplyReceived
    | CounterReceived
    | RefreshReceived
    | BounceReceived
    | AutoReplyReceived
    | WordsReceived
    | MailPutAside
    | RequestReceived
    | RequestSorted
    | SeenByStaff
)

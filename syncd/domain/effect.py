"""What must we do? Effects: one act toward the world each, with a derived key, a recipient and a late policy.

An effect carries the facts that it needs, frozen at the decision: what is sent is what was decided. Bytes are composed
from it once, after claiming (engine/compose.py), and every attempt sends those bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from syncd.domain.correspondence import Candidate
from syncd.domain.desk import Channel, JoinData, Topic
from syncd.domain.keys import CaseKey, derived_key
from syncd.domain.letters import Cause, Letter, Method, StaffLetter, TextLetter
from syncd.domain.money import Amount
from syncd.domain.people import Attendee
from syncd.domain.session import EntryRef, Question


class EffectKind(StrEnum):
    CALENDAR_PUT = "calendar.put"
    CALENDAR_REMOVE = "calendar.remove"
    CALENDAR_LOOK = "calendar.look"
    MAIL_CUSTOMER = "mail.customer"
    MAIL_STAFF = "mail.staff"
    MAIL_OPERATOR = "mail.operator"
    TEXT_CUSTOMER = "text.customer"
    TEXT_STAFF = "text.staff"
    PAYMENT_OPEN = "payment.open"
    PAYMENT_LOOK = "payment.look"
    PAYMENT_EXPIRE = "payment.expire"


class EffectState(StrEnum):
    PENDING = "pending"
    CLAIMED = "claimed"
    DONE = "done"
    DROPPED = "dropped"  # expired or superseded, with a reason
    PARKED = "parked"  # set aside for a person


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A session as one message states it. All instants are aware UTC; zones are the recipient's business.

    `cancel_until` is the last instant at which cancel and reschedule are accepted (C1, C11), inclusive; None when
    that is past or does not apply. `text_until` likewise, None where no texting number is configured (C2).
    `country`: the company's, as an ISO region, for the nearest numbers (CON-12). `code`: the short code (SMS-6).
    `no_show_months` and `suspension_days` are the booking's terms (S1, S10), for the rule that every message states
    (N3); None where no suspension can follow. `organizer`, `own_organizer`: as the booking has them (session.py).
    `outcome`: what it came to, once that is known (K8). `call_number`: a return call, to this number; `calls_from`: the
    number that the customer sees (O3).
    """

    session_id: str
    uid: str
    type_name: str
    channel: Channel
    starts_at: datetime
    ends_at: datetime
    staff_id: str
    staff_name: str
    company_name: str
    booker: Attendee
    attendees: tuple[Attendee, ...]
    join: JoinData | None
    issue: str = ""
    release: str = ""
    topic: Topic | None = None
    cancel_until: datetime | None = None
    text_until: datetime | None = None
    rebook_until: datetime | None = None
    country: str | None = None
    no_show_months: int | None = None
    suspension_days: int | None = None
    organizer: str = ""
    own_organizer: bool = False
    code: str = ""
    outcome: str = ""
    call_number: str = ""
    calls_from: str = ""


@dataclass(frozen=True, slots=True)
class CustomerText:
    """One text to one number (E.164). Its outcome must be known: it is never repeated blindly (N5). `code` is the
    booking's short code, printed, and the reference by which the carrier is asked (SMS-2). `until`: the instant that
    the words turn on (the new close, the deadline). The link is composed at sending, for the attendee of `email`.
    `candidates`: the sessions that WHICH_ONE names (SMS-8)."""

    letter: TextLetter
    number: str
    locale: str
    zone: str
    code: str
    issued_at: datetime
    facts: SessionFacts | None = None
    email: str = ""
    until: datetime | None = None
    candidates: tuple[Candidate, ...] = ()
    kind: Literal["customer-text"] = "customer-text"


@dataclass(frozen=True, slots=True)
class CustomerMail:
    """One mail to one attendee. `method`, `sequence`, `dtstamp` only for calendar mails; `partstat` as known (INV-26).

    `ordinal` tells repeated sends at one SEQUENCE apart. `former_starts_at` is the time before a move. `refused` is
    the code of the answer that a REFUSAL explains. `sessions` are those listed in LINKS. `other_zone`: where profile,
    form and phone number disagree, the zone that the reader may be in instead (N4). `until`: the instant that the words
    turn on (the close, A3; the new start, K13). `words`: what a person wrote as the reason (A10, A15).
    `request_id`, `about`, `answer_by`: of a RECEIPT, the request, its subject as written, and what is promised (O1).
    `instead_of`: the text whose words TEXT_INSTEAD brings. `company_code`: of CODE, with the company's name as `about`.
    """

    letter: Letter
    cause: Cause
    to: Attendee
    facts: SessionFacts | None
    issued_at: datetime
    method: Method | None = None
    sequence: int = 0
    dtstamp: datetime | None = None
    partstat: str = "NEEDS-ACTION"
    ordinal: int = 0
    former_starts_at: datetime | None = None
    former_staff_name: str | None = None
    request_id: str | None = None
    about: str = ""
    answer_by: datetime | None = None
    refused: str | None = None
    sessions: tuple[SessionFacts, ...] = ()
    other_zone: str | None = None
    instead_of: CustomerText | None = None
    until: datetime | None = None
    words: str = ""
    company_code: str = ""
    kind: Literal["customer-mail"] = "customer-mail"


@dataclass(frozen=True, slots=True)
class PastSession:
    """A session as a letter about standing names it. `at`: its start, or the instant of its same-day change (C8);
    `company_name`: whose it is, where a letter lists those of several (K12)."""

    session_id: str
    at: datetime
    company_name: str = ""


@dataclass(frozen=True, slots=True)
class StandingMail:
    """One letter about somebody's standing (S6, A9, C8): everything that its wording needs, frozen.

    `sessions`: what it rests on, oldest first. `suspended_until`: the end of the last day, exclusive; None: waiting
    does not end it. `months`, `days`, `no_shows`: the numbers of the terms that it was judged by. `fee_cents`,
    `currency`: what lifts it, None where paying does not (S4). `lifts`: REVERSAL ends a suspension with it. `by`: who
    lifted it (payment | staff).
    """

    letter: Letter
    to: Attendee
    issued_at: datetime
    company_name: str = ""
    sessions: tuple[PastSession, ...] = ()
    suspended_until: datetime | None = None
    months: int = 0
    days: int = 0
    no_shows: int = 0
    fee_cents: int | None = None
    currency: str = ""
    lifts: bool = False
    by: str = ""
    kind: Literal["standing-mail"] = "standing-mail"


@dataclass(frozen=True, slots=True)
class StaffMail:
    """One mail to one staff member. A QUESTION carries the question; its links are signed at composition. `person` and
    `sessions`: whom and what a question about somebody's standing is about."""

    letter: StaffLetter
    to_id: str
    to_name: str
    to_email: str
    to_zone: str
    issued_at: datetime
    facts: SessionFacts | None = None
    question: Question | None = None
    subject_key: CaseKey | None = None
    detail: str = ""
    hint: str = ""
    repeated: bool = False
    person: Attendee | None = None
    company_name: str = ""
    sessions: tuple[PastSession, ...] = ()
    kind: Literal["staff-mail"] = "staff-mail"


@dataclass(frozen=True, slots=True)
class StaffText:
    """One text to one staff member (E.164) who wants questions by text, beside the mail that asks the same (N8). Its
    outcome must be known: it is never repeated blindly (N5). The signed link to the question is composed at sending;
    `about`: who or what it is about, where there are no `facts`."""

    letter: StaffLetter
    to_id: str
    number: str
    zone: str
    issued_at: datetime
    question: Question
    subject_key: CaseKey
    facts: SessionFacts | None = None
    about: str = ""
    repeated: bool = False
    kind: Literal["staff-text"] = "staff-text"


@dataclass(frozen=True, slots=True)
class OperatorMail:
    """One alert, or its all-clear, to the operator's address (Misconfigured, CAL-26)."""

    to_email: str
    source: str
    error: str
    hint: str
    issued_at: datetime
    recovered: bool = False
    put_aside: bool = False  # a single mail that could not be read; the source works
    kind: Literal["operator-mail"] = "operator-mail"


@dataclass(frozen=True, slots=True)
class CalendarPut:
    """Write the session's event: create it (`ref` None) or change it under the condition of `ref.version`.

    `adopted` events keep staff's title; `with_attendees` writes with the provider's own update on (CAL-21).
    """

    calendar_id: str
    session_id: str
    facts: SessionFacts
    ref: EntryRef | None
    generation: int
    adopted: bool = False
    with_attendees: bool = False
    kind: Literal["calendar-put"] = "calendar-put"


@dataclass(frozen=True, slots=True)
class CalendarRemove:
    calendar_id: str
    session_id: str
    ref: EntryRef | None
    generation: int = 0
    notify: bool = False  # the provider invited, and sends its cancellation (CAL-21)
    kind: Literal["calendar-remove"] = "calendar-remove"


@dataclass(frozen=True, slots=True)
class CalendarLook:
    """Look whether the event is really gone: in its place, then by session id in that person's calendars (CAL-6)."""

    calendar_id: str
    session_id: str
    ref: EntryRef
    kind: Literal["calendar-look"] = "calendar-look"


@dataclass(frozen=True, slots=True)
class PaymentOpen:
    """Ask the processor to take a payment until `expires_at` (PAY-1, PAY-5). `description` says what is bought, in the
    customer's words; `email` and `locale` are the payer's; `subject` is whose case webhooks are about. Repeating is
    harmless: the key is the act's (PAY-2)."""

    method: str
    reference: str
    amount: Amount
    description: str
    email: str
    locale: str
    expires_at: datetime
    subject: CaseKey
    company: str = ""
    contact: str = ""
    kind: Literal["payment-open"] = "payment-open"


@dataclass(frozen=True, slots=True)
class PaymentLook:
    """Ask what became of a payment (PAY-4); with `expire`, and let it be taken no more (PAY-5)."""

    method: str
    reference: str
    outside_id: str
    expire: bool = False
    kind: Literal["payment-look"] = "payment-look"


EffectBody = (
    PaymentOpen
    | PaymentLook
    | CustomerMail
    | StandingMail
    | CustomerText
    | StaffMail
    | StaffText
    | OperatorMail
    | CalendarPut
    | CalendarRemove
    | CalendarLook
)


@dataclass(frozen=True, slots=True)
class Effect:
    """One row of the outbox.

    `revision`: the subject's revision it belongs to. `guarded`: dropped as superseded once the subject has a later
    revision. `harmless`: may be repeated when its outcome is unknown (REL-4). `lane`: acts in one lane never overlap
    (a calendar's id); empty: they need no order (mail). `expire_at`: never claimed at or after (REL-6);
    None: never expires.
    """

    key: str
    kind: EffectKind
    subject: CaseKey
    revision: int
    lane: str
    recipient: str
    body: EffectBody
    due_at: datetime
    expire_at: datetime | None
    harmless: bool = True
    guarded: bool = False
    after: str | None = None


def effect_key(kind: str, subject: CaseKey, revision: int, recipient: str, ordinal: int = 0) -> str:
    """The key of an act, never of an attempt (REL-5). Without the revision a moved session's reminder would be taken
    for one already sent."""
    return derived_key(kind, subject, revision, recipient, ordinal)


@dataclass(frozen=True, slots=True)
class EffectStatus:
    """What a Case knows of an effect of its own."""

    key: str
    kind: EffectKind
    letter: str | None
    revision: int
    recipient: str
    state: EffectState
    starts_at: datetime | None = None  # the session start it speaks of, for reminders

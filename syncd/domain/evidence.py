"""What did we see? Evidence: immutable, keyed by where it came from, one payload class a kind.

Every payload is a frozen dataclass with a literal `kind`, so that stored evidence can be read back by any version.
`received_at` of an Evidence is the instant at which the outside world gave it to someone we trust (the click, the
carrier, the mail server, the provider's modification time): requests are judged by it (C4), never by when it was
processed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from syncd.domain.absence import AwaySeen
from syncd.domain.asked import Asked as Asked
from syncd.domain.attended import AttendanceEvidence
from syncd.domain.calling import CallingEvidence
from syncd.domain.correspondence import LetterEvidence
from syncd.domain.desk import Channel
from syncd.domain.keys import CaseKey
from syncd.domain.money import Amount
from syncd.domain.paying import MoneyEvidence
from syncd.domain.people import Attendee, Plan, Side
from syncd.domain.session import Choice, EntryRef, Signature
from syncd.domain.standing import StandingEvidence

# --- requests by people -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HoldRequested:
    """A form asks to keep a slot while details are typed (B2). Keyed by the form's signed id and its attempt."""

    uid: str
    type_id: str
    staff_id: str
    starts_at: datetime
    network: str
    asked: Asked
    kind: Literal["hold-requested"] = "hold-requested"


@dataclass(frozen=True, slots=True)
class BookingRequested:
    """A form books. `company_id` is what the typed code was found to be; None: no such code (E3). `pays_by`: the
    session is paid, by that method (E4); then `company_id` is the payer's, `release` a release's id, `shown` the fee
    that the form showed (E7), `company_name` what they call their company."""

    uid: str
    type_id: str
    staff_id: str
    starts_at: datetime
    door: Literal["page", "api"]
    company_id: str | None
    contact_id: str | None
    booker: Attendee
    asked: Asked
    topic_id: str | None = None
    colleagues: tuple[Attendee, ...] = ()
    issue: str = ""
    release: str = ""
    network: str = ""
    pays_by: str | None = None
    company_name: str = ""
    shown: Amount | None = None
    kind: Literal["booking-requested"] = "booking-requested"


@dataclass(frozen=True, slots=True)
class CancelRequested:
    """`via`: link | mail (a link that only a mail carried, E11) | api | calendar | staff. Judged by the evidence's
    `received_at` (C1, C4)."""

    via: str
    by: Side
    email: str | None = None
    kind: Literal["cancel-requested"] = "cancel-requested"


@dataclass(frozen=True, slots=True)
class RescheduleRequested:
    via: str
    by: Side
    starts_at: datetime
    staff_id: str
    asked: Asked
    email: str | None = None
    kind: Literal["reschedule-requested"] = "reschedule-requested"


@dataclass(frozen=True, slots=True)
class RestoreRequested:
    """After a declined invitation: "a colleague is coming" (C6)."""

    via: str
    by: Side
    asked: Asked
    kind: Literal["restore-requested"] = "restore-requested"


@dataclass(frozen=True, slots=True)
class CodeRequested:
    """ "Forgot your code?" (E9); the subject is the contact whose address is on file, `company_name` and `code` are
    those of their company."""

    company_name: str
    code: str
    kind: Literal["code-requested"] = "code-requested"


@dataclass(frozen=True, slots=True)
class LinksRequested:
    """The request "send me my links again" (B5); the subject is the contact whose address is on file."""

    kind: Literal["links-requested"] = "links-requested"


@dataclass(frozen=True, slots=True)
class ReassignRequested:
    """Staff give the session to a colleague, set another time, or both (K11, K12). `staff_id` holds it then; `by` is
    who pressed. `asked`: the live busy time of whoever is to hold it."""

    staff_id: str
    starts_at: datetime
    by: str
    asked: Asked
    kind: Literal["reassign-requested"] = "reassign-requested"


@dataclass(frozen=True, slots=True)
class StaffAnswered:
    """A question was answered by its signed link (N8)."""

    question_id: str
    choice: Choice
    staff_id: str
    kind: Literal["staff-answered"] = "staff-answered"


# --- what calendars say -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SeenAttendee:
    email: str
    name: str = ""
    partstat: str = "NEEDS-ACTION"


@dataclass(frozen=True, slots=True)
class EntrySeen:
    """An own event as it stands in the calendar. The evidence's `received_at` is the provider's modification time
    where it gives one (`modified_at`), else when we read it."""

    ref: EntryRef
    session_id: str  # by the event's mark, or by the adoption row
    signature: Signature
    modified_at: datetime | None = None
    attendees: tuple[SeenAttendee, ...] = ()
    tags: tuple[str, ...] = ()  # K8: #attended, #noshow, #excused, #keep, #late15 …
    kind: Literal["entry-seen"] = "entry-seen"


@dataclass(frozen=True, slots=True)
class EntryGone:
    """A hint that an event is gone: a tombstone, or its absence from a whole listing (CAL-6). Not a deletion yet."""

    ref: EntryRef
    how: Literal["tombstone", "absent"]
    kind: Literal["entry-gone"] = "entry-gone"


@dataclass(frozen=True, slots=True)
class MarkedEntrySeen:
    """A foreign event that carries the desk's mark (K7). Of its text only this is kept: title after the mark, the
    addresses and the words that may be company codes. `recurring`: it is a whole series (CAL-13)."""

    ref: EntryRef
    uid: str
    signature: Signature
    title: str
    emails: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    attendees: tuple[SeenAttendee, ...] = ()
    provider_invites: bool = False
    recurring: bool = False
    modified_at: datetime | None = None
    channel: Channel | None = None
    people: tuple[Identified, ...] = ()  # filled in by engine/correlate from addresses and codes
    kind: Literal["marked-entry-seen"] = "marked-entry-seen"


@dataclass(frozen=True, slots=True)
class Identified:
    """What correlate found behind an address or a code: a known contact, or a company (then a new contact, E2)."""

    company_id: str
    contact_id: str
    email: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class SourceFailed:
    """A calendar (or another source) could not be read: once an outage, again when its error changes."""

    source: str
    error: str
    hint: str = ""
    acts: bool = False  # a person must act (Misconfigured)
    sessions: tuple[str, ...] = ()  # of an attendance feed: those to attest by hand meanwhile, a line each (ATT-14)
    kind: Literal["source-failed"] = "source-failed"


@dataclass(frozen=True, slots=True)
class SourceRecovered:
    source: str
    kind: Literal["source-recovered"] = "source-recovered"


# --- receipts of our own acts -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EffectDone:
    """An effect was performed and acknowledged. `ref` and `signature` for calendar writes; `outside_id` else."""

    effect_key: str
    effect_kind: str
    revision: int
    ref: EntryRef | None = None
    signature: Signature | None = None
    outside_id: str | None = None
    recipient: str = ""
    kind: Literal["effect-done"] = "effect-done"


@dataclass(frozen=True, slots=True)
class EffectStale:
    """A conditional write met another version (CAL-15): decide again. The event as re-read, if it was."""

    effect_key: str
    effect_kind: str
    revision: int
    seen: EntrySeen | None = None
    kind: Literal["effect-stale"] = "effect-stale"


@dataclass(frozen=True, slots=True)
class EffectParked:
    """An effect was refused, or its outcome cannot be known; a person is shown why (CAL-19). `means`: what the refusal
    of a text says of its number (SMS-9), as TextReported has it, or "capped"."""

    effect_key: str
    effect_kind: str
    revision: int
    reason: str
    hint: str = ""
    recipient: str = ""
    means: str = ""
    kind: Literal["effect-parked"] = "effect-parked"


@dataclass(frozen=True, slots=True)
class LookAnswered:
    """The answer to a look (CAL-6): found (as it stands), gone, or not known."""

    effect_key: str
    answer: Literal["found", "gone", "unknown"]
    seen: EntrySeen | None = None
    kind: Literal["look-answered"] = "look-answered"


# --- the directory, and what follows for other subjects -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CompanyListed:
    """A company as the directory has it (D1). Keyed by a digest of these fields: an unchanged row is no news."""

    name: str
    code: str | None
    plan: Plan | None
    plan_until: date | None
    zone: str | None = None
    country: str | None = None
    blocked: bool = False
    kind: Literal["company-listed"] = "company-listed"


@dataclass(frozen=True, slots=True)
class CompanyDelisted:
    kind: Literal["company-delisted"] = "company-delisted"


@dataclass(frozen=True, slots=True)
class ContactListed:
    company_id: str
    name: str
    email: str
    mobile: str | None = None
    zone: str | None = None
    locale: str | None = None
    kind: Literal["contact-listed"] = "contact-listed"


@dataclass(frozen=True, slots=True)
class ContactDelisted:
    kind: Literal["contact-delisted"] = "contact-delisted"


@dataclass(frozen=True, slots=True)
class ContactBooked:
    """Derived from a booking: a new address with a valid code becomes a contact (E2)."""

    session_id: str
    company_id: str
    name: str
    email: str
    mobile: str | None
    zone: str
    locale: str
    kind: Literal["contact-booked"] = "contact-booked"


@dataclass(frozen=True, slots=True)
class DeletionReported:
    """Derived, session → calendar: an own event is confirmed gone and the guard of CAL-7 holds it."""

    session_id: str
    starts_at: datetime
    kind: Literal["deletion-reported"] = "deletion-reported"


@dataclass(frozen=True, slots=True)
class DeletionJudged:
    """Derived, calendar → session: a person said what the held deletions mean."""

    choice: Choice
    kind: Literal["deletion-judged"] = "deletion-judged"


Payload = (
    HoldRequested
    | BookingRequested
    | CancelRequested
    | RescheduleRequested
    | RestoreRequested
    | LinksRequested
    | CodeRequested
    | ReassignRequested
    | StaffAnswered
    | EntrySeen
    | EntryGone
    | MarkedEntrySeen
    | AwaySeen
    | SourceFailed
    | SourceRecovered
    | EffectDone
    | EffectStale
    | EffectParked
    | LookAnswered
    | CompanyListed
    | CompanyDelisted
    | ContactListed
    | ContactDelisted
    | ContactBooked
    | DeletionReported
    | DeletionJudged
    | AttendanceEvidence
    | StandingEvidence
    | LetterEvidence
    | MoneyEvidence
    | CallingEvidence
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was seen. `key` is unique for ever (REL-2): the same thing read twice is one row.

    `subject` is None only between a source and `engine.correlate`, which knows whose event it is. `seq` is the store's
    order, 0 until stored.
    """

    key: str
    source: str
    received_at: datetime
    payload: Payload
    subject: CaseKey | None = None
    seq: int = 0

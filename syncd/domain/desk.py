"""What does the desk offer? Staff, session types, topics and rooms, as the operator configured them.

A Desk is one immutable value. The store keeps each version by its digest, so that a decision can be replayed with
the desk it was made under.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from syncd.domain.people import StaffMember


class Channel(StrEnum):
    """Online: screen share with a conference line beside it. Phone: the line alone."""

    ONLINE = "online"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class DialIn:
    """One number of the conference line: E.164, ISO region, kind (toll, tollfree, mobile), label (CON-11)."""

    e164: str
    region: str
    kind: str = "toll"
    label: str = ""


@dataclass(frozen=True, slots=True)
class JoinData:
    """How one gets into the room (CON-11, N3). `conference_id` is as it is typed (`500 554 260#`), `conference_digits`
    its digits. `host_url` is for staff and never reaches a customer (INV-33)."""

    join_url: str
    conference_id: str
    conference_digits: str
    numbers: tuple[DialIn, ...] = ()
    call_in_page: str | None = None
    room_code: str | None = None
    app_url: str | None = None
    macos_url: str | None = None
    host_url: str | None = None
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedAbilities:
    """What one attendance feed can prove of one room (ATT-2, CON-1). `live`: it tells who is there now; `history`: it
    lists who already left. `lag`: so old is what it says; `max_gap`: between two snapshots (ATT-4); `settle`: so long
    after the close it may still tell news (CON-3). `poll`: how often it is asked while a window is open."""

    feed: str
    channels: tuple[Channel, ...]
    live: bool = False
    history: bool = False
    lag: timedelta = timedelta(0)
    max_gap: timedelta = timedelta(seconds=30)
    settle: timedelta = timedelta(minutes=90)
    poll: timedelta = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Room:
    """A permanent conference room: a resource of capacity one (K10). `feeds`: who tells who is in it."""

    id: str
    join: JoinData
    gap: timedelta = timedelta(minutes=15)
    feeds: tuple[FeedAbilities, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionType:
    """What can be booked, with its own times (B1)."""

    id: str
    name: str
    channel: Channel
    staff: tuple[str, ...]
    rooms: tuple[str, ...]
    length: timedelta = timedelta(minutes=30)
    step: timedelta = timedelta(minutes=15)
    buffer: timedelta = timedelta(minutes=10)
    notice: timedelta = timedelta(hours=2)
    horizon: timedelta = timedelta(days=30)
    about: str = ""
    free: bool = True  # with a plan that brings free sessions (E1); false: paid by everybody (E7)


@dataclass(frozen=True, slots=True)
class Topic:
    """What a session is about, with its own preparation (B3). `phone_first` puts the numbers before the join URL."""

    id: str
    name: str
    preparation: str = ""
    phone_first: bool = False


@dataclass(frozen=True, slots=True)
class Marks:
    """How staff mark an event of theirs to become a session (K7). Any one suffices; compared without case."""

    category: str = "Support session"
    title_prefix: str = "Support:"
    tag: str = "#session"


@dataclass(frozen=True, slots=True)
class Invitations:
    """How the desk invites (spec/invitations.md 1).

    `file_copy`: the calendar object is attached as a file, too, but not where the recipient's domain is among
    `no_file_copy_for`. `links_in_calendar`: the manage links stand in the entry, which others may see.
    `refuses_counters`: calendar programs are asked to offer no other time. `numbers`: the numbers that every message
    prints, E.164; none: those nearest to the reader (CON-12). `organizer_per_booking`: the ORGANIZER is the booking's
    own reply address; a booking keeps what held when it was made.
    """

    file_copy: bool = True
    no_file_copy_for: tuple[str, ...] = ()
    links_in_calendar: bool = True
    refuses_counters: bool = False
    numbers: tuple[str, ...] = ()
    organizer_per_booking: bool = False

    def copies_to(self, address: str) -> bool:
        """Is the file attached for this recipient?"""
        return self.file_copy and address.rpartition("@")[2].casefold() not in self.no_file_copy_for


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A way to pay. `online`: before the session is booked; else it is billed by hand, and booked at once."""

    id: str
    online: bool
    name: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that can be booked with one staff member."""

    starts_at: datetime
    ends_at: datetime
    staff_id: str


@dataclass(frozen=True, slots=True)
class Desk:
    """The vendor's support desk. `organizer` is the service mailbox that invites (ORGANIZER = From)."""

    id: str
    name: str
    organizer: str
    organizer_name: str
    base_url: str
    zone: str
    staff: tuple[StaffMember, ...]
    types: tuple[SessionType, ...]
    rooms: tuple[Room, ...]
    topics: tuple[Topic, ...] = ()
    marks: Marks = Marks()
    support_email: str = ""
    operator_email: str = ""
    portal_hint: str = ""
    locale: str = "en"
    texting_number: str | None = None
    texting_countries: tuple[str, ...] = ("US", "CA")  # beside the number's own country (reliability.md 5)
    texts_per_number: int = 20  # a day (UTC); likewise
    texts_per_company: int = 100
    texts_per_staff: int = 60  # questions by text to one staff member a day (N8)
    calling_number: str | None = None  # from which customers are called back, E.164 (O3)
    invitations: Invitations = Invitations()
    attestation: bool = True  # staff may attest by hand (CON-5, A13)
    dispatcher: str | None = None  # staff id (O1); None: the first lead
    deputy: str | None = None
    inboxes: tuple[str, ...] = ()  # sources of customers' words, which must be read before a no-show (ATT-7.6)
    payments: tuple[PaymentMethod, ...] = ()
    bots: tuple[str, ...] = ()  # names by which recorders and note takers join (ATT-12), compared without case

    def day_of(self, instant: datetime) -> date:
        """The desk's own day, by which its fees and releases change for everybody at once (E8)."""
        return instant.astimezone(ZoneInfo(self.zone)).date()

    def member(self, staff_id: str) -> StaffMember | None:
        return next((m for m in self.staff if m.id == staff_id), None)

    def holder_of(self, calendar_id: str) -> StaffMember | None:
        """Whose writable calendar it is."""
        return next((m for m in self.staff if m.calendar_id == calendar_id), None)

    def type(self, type_id: str) -> SessionType | None:
        return next((t for t in self.types if t.id == type_id), None)

    def topic(self, topic_id: str | None) -> Topic | None:
        return next((t for t in self.topics if t.id == topic_id), None)

    def room(self, room_id: str | None) -> Room | None:
        return next((r for r in self.rooms if r.id == room_id), None)

    def payment_method(self, method_id: str | None) -> PaymentMethod | None:
        return next((m for m in self.payments if m.id == method_id), None)

    def leads(self) -> tuple[StaffMember, ...]:
        """The leads; a desk that names none is led by its first staff member."""
        return tuple(m for m in self.staff if m.lead) or self.staff[:1]

"""What would a test write out each time? Small domain values with defaults that make sense.

A desk with three staff, in New York, Berlin and Kolkata; it is a Monday at noon, and sessions are a week ahead. Every
builder takes the fields that matter to the test by name.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from syncd.domain.decision import Claim
from syncd.domain.desk import Channel, Desk, DialIn, JoinData, Room, SessionType
from syncd.domain.effect import CalendarPut, CustomerMail, Effect, EffectKind, SessionFacts, effect_key
from syncd.domain.evidence import Asked, BookingRequested, CancelRequested, EntrySeen, Evidence, HoldRequested, Payload
from syncd.domain.keys import CaseKey, session_key
from syncd.domain.letters import Cause, Letter, Method
from syncd.domain.people import Attendee, Company, Contact, Entitlement, OpenHours, Plan, Side, StaffMember
from syncd.domain.session import Booking, CalendarEntry, Door, EntryRef, Session, SessionState, Signature
from syncd.domain.spans import Span
from syncd.domain.terms import Terms

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
START = datetime(2026, 3, 9, 15, tzinfo=UTC)
"""In everybody's working hours: 11:00 in New York, 16:00 in Berlin, 20:30 in Kolkata."""
LENGTH = timedelta(minutes=30)
WEEK = tuple(OpenHours(day, time(8), time(21)) for day in range(5))


def at(minutes: float, since: datetime = NOW) -> datetime:
    return since + timedelta(minutes=minutes)


def span(starts_at: datetime = START, length: timedelta = LENGTH) -> Span:
    return Span(starts_at, starts_at + length)


def member(staff_id: str = "ann", zone: str = "America/New_York", **changes: Any) -> StaffMember:
    name = staff_id.capitalize()
    made = StaffMember(staff_id, name, f"{staff_id}@desk.example", zone, f"cal-{staff_id}", hours=WEEK)
    return replace(made, **changes)


def join_data(**changes: Any) -> JoinData:
    made = JoinData(
        join_url="https://meet.example/500554260",
        conference_id="500 554 260#",
        conference_digits="500554260",
        numbers=(DialIn("+12125550100", "US", label="New York"), DialIn("+4930555010", "DE", label="Berlin")),
        host_url="https://meet.example/host/secret",
    )
    return replace(made, **changes)


def room(room_id: str = "room-1", **changes: Any) -> Room:
    return replace(Room(room_id, join_data()), **changes)


def session_type(type_id: str = "online", **changes: Any) -> SessionType:
    made = SessionType(type_id, "Online session", Channel.ONLINE, ("ann", "ben", "chandra"), ("room-1", "room-2"))
    return replace(made, **changes)


def desk(**changes: Any) -> Desk:
    made = Desk(
        id="desk",
        name="Example Support",
        organizer="sessions@desk.example",
        organizer_name="Example Support",
        base_url="https://desk.example",
        zone="Europe/Berlin",
        staff=(member(lead=True), member("ben", "Europe/Berlin"), member("chandra", "Asia/Kolkata")),
        types=(session_type(), session_type("phone", name="Phone session", channel=Channel.PHONE)),
        rooms=(room(), room("room-2")),
        support_email="support@desk.example",
        operator_email="operator@desk.example",
    )
    return replace(made, **changes)


def terms(**changes: Any) -> Terms:
    return replace(Terms(), **changes)


def company(company_id: str = "acme", **changes: Any) -> Company:
    return replace(Company(company_id, company_id.capitalize(), f"{company_id}-1234", Plan.SUPPORT), **changes)


def contact(contact_id: str = "carol", **changes: Any) -> Contact:
    made = Contact(contact_id, "acme", contact_id.capitalize(), f"{contact_id}@acme.example", zone="Europe/Berlin")
    return replace(made, **changes)


def attendee(name: str = "carol", **changes: Any) -> Attendee:
    return replace(Attendee(name.capitalize(), f"{name}@acme.example", "Europe/Berlin"), **changes)


def booking(**changes: Any) -> Booking:
    return replace(Booking("acme", "Acme", "carol", attendee(), NOW, Entitlement.PLAN), **changes)


def session(session_id: str = "s1", **changes: Any) -> Session:
    """A booked one; `state` HELD comes with a hold of ten minutes and without a booking."""
    made = Session(
        id=session_id,
        uid=f"uid-{session_id}",
        state=SessionState.BOOKED,
        type_id="online",
        channel=Channel.ONLINE,
        staff_id="ann",
        span=span(),
        door=Door.PAGE,
        terms_id="default",
        room_id="room-1",
        booking=booking(),
        dtstamp=NOW,
        arranged_at=NOW,
    )
    if changes.get("state") is SessionState.HELD:
        made = replace(made, booking=None, hold_until=at(10), network="network-1")
    return replace(made, **changes)


def claims_of(made: Session, *, may_overlap: bool = False) -> tuple[Claim, ...]:
    """Its staff member and its room for its span, without buffers."""
    staff = Claim(f"staff:{made.staff_id}", made.span, may_overlap)
    if made.room_id is None:
        return (staff,)
    return (staff, Claim(f"room:{made.room_id}", made.span, may_overlap))


def entry_ref(event_id: str = "event-1", calendar_id: str = "cal-ann", **changes: Any) -> EntryRef:
    return replace(EntryRef(calendar_id, event_id, "v1"), **changes)


def calendar_entry(ref: EntryRef | None = None, **changes: Any) -> CalendarEntry:
    """Written and acknowledged at its first revision."""
    made = CalendarEntry(ref or entry_ref(), written=signature(), written_revision=0, written_at=NOW)
    return replace(made, **changes)


def signature(**changes: Any) -> Signature:
    return replace(Signature(START, START + LENGTH, "confirmed", "room-1"), **changes)


def asked(staff_id: str = "ann", **changes: Any) -> Asked:
    return replace(Asked(staff_id, span(), NOW), **changes)


def hold_requested(**changes: Any) -> HoldRequested:
    return replace(HoldRequested("uid-s1", "online", "ann", START, "network-1", asked()), **changes)


def booking_requested(**changes: Any) -> BookingRequested:
    made = BookingRequested("uid-s1", "online", "ann", START, "page", "acme", "carol", attendee(), asked())
    return replace(made, **changes)


def cancel_requested(**changes: Any) -> CancelRequested:
    return replace(CancelRequested("link", Side.CUSTOMER), **changes)


def entry_seen(session_id: str = "s1", **changes: Any) -> EntrySeen:
    return replace(EntrySeen(entry_ref(), session_id, signature()), **changes)


def evidence(payload: Payload, key: str = "e1", **changes: Any) -> Evidence:
    """About session s1, received now."""
    made = Evidence(f"test/{key}", "test", NOW, payload, session_key("s1"))
    return replace(made, **changes)


def facts(made: Session | None = None, **changes: Any) -> SessionFacts:
    made = made or session()
    said = SessionFacts(
        session_id=made.id,
        uid=made.uid,
        type_name="Online session",
        channel=made.channel,
        starts_at=made.starts_at,
        ends_at=made.ends_at,
        staff_id=made.staff_id,
        staff_name=made.staff_id.capitalize(),
        company_name="Acme",
        booker=attendee(),
        attendees=(attendee(),),
        join=join_data(),
    )
    return replace(said, **changes)


def customer_mail(letter: Letter = Letter.INVITATION, **changes: Any) -> CustomerMail:
    made = CustomerMail(letter, Cause.BOOKED, attendee(), facts(), NOW, Method.REQUEST, 0, NOW)
    return replace(made, **changes)


def mail_effect(subject: CaseKey | None = None, letter: Letter = Letter.INVITATION, **changes: Any) -> Effect:
    """A mail to the booker of s1, due now. `revision` also tells its key."""
    subject = subject or session_key("s1")
    body = customer_mail(letter)
    revision = changes.get("revision", 0)
    made = Effect(
        key=effect_key(f"{EffectKind.MAIL_CUSTOMER}.{letter}", subject, revision, body.to.email),
        kind=EffectKind.MAIL_CUSTOMER,
        subject=subject,
        revision=revision,
        lane="",
        recipient=body.to.email,
        body=body,
        due_at=NOW,
        expire_at=START,
    )
    return replace(made, **changes)


def put_effect(made: Session | None = None, **changes: Any) -> Effect:
    """The write of a session's event, due now, in its calendar's lane; guarded."""
    made = made or session()
    calendar = f"cal-{made.staff_id}"
    revision = changes.get("revision", made.revision)
    effect = Effect(
        key=effect_key(EffectKind.CALENDAR_PUT, session_key(made.id), revision, calendar),
        kind=EffectKind.CALENDAR_PUT,
        subject=session_key(made.id),
        revision=revision,
        lane=calendar,
        recipient=calendar,
        body=CalendarPut(calendar, made.id, facts(made), made.entry.ref if made.entry else None, 0),
        due_at=NOW,
        expire_at=None,
        guarded=True,
    )
    return replace(effect, **changes)

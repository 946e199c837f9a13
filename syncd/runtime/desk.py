"""What desk do the settings describe? Settings to the domain's Desk and Terms, named by a digest of what they say.

The digest is the version: two configurations that say the same are one desk, and a booking remembers the terms that it
was made under (S10).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from syncd.config.settings import CalendarAt, Settings, StaffSettings
from syncd.domain.desk import Desk, Invitations, Marks, PaymentMethod, Room, SessionType, Topic
from syncd.domain.people import StaffMember
from syncd.domain.terms import Terms

DIGEST_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class BoundCalendar:
    """One calendar of the configuration: its id, where it is, and whose. `email` is empty where several read it."""

    calendar_id: str
    connector: str
    address: str
    zone: str
    email: str
    writable: bool


def desk_of(
    settings: Settings, rooms: Sequence[Room], inboxes: Sequence[str] = (), payments: Sequence[PaymentMethod] = ()
) -> Desk:
    """`inboxes`: the connectors that bring customers' words (ATT-7.6)."""
    desk = settings.desk
    everyone = tuple(member.id for member in settings.staff)
    every_room = tuple(room.id for room in rooms)
    made = Desk(
        id="",
        name=desk.name,
        organizer=desk.organizer,
        organizer_name=desk.organizer_name or desk.name,
        base_url=desk.base_url,
        zone=desk.zone,
        staff=tuple(_member(member) for member in settings.staff),
        types=tuple(
            SessionType(
                id=kind.id,
                name=kind.name,
                channel=kind.channel,
                staff=kind.staff or everyone,
                rooms=kind.rooms or every_room,
                length=kind.length,
                step=kind.step,
                buffer=kind.buffer,
                notice=kind.notice,
                horizon=kind.horizon,
                about=kind.about,
                free=kind.free,
            )
            for kind in settings.types
        ),
        rooms=tuple(rooms),
        topics=tuple(Topic(topic.id, topic.name, topic.preparation, topic.phone_first) for topic in settings.topics),
        marks=Marks(desk.marks.category, desk.marks.title_prefix, desk.marks.tag),
        support_email=desk.support_email,
        operator_email=desk.operator_email,
        portal_hint=desk.portal_hint,
        locale=desk.locale,
        texting_number=desk.texting_number,
        texting_countries=desk.texting_countries,
        texts_per_number=desk.texts_per_number,
        texts_per_company=desk.texts_per_company,
        texts_per_staff=desk.texts_per_staff,
        calling_number=desk.calling_number,
        invitations=Invitations(
            file_copy=desk.invitations.file_copy,
            no_file_copy_for=desk.invitations.no_file_copy_for,
            links_in_calendar=desk.invitations.links_in_calendar,
            refuses_counters=desk.invitations.counters == "refuse",
            numbers=desk.invitations.numbers,
            organizer_per_booking=desk.invitations.organizer == "booking",
        ),
        attestation=desk.attestation,
        dispatcher=desk.dispatcher,
        deputy=desk.deputy,
        payments=tuple(payments),
        bots=desk.bots,
        inboxes=tuple(inboxes),
    )
    return replace(made, id=f"desk-{digest_of(made)}")


def terms_of(settings: Settings) -> Terms:
    values = {field.name: getattr(settings.terms, field.name) for field in fields(Terms) if field.name != "id"}
    made = Terms(id="", **values)
    return replace(made, id=f"terms-{digest_of(made)}")


def calendar_id(place: CalendarAt) -> str:
    """Lasting while connector and address are the same; without the address itself, which may be a person's."""
    digest = hashlib.sha256(f"{place.connector}\0{place.address}".encode()).hexdigest()
    return f"{place.connector}-{digest[:10]}"


def calendars_of(settings: Settings) -> tuple[BoundCalendar, ...]:
    """Every calendar once, those with sessions first; one that several staff read belongs to none of them."""
    found: dict[str, BoundCalendar] = {}
    for member in settings.staff:
        place = member.calendar
        key = calendar_id(place)
        found[key] = BoundCalendar(key, place.connector, place.address, member.zone, member.email, writable=True)
    for member in settings.staff:
        for place in member.reads:
            key = calendar_id(place)
            email = "" if key in found else member.email
            found[key] = BoundCalendar(key, place.connector, place.address, member.zone, email, writable=False)
    return tuple(found.values())


def digest_of(value: Any) -> str:
    """Of a dataclass of plain values: the same content, the same digest, in any process."""
    text = json.dumps(asdict(value), sort_keys=True, default=str, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:DIGEST_CHARACTERS]


def _member(settings: StaffSettings) -> StaffMember:
    return StaffMember(
        id=settings.id,
        name=settings.name,
        email=settings.email,
        zone=settings.zone,
        calendar_id=calendar_id(settings.calendar),
        reads=tuple(calendar_id(place) for place in settings.reads),
        hours=settings.hours,
        holidays=settings.holidays,
        lead=settings.lead,
        accounts=settings.accounts,
        mobile=settings.mobile,
        asked_by_mail=settings.asked_by_mail,
        asked_by_text=settings.asked_by_text,
    )

"""How does a session look to a program? Desk, slots and sessions as API documents."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from syncd.domain.desk import Desk, SessionType, Slot
from syncd.domain.money import Catalogue, Fee
from syncd.domain.people import Attendee
from syncd.domain.terms import Terms
from syncd.web.api_models import (
    FeeDoc,
    Fees,
    Join,
    MethodDoc,
    Number,
    Person,
    ReleaseDoc,
    SessionDoc,
    SlotDoc,
    Staff,
    TopicDoc,
    TypeDoc,
    Types,
)
from syncd.web.manage import Glance


def as_types(desk: Desk) -> Types:
    return Types(
        desk=desk.name,
        zone=desk.zone,
        types=[_type(desk, kind) for kind in desk.types],
        topics=[TopicDoc(id=topic.id, name=topic.name, preparation=topic.preparation) for topic in desk.topics],
    )


def as_fees(desk: Desk, catalogue: Catalogue, terms: Terms, today: date) -> Fees:
    """Those in force on that day."""
    present: dict[tuple[str, str], Fee] = {(f.type_id, f.plan): f for f in catalogue.fees if f.since <= today}
    released = [(r, state) for r in catalogue.releases if (state := r.state_on(today)) is not None]
    return Fees(
        fees=[
            FeeDoc(
                type=fee.type_id,
                plan=fee.plan or None,
                amount_cents=fee.amount.cents,
                currency=fee.amount.currency,
                since=fee.since.isoformat(),
            )
            for fee in present.values()
        ],
        releases=[
            ReleaseDoc(
                id=release.id,
                name=release.name,
                state=state,
                since=max(since for since, _ in release.states if since <= today).isoformat(),
                needs_clearance=state in terms.clearance_for,
            )
            for release, state in released
        ],
        methods=[MethodDoc(id=method.id, online=method.online) for method in desk.payments],
    )


def as_slot(slot: Slot, zone: str) -> SlotDoc:
    return SlotDoc(starts_at=_instant(slot.starts_at, zone), ends_at=_instant(slot.ends_at, zone), staff=slot.staff_id)


def as_document(glance: Glance) -> SessionDoc:
    """What the session's page shows to the same reader, and no more."""
    session, facts, zone = glance.session, glance.facts, glance.reader.zone
    return SessionDoc(
        token=glance.token,
        state=session.state,
        type=session.type_id,
        channel=session.channel,
        starts_at=_instant(session.starts_at, zone),
        ends_at=_instant(session.ends_at, zone),
        zone=zone,
        staff=Staff(id=session.staff_id, name=facts.staff_name),
        company=facts.company_name,
        booked_by=_person(facts.booker),
        colleagues=[_person(other) for other in facts.attendees[1:]],
        topic=session.topic_id,
        issue=facts.issue,
        join=_join(glance) if glance.is_booked else None,
        change_until=_instant(glance.last, zone) if glance.can_change else None,
        page=f"{glance.visit.desk.base_url}{glance.path}",
    )


def _type(desk: Desk, kind: SessionType) -> TypeDoc:
    return TypeDoc(
        id=kind.id,
        name=kind.name,
        about=kind.about,
        channel=kind.channel,
        length_minutes=int(kind.length.total_seconds()) // 60,
        step_minutes=int(kind.step.total_seconds()) // 60,
        notice_minutes=int(kind.notice.total_seconds()) // 60,
        horizon_days=kind.horizon.days,
        staff=[Staff(id=member.id, name=member.name) for member in desk.staff if member.id in kind.staff],
    )


def _join(glance: Glance) -> Join | None:
    join = glance.facts.join
    if join is None:
        return None
    return Join(
        url=join.join_url if glance.by_screen else None,
        conference_id=join.conference_id,
        numbers=[Number(e164=number.e164, label=number.label) for number in glance.numbers],
        call_in_page=join.call_in_page,
        room_code=join.room_code if glance.by_screen else None,
    )


def _person(attendee: Attendee) -> Person:
    return Person(name=attendee.name, email=attendee.email)


def _instant(instant: datetime, zone: str) -> str:
    return instant.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")

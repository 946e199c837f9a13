"""What can the customer do with a session? See it, cancel, reschedule, restore; GET shows, POST acts (C1, C4-C7, C12).

Whoever holds the link is the attendee it was signed for; the engine judges each press by the instant it came.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from starlette.responses import Response

from syncd.domain.decision import Answer, AnswerCode
from syncd.domain.desk import Channel
from syncd.domain.effect import SessionFacts
from syncd.domain.people import Attendee, Side
from syncd.domain.session import Session, SessionState
from syncd.engine.links import attendee_of
from syncd.messages.numbers import Dial, printed, region_of
from syncd.policy.deadlines import cancel_until, set_at_short_notice
from syncd.policy.facts import facts_of
from syncd.ports.errors import SlotTaken
from syncd.web.outcome import course_of
from syncd.web.tokens import new_press, open_press, open_session, read_slot
from syncd.web.visit import Foreign, Handler, NotThere, Visit, answered, link, see
from syncd.web.week import choices, nearest, week_of
from syncd.web.words import LOST_SLOTS, say

FRESH = timedelta(minutes=10)
SHOWN_STATES = (SessionState.BOOKED, SessionState.CANCELLED, SessionState.ENDED)


@dataclass(frozen=True)
class Glance:
    """A session as its link holder sees it. `last`: the last instant for a change, passed or not; `via`: by what link a
    press comes, "mail" where only a mail carried it (E11)."""

    visit: Visit
    token: str
    session: Session
    facts: SessionFacts
    reader: Attendee
    last: datetime
    short_notice: bool
    via: str = "link"

    @staticmethod
    def of(visit: Visit) -> Glance:
        """By the token in the address; one 404 for whatever does not lead to a booked session and its attendee."""
        token = visit.path["token"]
        held = open_session(visit.services.keys, token)
        session = visit.services.views.session(held.session_id) if held else None
        if held is None or session is None or session.booking is None or session.state not in SHOWN_STATES:
            raise NotThere
        reader = attendee_of(visit.services.keys, session, held.tag)
        if reader is None:
            raise NotThere
        terms = visit.services.views.terms(session.terms_id)
        facts = facts_of(session, visit.desk, terms, visit.now)
        return Glance(
            visit=visit.in_zone(reader.zone),
            token=token,
            session=session,
            facts=visit.services.ways().shown(facts, reader, visit.desk, visit.services.keys),
            reader=reader,
            last=cancel_until(session, terms),
            short_notice=set_at_short_notice(session, terms),
            via="mail" if held.mailed else "link",
        )

    @property
    def path(self) -> str:
        return f"/s/{self.token}"

    @property
    def is_booked(self) -> bool:
        return self.session.state is SessionState.BOOKED

    @property
    def is_over(self) -> bool:
        return self.session.state is SessionState.ENDED or (self.is_booked and self.visit.now >= self.session.ends_at)

    @property
    def is_running(self) -> bool:
        return self.is_booked and self.session.span.holds(self.visit.now)

    @property
    def by_screen(self) -> bool:
        """A session by phone has no join URL to show (N3)."""
        return self.session.channel is Channel.ONLINE

    @property
    def can_change(self) -> bool:
        """As it stands now; the engine has the last word (C4)."""
        return self.is_booked and self.visit.now <= self.last and self.visit.now < self.session.starts_at

    @property
    def can_restore(self) -> bool:
        """C6: what the customer cancelled, until its start, while its time is free."""
        cancelled = self.session.state is SessionState.CANCELLED and self.session.cancelled_by is Side.CUSTOMER
        return cancelled and self.visit.now < self.session.starts_at

    @property
    def is_moving(self) -> bool:
        """C2: given up by MOVE, to be rebooked here under its UID and fee."""
        return self.session.state is SessionState.CANCELLED and self.session.moving

    @property
    def numbers(self) -> tuple[Dial, ...]:
        """The numbers near the reader, the rest being behind the call-in page (CON-12)."""
        join = self.facts.join
        return printed(join, region_of(self.facts.country, self.reader), self.visit.when.locale) if join else ()

    def press(self, act: str) -> str:
        return new_press(self.visit.services.keys, act, self.session.id)

    def pressed(self, act: str) -> str:
        """The id of the press that came with the form; Foreign where it was not signed for this act and session."""
        press = open_press(self.visit.services.keys, self.visit.form.get("press", ""), act, self.session.id)
        if press is None:
            raise Foreign
        return press

    def show(self, template: str, status: int = 200, **values: object) -> Response:
        return self.visit.show(template, status, glance=self, session=self.session, facts=self.facts, **values)

    def refused(self, answer: Answer) -> Response:
        """C4: not accepted, why, and the session's page for what still can be done."""
        said = say(self.visit.desk, self.visit.when, answer.code, answer.until)
        return self.show("session_refused.html", said.status, said=said)


def of_session(handler: Callable[[Glance], Response]) -> Handler:
    """The page's handler for whoever holds a session's link, in the language that the booking keeps for them. Programs
    that come by the same link read English."""

    def answer(visit: Visit) -> Response:
        glance = Glance.of(visit)
        spoken = replace(glance, visit=glance.visit.in_language(glance.reader.locale))
        return answered(spoken.visit, lambda _: handler(spoken))

    return answer


@of_session
def session_page(glance: Glance) -> Response:
    zone = glance.visit.chosen_zone
    return glance.show(
        "session.html",
        mailed=_is_mailed(glance),
        zoned=link("", zone=zone),
        starts_in=_starts_in(glance),
        moved=_was_changed(glance),
        course=course_of(glance),
    )


@of_session
def booked(glance: Glance) -> Response:
    """Booked just now: where the confirmation goes, and the session's own page."""
    if not glance.is_booked:
        return see(glance.path)
    return glance.show("booked.html", mailed=_is_mailed(glance))


@of_session
def cancel(glance: Glance) -> Response:
    if not glance.visit.posted:
        return glance.show("cancel.html", press=glance.press("cancel")) if glance.can_change else _closed(glance)
    door = glance.visit.services.door
    answer = door.cancel(glance.session.id, glance.pressed("cancel"), glance.reader.email, glance.via)
    return _after(glance, answer, AnswerCode.CANCELLED)


@of_session
def restore(glance: Glance) -> Response:
    if not glance.visit.posted:
        return glance.show("restore.html", press=glance.press("restore")) if glance.can_restore else _closed(glance)
    door = glance.visit.services.door
    try:
        answer = door.restore(glance.session.id, glance.pressed("restore"), glance.reader.email)
    except SlotTaken:
        answer = Answer("", AnswerCode.SLOT_TAKEN, "C6")
    return _after(glance, answer, AnswerCode.RESTORED)


@of_session
def reschedule(glance: Glance) -> Response:
    """GET shows the free times, and with `slot` what the move would be; POST moves."""
    visit = glance.visit
    if visit.posted:
        return _move(glance)
    if not (glance.can_change or glance.is_moving):
        return _closed(glance)
    kind = visit.desk.type(glance.session.type_id)
    if kind is None:
        return glance.refused(Answer("", AnswerCode.NOT_OFFERED, "B1"))
    slot = read_slot(visit.query.get("slot", ""))
    if slot is not None:
        return _confirm_move(glance, *slot)
    staff_id = visit.query.get("staff") if visit.query.get("staff") in kind.staff else None
    return glance.show(
        "reschedule.html",
        kind=kind,
        staff=[m for m in visit.desk.staff if m.id in kind.staff],
        staff_id=staff_id,
        week=week_of(visit, kind, staff_id, glance.session),
    )


def _confirm_move(glance: Glance, starts_at: datetime, staff_id: str) -> Response:
    return glance.show(
        "reschedule_check.html",
        press=glance.press("reschedule"),
        starts_at=starts_at,
        ends_at=starts_at + glance.session.span.length,
        slot=glance.visit.query["slot"],
        member=glance.visit.desk.member(staff_id),
    )


def _move(glance: Glance) -> Response:
    visit, session = glance.visit, glance.session
    slot = read_slot(visit.form.get("slot", ""))
    act = glance.pressed("reschedule")
    if slot is None:
        raise Foreign
    press = f"{act}~{visit.form['slot']}"
    try:
        answer = visit.services.door.reschedule(session.id, press, glance.reader.email, slot[0], slot[1], glance.via)
    except SlotTaken:
        answer = Answer("", AnswerCode.SLOT_TAKEN, "B2")
    if answer.code not in LOST_SLOTS:
        return _after(glance, answer, AnswerCode.RESCHEDULED)
    said = say(visit.desk, visit.when, answer.code, answer.until)
    near = nearest(visit, session.type_id, slot, session.id)
    return glance.show("reschedule_lost.html", said.status, said=said, near=choices(visit, near), lost=slot[0])


def _is_mailed(glance: Glance) -> bool:
    """Has the mail about it been handed over?"""
    return glance.visit.services.views.mail_accepted(glance.session.id)


def _starts_in(glance: Glance) -> str:
    """In how long, in words; the instant itself stands beside it."""
    left = glance.session.starts_at - glance.visit.now
    if not glance.is_booked or left <= timedelta(0):
        return ""
    hours, minutes = divmod(int(left.total_seconds()) // 60, 60)
    when = glance.visit.when
    if hours >= 48:
        days = (when.local(glance.session.starts_at).date() - glance.visit.today).days
        return when.locale.count("page.session.in_days", days)
    if hours >= 2:
        return when.locale.say("page.session.in_hours", number=hours)
    if hours or minutes > 1:
        return when.locale.say("page.session.in_minutes", number=hours * 60 + minutes)
    return when.locale.say("page.session.soon")


def _was_changed(glance: Glance) -> bool:
    """Has its customer moved or restored it just now? Then the page says that it is done (PAGE-4)."""
    session, booking = glance.session, glance.session.booking
    at = session.changed_at
    by_customer = session.changed_by is Side.CUSTOMER and at is not None and booking is not None
    return (
        by_customer
        and booking is not None
        and at is not None
        and (at > booking.booked_at and glance.visit.now - at < FRESH)
    )


def _closed(glance: Glance) -> Response:
    """The act is not open any more: the session's page says why, and what still can be done."""
    return see(glance.path)


def _after(glance: Glance, answer: Answer, hoped: AnswerCode) -> Response:
    if answer.code is hoped:
        return see(link(glance.path, zone=glance.visit.chosen_zone))
    if answer.code is AnswerCode.NO_SUCH_SESSION:
        raise NotThere
    return glance.refused(answer)

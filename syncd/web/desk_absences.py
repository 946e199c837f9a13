"""Who is away, and what becomes of their sessions? One sheet: a colleague, a new time, or cancel; each or all (K12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.responses import Response

from syncd.domain.decision import AnswerCode
from syncd.domain.keys import staff_key
from syncd.domain.people import StaffMember
from syncd.domain.session import Session, SessionState
from syncd.domain.spans import Span
from syncd.policy.gaps import type_of
from syncd.web.away import waiting_of
from syncd.web.desk_board import day_span
from syncd.web.desk_person import AtDesk
from syncd.web.forms import Inspection
from syncd.web.tokens import read_slot, slot_value
from syncd.web.visit import Foreign, link, see
from syncd.web.week import Choice
from syncd.web.words import Said, say

DAYS_MAX = 14
NEAREST = 2


@dataclass(frozen=True, slots=True)
class Away:
    """Who is out of office by their own calendar, over so many sessions of which nobody has said what becomes."""

    member: StaffMember
    waiting: tuple[Session, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One session of who is away. `colleagues` are free then, the least busy first; `times` are on offer."""

    session: Session
    colleagues: tuple[StaffMember, ...]
    times: tuple[Choice, ...]


def absences(at: AtDesk) -> Response:
    visit = at.visit
    member = visit.desk.member(visit.query.get("staff", ""))
    away = _away(at)
    first, last = _days(at, next((each for each in away if each.member == member), None))
    return at.show(
        "desk_absences.html",
        away=away,
        member=member,
        first=first,
        last=last,
        entries=_entries(at, member, first, last) if member else (),
        press=at.press("absence"),
        done=_number(visit.query.get("done", "")),
        left=_number(visit.query.get("left", "")),
    )


def act(at: AtDesk) -> Response:
    """POST: what is pressed for one session, or for all that are shown; what could not be done stays on the sheet."""
    visit, press = at.visit, at.pressed("absence")
    member = visit.desk.member(visit.form.get("staff", ""))
    if member is None:
        raise Foreign
    if not at.is_lead and (at.member is None or at.member.id != member.id):
        return at.show("desk_said.html", 403, said=LEADS_ONLY, back="/desk/absences")
    first, last = _days(at)
    entries = _entries(at, member, first, last)
    which, _, what = visit.form.get("do", "").partition(" ")
    chosen = entries if which == "all" else [entry for entry in entries if entry.session.id == which]
    refused = [said for said in (_one(at, entry, what, press) for entry in chosen) if said is not None]
    at.door.look_again(staff_key(member.id))
    sheet = {"staff": member.id, "from": first.isoformat(), "to": last.isoformat()}
    if which != "all" and refused:
        return at.show("desk_said.html", refused[0].status, said=refused[0], back=link("/desk/absences", **sheet))
    return see("/desk/absences", **sheet, done=str(len(chosen) - len(refused)), left=str(len(refused)))


class _LeadsOnly:
    title = "A lead hands out a colleague’s day"
    means = "You can do it for your own sessions. Nothing was changed."


LEADS_ONLY = _LeadsOnly()


def _one(at: AtDesk, entry: Entry, what: str, press: str) -> Said | None:
    """What was in the way, None where it is done."""
    session = entry.session
    act_id = f"{press}~{what}"
    slot = read_slot(what.removeprefix("move:")) if what.startswith("move:") else None
    if what == "cancel":
        answer = at.door.cancel(session.id, act_id, at.by)
    elif what == "give" and entry.colleagues:
        answer = at.door.reassign(session.id, act_id, entry.colleagues[0].id, None, at.by)
    elif what.startswith("give:"):
        answer = at.door.reassign(session.id, act_id, what.removeprefix("give:"), None, at.by)
    elif slot is not None:
        answer = at.door.reassign(session.id, act_id, slot[1], slot[0], at.by)
    elif what == "give":
        return NOBODY_FREE
    else:
        raise Foreign
    return None if answer.accepted else say(at.visit.desk, at.visit.when, answer.code, answer.until)


NOBODY_FREE = Said(AnswerCode.SLOT_TAKEN, 409, "slot-taken", "No colleague is free then", "It stands as it was.")


def _number(typed: str) -> int:
    return int(typed) if typed.isdigit() and len(typed) < 5 else 0


def _away(at: AtDesk) -> tuple[Away, ...]:
    views, found = at.views, []
    for absence in views.absences([member.id for member in at.visit.desk.staff]):
        member = at.visit.desk.member(absence.staff_id)
        waiting = waiting_of(views, absence, at.visit.now)
        if member is not None and waiting:
            found.append(Away(member, waiting))
    return tuple(sorted(found, key=lambda each: each.waiting[0].starts_at))


def _days(at: AtDesk, away: Away | None = None) -> tuple[date, date]:
    """As asked for; else today, and of who is away all days with a session that waits."""
    visit, found = at.visit, Inspection()
    zone = ZoneInfo(visit.zone)
    until = away.waiting[-1].starts_at.astimezone(zone).date() if away else visit.today

    def asked(name: str, usual: date) -> date:
        typed = visit.form.get(name) or visit.query.get(name, "")
        return found.day(name, typed, visit.today) if typed else usual

    first = max(asked("from", visit.today), visit.today)
    return first, min(max(asked("to", max(until, first)), first), first + timedelta(days=DAYS_MAX))


def _entries(at: AtDesk, member: StaffMember, first: date, last: date) -> list[Entry]:
    visit = at.visit
    zone = ZoneInfo(visit.zone)
    span = Span(max(day_span(first, zone).starts_at, visit.now), day_span(last, zone).ends_at)
    sessions = at.views.sessions_between(span, member.id)
    return [_entry(at, session) for session in sessions if session.state is SessionState.BOOKED and session.booking]


def _entry(at: AtDesk, session: Session) -> Entry:
    visit = at.visit
    return Entry(session, _free_colleagues(at, session), _times(at, session, visit.now))


def _free_colleagues(at: AtDesk, session: Session) -> tuple[StaffMember, ...]:
    """By what the tables know; the calendar itself is asked when it is pressed."""
    visit, views = at.visit, at.views
    kind = type_of(session, visit.desk, visit.services.terms())
    day = session.span.widened(timedelta(hours=6), timedelta(hours=6))
    neighbours = views.neighbours(day, visit.now)
    burden = {m.id: sum(1 for n in neighbours if n.staff_id == m.id) for m in visit.desk.staff}
    free = []
    for member in visit.desk.staff:
        if kind is None or member.id not in kind.staff or member.id == session.staff_id:
            continue
        busy = views.busy(member.id, session.span)
        theirs = [n.span for n in neighbours if n.staff_id == member.id]
        if busy.read_at is not None and not any(s.overlaps(session.span) for s in (*busy.spans, *theirs)):
            free.append(member)
    return tuple(sorted(free, key=lambda m: (burden[m.id], m.name)))


def _times(at: AtDesk, session: Session, now: datetime) -> tuple[Choice, ...]:
    """The nearest times that a colleague, or they themselves, could hold it at."""
    if session.starts_at <= now:
        return ()
    visit = at.visit
    near = visit.services.door.nearest(session.type_id, session.starts_at, visit.zone, NEAREST + 2, session.id)
    others = [s for s in near if s.staff_id != session.staff_id and s.starts_at != session.starts_at][:NEAREST]
    names = {m.id: m.name for m in visit.desk.staff}
    return tuple(
        Choice(slot_value(s.starts_at, s.staff_id), f"{visit.when.short_moment(s.starts_at)} with {names[s.staff_id]}")
        for s in others
    )

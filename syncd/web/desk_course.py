"""How does a session stand, in the words of the desk? Its state, who is there and how we know, and what comes next.

Everything is read from the session and its evidence; what follows from it is the engine's business (A1-A16).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.domain.attendance import Attendance, Outcome, Stage, Verdict
from syncd.domain.attended import AttendanceSeen, Attested, CustomerSaid
from syncd.domain.desk import Desk
from syncd.domain.evidence import Evidence
from syncd.domain.session import CallOutcome, ReturnCall, Session, SessionState
from syncd.domain.terms import Terms

OUTCOMES = {
    Outcome.ATTENDED: ("Attended", "good"),
    Outcome.NO_SHOW: ("No-show", "bad"),
    Outcome.EXCUSED: ("Excused", ""),
    Outcome.UNDETERMINED: ("Undetermined", "warn"),
}
CALLS = {
    CallOutcome.DONE: "Called back",
    CallOutcome.SESSION: "Called back, needs a session",
    CallOutcome.NOT_REACHED: "Not reached",
}
ATTESTED = {
    "here": "in the room",
    "nobody": "nobody came",
    "online": "somebody came online",
    "phone": "somebody came by phone",
    "unplaced": "somebody they cannot place",
}
SAID = {
    "here": "“I am here”",
    "late": "“I am late”",
    "keep": "“keep it”",
    "not-coming": "“not coming”",
    "other": "words that staff must read",
}
STAGES = {Stage.JOINED: "", Stage.WAITING: "waiting to be let in", Stage.DIALED: "at the PIN prompt"}


@dataclass(frozen=True, slots=True)
class State:
    """In words; `tone` (good | bad | warn | empty) gives the colour beside them, never instead of them."""

    words: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Somebody, and how we know. `side`: customer | staff | unplaced."""

    side: str
    who: str
    how: str
    at: datetime
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Next:
    """What will happen, and at which instant."""

    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Course:
    session: Session
    state: State
    sightings: tuple[Sighting, ...]
    nexts: tuple[Next, ...]
    can_attest: bool
    room_since: datetime

    @property
    def attendance(self) -> Attendance:
        return self.session.attendance


def course_of(session: Session, evidence: Iterable[Evidence], desk: Desk, terms: Terms, now: datetime) -> Course:
    sightings = tuple(_sightings(session, evidence, desk))
    opens = session.starts_at - terms.early
    close = planned_close(session, terms)
    due = session.state in (SessionState.BOOKED, SessionState.ENDED)
    return Course(
        session=session,
        state=_state(session, sightings, opens, now),
        sightings=sightings,
        nexts=tuple(_nexts(session, sightings, desk, terms, now)),
        can_attest=due and session.call is None and desk.attestation and opens <= now <= close + terms.attest_within,
        room_since=opens,
    )


def planned_close(session: Session, terms: Terms) -> datetime:
    """When it closes as things stand; the engine's word where it has one (A4 to A6)."""
    attendance = session.attendance
    settled = attendance.closed_at or attendance.close_at
    if settled is not None:
        return settled
    mobile = session.booking is not None and session.booking.booker.mobile is not None
    wait = terms.close_with_mobile if mobile else terms.close_without_mobile
    return session.starts_at + attendance.late_by + wait


def is_watched_live(session: Session, desk: Desk) -> bool:
    """Does a live feed cover the room? If not, nothing closes by itself (A3, A13)."""
    room = desk.room(session.room_id)
    return room is not None and any(feed.live and session.channel in feed.channels for feed in room.feeds)


def outcome_words(verdict: Verdict) -> State:
    words, tone = OUTCOMES[verdict.outcome]
    return State(f"{words} (presumed)" if verdict.presumed else words, tone)


def _state(session: Session, sightings: tuple[Sighting, ...], opens: datetime, now: datetime) -> State:
    attendance = session.attendance
    if session.state is SessionState.CANCELLED:
        return State(f"Cancelled by {session.cancelled_by or 'staff'}")
    if session.call is not None:
        return _call_state(session.call, now >= session.ends_at)
    if attendance.verdict is not None:
        objection = attendance.objection
        if objection is not None and objection.answered_at is None:
            return State(f"{outcome_words(attendance.verdict).words}, contested", "warn")
        return outcome_words(attendance.verdict)
    if attendance.closed_at is not None:
        return State("Closed, being checked", "warn")
    if attendance.not_coming_at is not None:
        return State("Not coming", "bad")
    sides = {sighting.side for sighting in sightings if sighting.left_at is None}
    if "customer" in sides or attendance.here_at is not None:
        return State("Customer is here", "good")
    if "unplaced" in sides:
        return State("Somebody we cannot place", "warn")
    if attendance.kept_open_at is not None:
        return State("Late, kept open", "warn")
    if attendance.absent_at is not None:
        return State("Asked, no answer yet" if attendance.asked_at else "Nobody there", "bad")
    if now >= session.ends_at:
        return State("Over")
    if now >= session.starts_at:
        return State("Running, no word yet", "warn" if "staff" not in sides else "")
    return State("Opens now", "") if now >= opens else State("Booked")


def _call_state(call: ReturnCall, over: bool) -> State:
    """O3: a return call has an outcome, and no attendance."""
    if call.outcome is not None:
        return State(CALLS[call.outcome], "warn" if call.outcome is CallOutcome.NOT_REACHED else "good")
    return State("Return call, outcome open", "warn") if over else State("Return call")


def _nexts(
    session: Session, sightings: tuple[Sighting, ...], desk: Desk, terms: Terms, now: datetime
) -> Iterator[Next]:
    if session.call is not None:
        return
    attendance = session.attendance
    here = attendance.here_at is not None or any(s.side != "staff" and s.left_at is None for s in sightings)
    decided = attendance.verdict is not None or attendance.closed_at is not None
    if decided:
        if attendance.verdict is None and attendance.confirm_at is not None:
            yield Next("Outcome", attendance.confirm_at)
        return
    if session.state is not SessionState.BOOKED or here or attendance.not_coming_at is not None:
        return
    if now < session.starts_at - terms.early:
        return
    starts_at, close = session.starts_at + attendance.late_by, planned_close(session, terms)
    if attendance.late_by:
        yield Next("Begins", starts_at)
    if attendance.absent_at is None and not is_watched_live(session, desk):
        if close + terms.attest_within > now:
            yield Next("“Nobody came” counts until", close + terms.attest_within)
        return
    if attendance.asked_at is None and starts_at + terms.ask_after > now:
        yield Next("Customer is asked", starts_at + terms.ask_after)
    if close > now:
        yield Next("Closes", close)


def _sightings(session: Session, evidence: Iterable[Evidence], desk: Desk) -> Iterator[Sighting]:
    """The latest of each person and feed; before T - 15 and of another start nothing is shown."""
    found: dict[tuple[str, str, str], Sighting] = {}
    since = session.starts_at - timedelta(hours=1)
    for one in evidence:
        if one.received_at < since:
            continue
        for sighting in _sighting(session, one, desk):
            found[sighting.side, sighting.who, sighting.how] = sighting
    return iter(sorted(found.values(), key=lambda sighting: sighting.at))


def _sighting(session: Session, one: Evidence, desk: Desk) -> Iterator[Sighting]:
    match one.payload:
        case AttendanceSeen() as seen:
            yield _seen(seen, desk)
        case Attested() as word:
            member = desk.member(word.staff_id)
            name = member.name if member else word.staff_id
            yield Sighting("staff", name, f"says: {ATTESTED[word.says]}", word.since)
            if word.says in ("online", "phone"):
                yield Sighting("customer", "A customer", f"{word.says}, by {name}'s word", one.received_at)
            elif word.says == "unplaced":
                yield Sighting("unplaced", "Somebody", f"by {name}'s word", one.received_at)
        case CustomerSaid(says="here"):
            yield Sighting("customer", _booker(session), "by their own press", one.received_at)
        case CustomerSaid() as said:
            yield Sighting("word", _booker(session), f"wrote {SAID[said.says]} ({said.via})", one.received_at)


def _seen(seen: AttendanceSeen, desk: Desk) -> Sighting:
    how = ", ".join(part for part in (seen.channel, STAGES[seen.stage], f"by {seen.feed}") if part)
    if seen.staff_id:
        member = desk.member(seen.staff_id)
        return Sighting("staff", member.name if member else seen.staff_id, how, seen.joined_at, seen.left_at)
    hints = seen.hints
    who = hints.name or hints.email or hints.phone_e164 or hints.phone_masked or "Somebody without a name"
    side = "customer" if seen.matched else "unplaced"
    return Sighting(side, who, f"{how}, known by {seen.matched}" if seen.matched else how, seen.joined_at, seen.left_at)


def _booker(session: Session) -> str:
    return session.booking.booker.name if session.booking else "The customer"

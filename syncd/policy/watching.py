"""What is known of a session's window? Its close, its channels, what covered them, who was seen (A1-A6, ATT-2 to 7).

A Watch is computed anew from all evidence at every look, so that order and repetition of what came in do not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from syncd.domain.attendance import Attendance, FeedHealth, Stage
from syncd.domain.attended import Attested
from syncd.domain.case import SessionCase
from syncd.domain.desk import Channel, FeedAbilities, Room
from syncd.domain.evidence import EntrySeen, StaffAnswered
from syncd.domain.session import Choice, QuestionKind, Session
from syncd.domain.spans import Span, merged
from syncd.policy.presence import Stay, Who, stays_of
from syncd.policy.texting import texted_country

SLACK = timedelta(seconds=5)
"""How late a poll may be before "one poll behind" is none any more (ATT-13)."""
INSTANT = timedelta(microseconds=1)
NO_SHOW_TAG = "#noshow"
SAID: dict[Choice, Literal["nobody", "online", "phone", "unplaced"]] = {
    Choice.NOBODY: "nobody",
    Choice.ONLINE: "online",
    Choice.PHONE: "phone",
    Choice.UNPLACED: "unplaced",
}
FOUND = ("online", "phone")
"""What staff say when somebody of the customer's is there."""


def usable_mobile(case: SessionCase, session: Session) -> str | None:
    """The booking's number, if the customer can be asked by text; a number known 24 hours before to be unusable counts
    as none (A4, A6)."""
    number = session.booking.booker.mobile if session.booking else None
    if number is None or case.desk.texting_number is None or not texted_country(number, case.desk):
        return None
    refused = refusal_of(case, number)
    return None if refused is not None and refused <= session.starts_at - timedelta(hours=24) else number


def refusal_of(case: SessionCase, number: str) -> datetime | None:
    """Since when that number takes no texts of ours (SMS-9), as the contact's ledger knows; None: nothing says so."""
    consents = case.consulted.contact.consents if case.consulted.contact else ()
    latest = max((c for c in consents if c.number == number), key=lambda c: c.since, default=None)
    return latest.since if latest is not None and latest.consent in ("out", "unusable") else None


def first_close(case: SessionCase, session: Session, attendance: Attendance) -> datetime:
    """The close before "I am late" moved it (A5, A6; K13)."""
    terms, start = case.terms, session.starts_at + attendance.late_by
    if usable_mobile(case, session) is None:
        return start + terms.close_without_mobile
    close = start + terms.close_with_mobile
    return close if attendance.asked_at is None else max(close, attendance.asked_at + terms.answer_within)


def close_of(case: SessionCase, session: Session, attendance: Attendance) -> datetime:
    """When the desk stops waiting, as things stand: a fact of the clock (A4 to A6)."""
    if attendance.not_coming_at is not None:
        return attendance.not_coming_at
    close = first_close(case, session, attendance)
    return close if attendance.kept_open_at is None else close + case.terms.late_extension


@dataclass(frozen=True, slots=True)
class Watch:
    """`window`: T - 15 min to the close. `channels`: those that the customer was offered."""

    case: SessionCase
    session: Session
    attendance: Attendance
    window: Span
    channels: tuple[Channel, ...]
    room: Room | None
    stays: tuple[Stay, ...]
    statements: tuple[tuple[datetime, Attested], ...]

    # -- who was there -------------------------------------------------------------------------------------------------

    @property
    def skew(self) -> timedelta:
        """How far the clocks of this room's feeds are off at most; it widens what counts for the customer (ATT-11)."""
        return max((abs(h.skew) for h in self._healths()), default=timedelta(0))

    def customers(self) -> tuple[Stay, ...]:
        """Known customers within the window: joined, in the lobby, or at the PIN prompt (A1, ATT-1)."""
        return tuple(s for s in self.stays if s.who is Who.CUSTOMER and s.touches(self.window, self.skew))

    def in_doubt(self) -> tuple[Stay, ...]:
        """Whoever may be the customer's, in the window or at its edges (ATT-7.4, ATT-8)."""
        around = self.case.terms.around_window + self.skew
        possible = (Who.CUSTOMER, Who.STRANGER)
        return tuple(s for s in self.stays if s.who in possible and s.touches(self.window, around))

    def met_at(self) -> datetime | None:
        """When customer and consultant first were there together, before the scheduled end (A14)."""
        customers = [s for s in self.stays if s.who is Who.CUSTOMER]
        staff = [s for s in self.stays if s.who is Who.STAFF and s.stage is Stage.JOINED]
        return min(
            (max(c.since, m.since) for c in customers for m in staff if c.meets(m, self.session.ends_at, self.skew)),
            default=None,
        )

    def canary(self, feed: str, upto: datetime) -> bool:
        """The session's own consultant was seen in this room, this feed, this window (ATT-2): a colleague may sit in
        the room that a wrong setting shows."""
        if upto <= self.window.starts_at:
            return False
        span = Span(self.window.starts_at, upto)
        return any(
            s.staff_id == self.session.staff_id
            and s.who is Who.STAFF
            and s.stage is Stage.JOINED
            and s.feed == feed
            and s.touches(span, timedelta(0))
            for s in self.stays
        )

    # -- what staff said -----------------------------------------------------------------------------------------------

    def found(self) -> tuple[datetime, Attested] | None:
        """The first statement that somebody of the customer's is there."""
        return next(((at, said) for at, said in self.statements if said.says in FOUND), None)

    def unplaced(self) -> bool:
        return any(said.says == "unplaced" for _, said in self.statements)

    def reported_empty(self) -> bool:
        return any(said.says == "nobody" for _, said in self.statements)

    def attested(self, channel: Channel) -> tuple[Span, ...]:
        """What staff's own presence covered of a channel: from "I am in the room" (or as far back as they ticked) to
        "nobody" (CON-5)."""
        spans = []
        for at, said in self.statements:
            if said.says != "nobody" or channel not in said.channels:
                continue
            mine = [s for when, s in self.statements if s.staff_id == said.staff_id and when <= at]
            since = min(s.since for s in mine if s.says in ("here", "nobody"))
            if since < at:
                spans.append(Span(since, at))
        return tuple(spans)

    # -- what feeds covered --------------------------------------------------------------------------------------------

    def abilities(self, channel: Channel) -> tuple[FeedAbilities, ...]:
        return tuple(a for a in self.room.feeds if channel in a.channels) if self.room else ()

    def live_everywhere(self) -> bool:
        """Does a live feed watch every channel that was offered?"""
        return all(any(a.live for a in self.abilities(channel)) for channel in self.channels)

    def health(self, feed: str) -> FeedHealth | None:
        return next((h for h in self._healths() if h.feed == feed), None)

    def spans_of(self, feed: str, upto: datetime) -> tuple[Span, ...]:
        """What that feed covered, in our clock, up to an instant; nothing where a restart breaks it within the window,
        or where its clock is too far off. A skew takes its size off both ends: the doubt is the customer's (ATT-11)."""
        health = self.health(feed)
        if health is None or abs(health.skew) > self.case.terms.skew_max or upto <= self.window.starts_at:
            return ()
        wanted = Span(self.window.starts_at, upto)
        here = [(s, e) for s, e in zip(health.covered, health.epochs, strict=True) if s.overlaps(wanted)]
        if len({epoch for _, epoch in here}) > 1:
            return ()
        return tuple(_narrowed((span for span, _ in here), abs(health.skew)))

    def covered(self, channel: Channel, upto: datetime) -> tuple[Span, ...]:
        """What was covered of a channel, with the positive control of each source: its union (ATT-7.2, 7.3)."""
        spans = list(self.attested(channel))
        for ability in self.abilities(channel):
            if self.canary(ability.feed, upto):
                spans += self.spans_of(ability.feed, upto)
        return merged(spans)

    def is_covered(self, channel: Channel, upto: datetime) -> bool:
        """Without gap from the window's beginning to `upto`."""
        return holds(self.covered(channel, upto), self.window.starts_at, upto)

    def seen_through(self, channel: Channel, upto: datetime) -> bool:
        """The same by feeds alone and without the positive control: was somebody looking at all?"""
        return any(
            holds(merged(self.spans_of(a.feed, upto)), self.window.starts_at, upto) for a in self.abilities(channel)
        )

    def watermark(self, ability: FeedAbilities, now: datetime) -> datetime | None:
        """Up to when a live feed knows, if that is at most its lag and one poll ago (ATT-13)."""
        health = self.health(ability.feed)
        if not ability.live or health is None or not health.covered:
            return None
        upto = min(max(span.ends_at for span in health.covered), now)
        behind = ability.lag + ability.poll + SLACK + abs(health.skew)
        return upto if now - upto <= behind else None

    def _healths(self) -> Iterator[FeedHealth]:
        """Of this session's room alone."""
        return (h for h in self.case.consulted.feeds if h.room_id == self.session.room_id)


def watch(case: SessionCase, session: Session, attendance: Attendance) -> Watch:
    """Everything that is known of the session's window at this look."""
    close = close_of(case, session, attendance)
    starts = session.starts_at - case.terms.early
    room = case.desk.room(session.room_id)
    said = statements_of(case, starts)
    latest = close + case.terms.attest_within
    return Watch(
        case,
        session,
        attendance,
        Span(starts, max(close, starts + INSTANT)),
        offered(session, room),
        room,
        stays_of(case.evidence),
        tuple((at, s) for at, s in sorted(said, key=lambda item: item[0]) if starts <= at <= latest or s.says in FOUND),
    )


def statements_of(case: SessionCase, window_starts_at: datetime) -> list[tuple[datetime, Attested]]:
    """Staff's own word on the room: pressed on the desk, answered by mail (A3), or as a tag in the event when it first
    appeared there (K8)."""
    found: list[tuple[datetime, Attested]] = []
    tagged = False
    for item in case.evidence:
        payload = item.payload
        if isinstance(payload, Attested):
            found.append((item.received_at, payload))
        elif isinstance(payload, StaffAnswered) and payload.question_id.startswith(f"{QuestionKind.NOBODY_CAME}-"):
            says = SAID.get(payload.choice)
            if says is not None:
                found.append((item.received_at, Attested(payload.staff_id, says, window_starts_at, via="mail")))
        elif isinstance(payload, EntrySeen):
            there = NO_SHOW_TAG in (tag.casefold() for tag in payload.tags)
            if there and not tagged:
                holder = case.desk.holder_of(payload.ref.calendar_id)
                who = holder.id if holder is not None else ""
                found.append((item.received_at, Attested(who, "nobody", window_starts_at, via="calendar")))
            tagged = there
    return found


def offered(session: Session, room: Room | None) -> tuple[Channel, ...]:
    """A phone session offers the line alone; an online one its line too, where the room has numbers (ATT-7.2)."""
    if session.channel is Channel.PHONE:
        return (Channel.PHONE,)
    return (Channel.ONLINE, Channel.PHONE) if room is None or room.join.numbers else (Channel.ONLINE,)


def holds(spans: Iterable[Span], since: datetime, upto: datetime) -> bool:
    """Does one of these (merged) spans hold all of [since, upto]?"""
    return any(span.starts_at <= since and span.ends_at >= upto for span in spans)


def _narrowed(spans: Iterable[Span], by: timedelta) -> Iterator[Span]:
    for span in spans:
        if span.length > 2 * by:
            yield Span(span.starts_at + by, span.ends_at - by)

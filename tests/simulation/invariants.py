"""What must be true however a simulation went (spec/reliability.md PRF-3). Each check names what it found broken."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import closing
from datetime import datetime

from syncd.domain.attendance import Outcome
from syncd.domain.attended import AttendanceSeen
from syncd.domain.correspondence import TextReceived
from syncd.domain.effect import CustomerMail, EffectState
from syncd.domain.keys import CaseKey, session_key
from syncd.domain.letters import Letter, TextLetter
from syncd.domain.people import Side
from syncd.domain.session import Session, SessionState
from syncd.domain.spans import Span
from syncd.ports.views import Explanation
from syncd.testing.sim_mail import Delivered
from syncd.testing.sim_texts import SimTexts
from syncd.testing.world import World
from tests.attendance import oracle
from tests.simulation.parts import calendar_part

OURS = (TextLetter.ARE_YOU_COMING, TextLetter.STILL_THERE, TextLetter.SHIFTED)
"""Texts that nobody asked for; the others answer one."""


def hold(world: World, *, replay: bool = True) -> None:
    """All of them, after the world has come to rest."""
    assert not [r for r in world.reports if r[0].endswith(".broke")], world.reports
    everything_ended(world)
    nothing_was_doubled(world)
    sequences_never_fall(world)
    failures_to_deliver_find_their_booking(world)
    no_reminder_was_stale(world)
    calendars_show_what_is_agreed(world)
    no_slot_was_sold_twice(world)
    ledgers_name_each_session_once(world)
    no_text_went_twice(world)
    every_text_was_answered(world)
    no_show_rests_on_coverage_and_the_consultant(world)
    if replay:
        replay_gives_every_decision_again(world)


def everything_ended(world: World) -> None:
    """1: every effect is done, dropped with a reason, or parked."""
    now = world.clock.now()
    for row in world.views.outbox(limit=10_000):
        open_ = row.state in (EffectState.PENDING, EffectState.CLAIMED)
        assert not (open_ and row.due_at <= now), f"{row.effect.key} is still {row.state}: {row.reason}"
        assert row.state is not EffectState.DROPPED or row.reason, f"{row.effect.key} was dropped without a reason"


def nothing_was_doubled(world: World) -> None:
    """4: a mail may arrive twice only as the same message, byte for byte (N5)."""
    by_id: dict[str, set[bytes]] = defaultdict(set)
    for mail in world.mail.delivered:
        by_id[mail.message_id].add(mail.message)
    for message_id, versions in by_id.items():
        assert len(versions) == 1, f"{message_id} went out in {len(versions)} versions"
    said: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in world.views.outbox(limit=10_000):
        if row.state is EffectState.DONE and row.effect.kind == "mail.customer":
            body = row.effect.body
            start = getattr(getattr(body, "facts", None), "starts_at", None)
            letter = str(getattr(body, "letter", ""))
            if letter.startswith("reminder"):
                said[row.effect.subject, row.effect.recipient, f"{letter} {start}"].add(row.effect.key)
    for what, keys in said.items():
        assert len(keys) == 1, f"reminded twice of the same hour: {what}: {sorted(keys)}"


def sequences_never_fall(world: World) -> None:
    """3: UID constant; for one recipient SEQUENCE never falls, DTSTAMP rises with each new message."""
    last: dict[tuple[str, str], tuple[int, str]] = {}
    uids = {session.id: session.uid for session in _sessions(world)}
    for mail in world.mail.once():
        part = calendar_part(mail.message)
        if part is None:
            continue
        assert part.uid in uids.values(), f"a UID that no session has: {part.uid}"
        before = last.get((part.uid, mail.recipient), (-1, ""))
        assert (part.sequence, part.dtstamp) > before, f"{mail.recipient}: {before} then {part}"
        last[part.uid, mail.recipient] = (part.sequence, part.dtstamp)


def failures_to_deliver_find_their_booking(world: World) -> None:
    """The envelope of an invitation names one booking and one recipient, and no other's (spec/invitations.md 4)."""
    owners: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for mail in world.mail.once():
        part = calendar_part(mail.message)
        if part is not None:
            owners[mail.sender].add((part.uid, mail.recipient))
    for sender, whose in owners.items():
        assert "+" in sender
        assert len(whose) == 1, f"{len(whose)} bookings would get the failures of one another"


def no_reminder_was_stale(world: World) -> None:
    """4: no reminder after cancel, move or start."""
    for session in _sessions(world):
        story = _story(world, session)
        for row in story.effects:
            body = row.effect.body
            if not isinstance(body, CustomerMail) or row.state is not EffectState.DONE:
                continue
            if body.letter not in (Letter.REMINDER_FIRST, Letter.REMINDER_LAST):
                continue
            facts = body.facts
            assert facts is not None
            for mail in _arrivals(world, row.effect.recipient, f"{body.letter}", facts.starts_at):
                assert mail.at < facts.starts_at, f"reminded at {mail.at} of what began {facts.starts_at}"
            agreed = _agreed_at(story, row.done_at)
            assert (SessionState.BOOKED, facts.starts_at) in agreed, f"reminded of {facts.starts_at}, agreed {agreed}"


def calendars_show_what_is_agreed(world: World) -> None:
    """3: the provider's last revision is ours; no session's event stands twice, none stands that is cancelled."""
    shown: dict[str, list[Span]] = defaultdict(list)
    for provider in world.providers.values():
        for event in provider.events.values():
            if event.mark is not None and event.mark[2] == event.event_id:
                shown[event.mark[0]].append(event.span)
    for session in _sessions(world):
        wanted = [session.span] if session.state in (SessionState.BOOKED, SessionState.ENDED) else []
        stands = shown.pop(session.id, [])
        if not stands and session.state is SessionState.ENDED and _was_reported_gone(world, session):
            continue  # staff deleted it, and no look could confirm that before it began: nothing was cancelled (K9)
        assert stands == wanted, f"session {session.id} is {session.state} at {session.span}"
    assert not shown, f"events of sessions that do not exist: {shown}"


def no_slot_was_sold_twice(world: World) -> None:
    """2: sessions from the page never overlap with one another for one staff member."""
    taken = [s for s in _sessions(world) if s.door != "calendar" and s.staff_set_at is None]
    taken = [s for s in taken if s.state in (SessionState.BOOKED, SessionState.ENDED)]
    for n, one in enumerate(taken):
        for other in taken[n + 1 :]:
            assert one.staff_id != other.staff_id or not one.span.overlaps(other.span), f"{one.id} over {other.id}"


def ledgers_name_each_session_once(world: World) -> None:
    """2: no-shows, strikes and suspensions, each once."""
    for company in world.views.companies():
        struck = [strike.session_id for strike in company.strikes]
        assert len(struck) == len(set(struck)), f"{company.id} was struck twice for one session: {struck}"
        for contact in world.views.contacts(company.id):
            for rows in (contact.no_shows, contact.suspensions):
                named = [row.session_id for row in rows]
                assert len(named) == len(set(named)), f"{contact.id}: {named}"


def no_text_went_twice(world: World) -> None:
    """4: whatever became of the answer to a send (N5)."""
    if isinstance(world.texts, SimTexts):
        keys = [text.effect_key for text in world.texts.taken]
        assert len(keys) == len(set(keys)), f"a text went out twice: {keys}"


def every_text_was_answered(world: World) -> None:
    """7: each text about a session got its answer, as a text or, where that cannot be, as a mail (C4)."""
    if not isinstance(world.texts, SimTexts):
        return
    arrived = 0
    for session in _sessions(world):
        story = _story(world, session)
        heard = [item for item, _ in story.evidence if isinstance(item.payload, TextReceived)]
        letters = [getattr(row.effect.body, "letter", None) for row in story.effects]
        answers = [
            one for one in letters if one is Letter.TEXT_INSTEAD or (isinstance(one, TextLetter) and one not in OURS)
        ]
        assert len(answers) >= len(heard), f"{len(heard)} texts, answered by {answers}"
        arrived += len(heard)
    assert arrived == len(world.texts.heard), "a text was lost"


def no_show_rests_on_coverage_and_the_consultant(world: World) -> None:
    """5: a second opinion on each no-show of our own, from what the feed told (TST-3)."""
    told = [reading for feed in world.feeds for reading in getattr(feed, "told", ())]
    for session in _sessions(world):
        verdict, closed_at = session.attendance.verdict, session.attendance.closed_at
        if verdict is None or verdict.outcome is not Outcome.NO_SHOW or verdict.by is not Side.SYNCD:
            continue
        assert closed_at is not None
        since = session.starts_at - world.terms.early
        story = _story(world, session)
        records = [item.payload for item, _ in story.evidence if isinstance(item.payload, AttendanceSeen)]
        mine = [reading for reading in told if reading.room_id == session.room_id]
        assert oracle.watched_every_second(mine, since, closed_at), "a no-show of a room that nobody watched"
        assert oracle.consultant(records, session.staff_id, since, closed_at), "a no-show without positive control"
        assert not oracle.somebody(records, since, closed_at), "a no-show beside somebody"


def replay_gives_every_decision_again(world: World) -> None:
    """6: under one version of the code, byte for byte."""
    for key in subjects(world):
        for stored, again in world.store.replay(key, world.decide):
            assert stored == again, f"{key} decides differently now"


def final_state(world: World) -> object:
    """What a crash must not change: sessions, the calendars' events, and what each person was told."""
    sessions = sorted(
        (s.id, s.state, s.staff_id, s.span, s.sequence, s.revision, s.uid, s.room_id) for s in _sessions(world)
    )
    events = sorted(
        (p.calendar_id, e.event_id, e.span, e.title, e.place, e.status)
        for p in world.providers.values()
        for e in p.events.values()
    )
    told = sorted((d.recipient, str(d.parsed["Subject"])) for d in world.mail.once())
    return sessions, events, told


def subjects(world: World) -> list[CaseKey]:
    with closing(sqlite3.connect(world.database)) as rows:
        return [CaseKey(key) for (key,) in rows.execute("SELECT key FROM case_ ORDER BY key")]


def frozen(world: World, key: str) -> bytes | None:
    with closing(sqlite3.connect(world.database)) as rows:
        row = rows.execute("SELECT frozen FROM effect WHERE key = ?", (key,)).fetchone()
    return row[0] if row else None


def _sessions(world: World) -> list[Session]:
    keys = [key for key in subjects(world) if key.startswith("session:")]
    found = [world.views.session(key.split(":", 1)[1]) for key in keys]
    return [session for session in found if session is not None]


def _story(world: World, session: Session) -> Explanation:
    story = world.views.explain(session_key(session.id))
    assert story is not None
    return story


def _was_reported_gone(world: World, session: Session) -> bool:
    return any(evidence.payload.kind == "entry-gone" for evidence, _ in _story(world, session).evidence)


def _agreed_at(story: Explanation, instant: datetime | None) -> list[tuple[SessionState, datetime]]:
    """State and start as decided last before that instant, and all that was decided at it."""
    assert instant is not None
    agreed: list[tuple[SessionState, datetime]] = []
    for row in story.decisions:
        state, at = row.decision.state, row.decision.decided_at
        if isinstance(state, Session) and at <= instant:
            agreed = [*(agreed if at == instant else []), (state.state, state.starts_at)]
    return agreed


def _arrivals(world: World, recipient: str, letter: str, starts_at: object) -> list[Delivered]:
    effects = {
        row.effect.key
        for row in world.views.outbox(limit=10_000)
        if row.effect.recipient == recipient
        and f"{getattr(row.effect.body, 'letter', '')}" == letter
        and getattr(getattr(row.effect.body, "facts", None), "starts_at", None) == starts_at
    }
    sent = {frozen(world, key) for key in effects}
    return [mail for mail in world.mail.delivered if mail.message in sent]

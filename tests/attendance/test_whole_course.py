"""The same through the real store, engine and readers: from the first poll to the ledger, replayed byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.domain.attendance import Hints, Outcome, Presence, Stage
from syncd.domain.attended import AttendanceSeen
from syncd.domain.decision import AnswerCode
from syncd.domain.desk import Channel
from syncd.domain.effect import EffectState, OperatorMail, StaffMail
from syncd.domain.evidence import Evidence
from syncd.domain.keys import contact_key, session_key
from syncd.domain.letters import StaffLetter
from syncd.ports.source import Batch
from syncd.testing.world import START, World, sample_desk
from tests.attendance.sim_room import Fault, Shape, SimFeed, Visit, abilities
from tests.simulation.runs import world

TIME = START + timedelta(days=1, hours=6)  # 10:00 in New York
MINUTE = timedelta(minutes=1)


@contextmanager
def desk_with_a_feed(*visits: Visit, fault: Fault = Fault.HEALTHY) -> Iterator[tuple[World, SimFeed]]:
    ability = abilities(Shape.HISTORY)
    desk = sample_desk()
    rooms = tuple(replace(room, feeds=(ability,)) for room in desk.rooms)
    staff = Visit("dana", TIME - 5 * MINUTE, TIME + 31 * MINUTE, hints=Hints(email="dana@desk.example"))
    feed = SimFeed(ability, {"room-1": [staff, *visits], "room-2": []}, fault)
    with world(desk=replace(desk, rooms=rooms), feeds=(feed,)) as made:
        made.list_company()
        made.list_contact()
        assert made.book(TIME).accepted
        made.run_until(TIME - 17 * MINUTE)
        yield made, feed


def replays(made: World) -> None:
    key = session_key(made.session().id)
    for stored, again in made.store.replay(key, made.decide):
        assert stored == again


def test_a_no_show_from_the_first_poll_to_the_ledger_and_back() -> None:
    with desk_with_a_feed() as (made, _):
        made.watch_until(TIME + 12 * MINUTE)
        attendance = made.session().attendance
        assert (attendance.asked_at, attendance.closed_at) == (TIME + 5 * MINUTE, TIME + 10 * MINUTE)
        made.watch_until(TIME + 35 * MINUTE, 5 * MINUTE)
        made.run_until(TIME + 2 * 60 * MINUTE)
        session = made.session()
        assert session.attendance.verdict is not None
        assert session.attendance.verdict.outcome is Outcome.NO_SHOW, session.attendance.verdict
        contact = contact_key(made.door.contact_id("acme", "carl@acme.example"))
        explained = made.views.explain(contact)
        assert explained is not None
        assert "no-show-confirmed" in [e.payload.kind for e, _ in explained.evidence]
        (entry,) = made.providers["cal-dana"].events.values()
        assert "Outcome: missed: nobody came" in entry.text
        late = AttendanceSeen(
            "feed", "room-1", Channel.ONLINE, Stage.JOINED, Presence.GUEST, TIME, made.clock.now(),
            TIME + 9 * MINUTE, Hints(email="carl@acme.example"),
        )  # fmt: skip
        assert made.engine.feed_reader is not None
        made.engine.feed_reader.take("feed", Batch((Evidence("late", "feed", made.clock.now(), late),)))
        made.survive(made.engine.drain)
        session = made.session()
        assert session.attendance.verdict is not None
        assert session.attendance.verdict.outcome is Outcome.ATTENDED
        assert [v.outcome for v in session.attendance.former] == [Outcome.NO_SHOW]
        explained = made.views.explain(contact)
        assert explained is not None
        assert "no-show-reversed" in [e.payload.kind for e, _ in explained.evidence]
        replays(made)
        assert not made.reports


@pytest.mark.slow
def test_a_feed_that_falls_silent_is_one_alert_one_digest_and_one_all_clear() -> None:
    with desk_with_a_feed(fault=Fault.DOWN) as (made, feed):
        feed.fault_since, feed.fault_until = TIME - 10 * MINUTE, TIME + 20 * MINUTE
        made.watch_until(TIME + 40 * MINUTE)
        made.run_until(TIME + 3 * 60 * MINUTE)
        bodies = [row.effect.body for row in made.views.outbox((EffectState.DONE,), 500)]
        letters = [body.letter for body in bodies if isinstance(body, StaffMail)]
        assert letters.count(StaffLetter.FEED_DOWN) == letters.count(StaffLetter.FEED_BACK) == 1
        (digest,) = [b for b in bodies if isinstance(b, StaffMail) and b.letter is StaffLetter.FEED_DOWN]
        assert "Acme Ltd (Dana Doe)" in digest.detail
        assert len([b for b in bodies if isinstance(b, OperatorMail)]) == 2
        assert made.session().attendance.asked_at is None


def test_each_feed_of_a_room_is_read_again_after_the_close() -> None:
    """Also where another one was read for the same session just before (CON-3)."""
    visits = {"room-1": [], "room-2": []}
    one, other = (SimFeed(abilities(Shape.AFTER, feed=name), dict(visits), id=name) for name in ("one", "other"))
    desk = sample_desk()
    rooms = tuple(replace(room, feeds=(one.ability, other.ability)) for room in desk.rooms)
    with world(desk=replace(desk, rooms=rooms), feeds=(one, other)) as made:
        made.list_company()
        made.list_contact()
        assert made.book(TIME).accepted
        made.run_until(TIME + 31 * MINUTE)
        assert (one.polls, other.polls) == (1, 1)
        made.run_until(TIME + 37 * MINUTE)
        made.survive(made.engine.tick)
        assert (one.polls, other.polls) == (2, 2), "and again five minutes later"


def test_nobody_is_asked_of_a_session_that_is_attended() -> None:
    carl = Visit("carl", TIME - MINUTE, TIME + 25 * MINUTE, hints=Hints(email="carl@acme.example"))
    with desk_with_a_feed(carl) as (made, _):
        made.watch_until(TIME + 16 * MINUTE)
        made.run_until(TIME + 3 * 60 * MINUTE)
        verdict = made.session().attendance.verdict
        assert verdict is not None
        assert (verdict.outcome, verdict.rule) == (Outcome.ATTENDED, "A1")
        assert verdict.decided_at <= TIME
        letters = {getattr(r.effect.body, "letter", None) for r in made.views.outbox(limit=500)}
        assert not {str(x) for x in letters} & {"are-you-coming", "question", "released", "staff-late"}
        replays(made)


def test_people_press_by_the_door_and_each_press_is_answered_once() -> None:
    with world() as made:
        made.list_company()
        made.list_contact()
        assert made.book(TIME).accepted
        door, session_id = made.door, made.session().id
        assert door.say(session_id, "late", "p0", "carl@acme.example").code is AnswerCode.NOT_YET
        made.run_until(TIME - 10 * MINUTE)
        assert door.shift(session_id, 5 * MINUTE, "dana", "p1").accepted
        made.run_until(TIME + 6 * MINUTE)
        late = door.say(session_id, "late", "p2", "carl@acme.example")
        assert (late.code, late.until) == (AnswerCode.RECORDED, TIME + 30 * MINUTE)
        assert door.say(session_id, "late", "p2", "carl@acme.example") == late
        made.run_until(TIME + 31 * MINUTE)
        assert made.session().attendance.closed_at == TIME + 30 * MINUTE
        assert door.attest(session_id, "nobody", True, "dana", "p3").accepted
        made.run_until(TIME + 50 * MINUTE)
        assert door.attest(session_id, "nobody", True, "dana", "p4").code is AnswerCode.ALREADY_OVER
        verdict = made.session().attendance.verdict
        assert verdict is not None
        assert (verdict.outcome, verdict.rule) == (Outcome.UNDETERMINED, "A12")
        wanted = door.decide_outcome(session_id, Outcome.NO_SHOW, "dana", "Nobody.", "p5")
        assert wanted.code is AnswerCode.NEEDS_SECOND_PRESS
        assert door.decide_outcome(session_id, Outcome.NO_SHOW, "dana", "Nobody.", "p6", confirmed=True).accepted
        assert door.object(session_id, "carl@acme.example", "I was late, not absent.", "p7").accepted
        assert door.attest("unknown", "here", False, "dana", "p8").code is AnswerCode.NO_SUCH_SESSION
        replays(made)

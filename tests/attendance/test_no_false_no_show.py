"""Nobody is struck for our own blindness: the matrix with a few seeds, a planted bug that it must find, and any history
at all against a second opinion (TST-3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.domain.attendance import FeedReading, Hints, Outcome, Presence, Stage
from syncd.domain.attended import AttendanceSeen
from syncd.domain.case import Case, SessionCase
from syncd.domain.decision import Decision
from syncd.domain.desk import Channel
from syncd.domain.evidence import Evidence
from syncd.policy.decide import decide
from syncd.testing import builders as make
from tests.attendance import matrix, oracle
from tests.attendance.bench import START, Bench, desk_with
from tests.attendance.sim_room import Fault, Shape, SimFeed, abilities

MINUTE = timedelta(minutes=1)
KINDS = list(matrix.Kind)


def wrong(results: list[matrix.Result]) -> list[matrix.Result]:
    return [r for r in results if r.false_no_show or r.missed]


@pytest.mark.parametrize("fault", Fault)
def test_no_fault_of_a_feed_makes_a_no_show_and_every_provable_one_is_found(fault: Fault) -> None:
    """Every other kind of session; all of them below."""
    first = list(Fault).index(fault) % 2
    assert not wrong([matrix.play(fault, kind, seed=7_000 + n) for n, kind in enumerate(KINDS[first::2])])


@pytest.mark.slow
def test_the_same_over_more_seeds_with_the_table() -> None:
    results = matrix.run(range(2))
    assert not wrong(results), matrix.confusion(results)
    assert sum(r.provable for r in results) > len(results) / 10, "a matrix that proves nothing finds nothing"


def gullible(case: Case, now: datetime) -> Decision:
    """The planted bug: an empty answer of the feed is taken for coverage, whoever did not see the consultant."""
    if isinstance(case, SessionCase) and case.session is not None and case.consulted.feeds:
        session = case.session
        seen = AttendanceSeen(
            "feed", "room-1", Channel.ONLINE, Stage.JOINED, Presence.HOST, session.starts_at - 5 * MINUTE, now,
            staff_id=session.staff_id,
        )  # fmt: skip
        planted = Evidence("planted", "feed", now, seen, case.key)
        return decide(replace(case, evidence=(*case.evidence, planted)), now)
    return decide(case, now)


def test_the_matrix_finds_an_empty_answer_that_is_taken_for_coverage() -> None:
    results = [matrix.play(Fault.EMPTY, kind, seed, gullible) for kind in KINDS for seed in range(2)]
    assert any(r.false_no_show and r.truth is matrix.Truth.CAME for r in results)


# -- any history at all ------------------------------------------------------------------------------------------------

offsets = st.integers(-20 * 60, 25 * 60)
PEOPLE = (
    Hints(email="ann@desk.example", participant_id="1"),
    Hints(email="ben@desk.example", participant_id="2"),
    Hints(name="Galaxy S21", participant_id="3"),
    Hints(email="carol@acme.example", participant_id="4"),
)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, FeedReading | AttendanceSeen]]:
    """Readings and records at instants of arrival, some late, some twice, in an order of their own."""
    snapshots = draw(st.booleans())
    told: list[tuple[int, FeedReading | AttendanceSeen]] = []
    gap = draw(st.sampled_from((20, 25, 31)))
    holes = draw(st.lists(offsets, max_size=1))
    change = draw(st.sampled_from((None, None, None, -300, 120)))
    for at in range(-17 * 60, 17 * 60, gap):
        if any(hole <= at < hole + 40 for hole in holes):
            continue
        epoch = "b" if change is not None and at >= change else "a"
        since = None if snapshots else START - 17 * MINUTE
        reading = FeedReading(
            "feed", "room-1", START + timedelta(seconds=at), timedelta(seconds=30), since, epoch, draw(st.just(True))
        )
        told.append((at + draw(st.sampled_from((0, 0, 0, 40))), reading))
    for hints in draw(st.lists(st.sampled_from(PEOPLE[:3]), max_size=2)) + draw(st.sampled_from(([], [PEOPLE[0]]))):
        joined = draw(offsets)
        left = draw(st.one_of(st.none(), st.integers(joined + 1, joined + 2400)))
        record = AttendanceSeen(
            "feed",
            "room-1",
            Channel.ONLINE,
            draw(st.sampled_from((Stage.JOINED, Stage.JOINED, Stage.WAITING))),
            Presence.GUEST,
            START + timedelta(seconds=joined),
            START + timedelta(seconds=max(joined, 0) if left is None else left),
            START + timedelta(seconds=left) if left is not None else None,
            hints,
        )
        told.append((draw(st.integers(joined, joined + 3000)), record))
    return sorted(told, key=lambda each: each[0])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_a_no_show_was_watched_without_a_gap_by_who_saw_the_consultant_and_nobody_else(
    history: list[tuple[int, FeedReading | AttendanceSeen]],
) -> None:
    ability = abilities(Shape.HISTORY)
    bench = Bench(desk_with(make.room(feeds=(ability,))), SimFeed(ability, {"room-1": []}), now=START - 30 * MINUTE)
    bench.feed_is_told = True
    subject = bench.add(make.session(arranged_at=START - timedelta(days=3)), make.contact())
    readings: list[FeedReading] = []
    for n, (at, told) in enumerate(history):
        if isinstance(told, FeedReading):
            told = replace(told, skew=timedelta(0))
            readings.append(told)
            bench.at(START + timedelta(seconds=at), partial(bench.take, [told], []))
        else:
            item = Evidence(f"record-{n}", "feed", START, told)
            bench.at(START + timedelta(seconds=at), partial(bench.take, [], [item]))
    bench.run(START + timedelta(hours=3))
    if subject.outcome is not Outcome.NO_SHOW:
        return
    since, close = START - 15 * MINUTE, subject.session.attendance.closed_at
    assert close is not None
    records = [e.payload for e in subject.evidence if isinstance(e.payload, AttendanceSeen)]
    assert oracle.watched_every_second(readings, since, close)
    assert oracle.consultant(records, "ann", since, close)
    assert not oracle.somebody(records, since, close)

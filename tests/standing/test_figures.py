"""How much is unknown, why, and up to when each feed knows: one answer in the metrics and in the report (ATT-15)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from syncd.domain.attendance import Attendance, FeedReading, Outcome, Verdict
from syncd.domain.people import Side
from syncd.engine.report import given_back, report
from syncd.ports.source import Batch
from syncd.runtime.metrics import Metrics
from syncd.store.sql_store import SqlStore
from syncd.testing import builders as make
from tests.simulation.runs import world
from tests.standing.chain import FIRST, SECOND, Chain
from tests.standing.history import FIRST as SINCE


def test_the_figures_by_index_are_those_of_the_sessions_read_whole(past: SqlStore) -> None:
    until = SINCE + timedelta(days=90)
    quick = past.views.figures(SINCE, until)
    whole = report(past.past.sessions(SINCE, until), SINCE, until, "UTC", str)
    assert quick.judged == whole.total.judged > 20
    assert (quick.undetermined, quick.overturned) == (whole.total.undetermined, whole.total.reversed)
    assert quick.by_word == whole.total.presumed + whole.total.by_staff
    assert dict(quick.causes) == dict(whole.causes)


def test_the_metrics_say_what_is_unknown_and_how_old_a_feed_s_knowledge_is() -> None:
    with world() as made:
        chain = Chain(made)
        chain.begins()
        chain.misses("form-1", FIRST)
        made.run_until(SECOND - timedelta(hours=25))
        assert made.book(SECOND, form="form-2").accepted
        made.run_until(SECOND + timedelta(minutes=12))
        assert made.door.attest(made.session("form-2").id, "unplaced", True, "dana", "press").accepted
        reading = FeedReading("feed", "room-1", made.clock.now() - timedelta(seconds=90), timedelta(seconds=30))
        made.store.absorb("feed", Batch(readings=(reading,)), made.clock.now())
        made.run_until(SECOND + timedelta(minutes=40))
        chain.is_reported(FIRST)
        verdict = made.session("form-2").attendance.verdict
        assert verdict is not None
        assert verdict.outcome is Outcome.UNDETERMINED
        found = values(Metrics(made.views, made.clock))
    assert found["syncd_sessions_judged"] == 2
    assert found["syncd_undetermined_ratio"] == 0.5
    assert found["syncd_undetermined_cause_ratio/ATT-7.4"] == 0.5
    assert (found["syncd_attested_ratio"], found["syncd_no_shows_reversed"]) == (0, 1)
    assert found["syncd_feed_watermark_age_seconds/feed"] > 90


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.mark.parametrize(
    ("outcome", "course", "saved"),
    [
        (Outcome.NO_SHOW, {"closed_at": 15, "released_at": 15}, 15),
        (Outcome.NO_SHOW, {"closed_at": 15}, 0),  # at the close absence was not known: nobody was let go (A13)
        (Outcome.NO_SHOW, {"closed_at": 15, "released_at": 22}, 8),  # the desk was slow: they were let go later
        (Outcome.NO_SHOW, {"closed_at": 15, "released_at": 31}, 0),
        (Outcome.EXCUSED, {"closed_at": -60, "released_at": -60}, 30),  # "not coming", an hour before (A4)
        (Outcome.UNDETERMINED, {"closed_at": 25, "released_at": 25}, 5),  # kept open, and nobody came (A12)
        (Outcome.ATTENDED, {"closed_at": 15, "released_at": 15}, 0),  # they came after all (A9, A14)
        (None, {"closed_at": 15, "released_at": 15}, 0),
    ],
)
def test_only_time_that_a_consultant_was_let_go_of_is_given_back(
    outcome: Outcome | None, course: dict[str, float], saved: float
) -> None:
    verdict = Verdict(outcome, make.START, Side.SYNCD, "A7") if outcome is not None else None
    when: dict[str, Any] = {name: make.START + minutes(count) for name, count in course.items()}
    session = make.session(
        span=make.span(length=minutes(30)), attendance=Attendance(make.START, verdict=verdict, **when)
    )
    assert given_back(session) == minutes(saved)


def values(metrics: Metrics) -> dict[str, float]:
    return {
        "/".join((sample.name, *sample.labels.values())): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }

"""How much is unknown, why, and up to when each feed knows: one answer in the metrics and in the report (ATT-15)."""

from __future__ import annotations

from datetime import timedelta

from prometheus_client.parser import text_string_to_metric_families

from syncd.domain.attendance import FeedReading, Outcome
from syncd.engine.report import report
from syncd.ports.source import Batch
from syncd.runtime.metrics import Metrics
from syncd.store.sql_store import SqlStore
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


def values(metrics: Metrics) -> dict[str, float]:
    return {
        "/".join((sample.name, *sample.labels.values())): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }

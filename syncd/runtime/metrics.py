"""How is it going, in numbers? Prometheus metrics (prometheus.io/docs/instrumenting/exposition_formats), ids only.

Counted as it happens, or asked of the views when somebody looks; nothing here costs a quiet daemon anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from syncd.domain.effect import EffectState
from syncd.ports.clock import Clock
from syncd.ports.errors import Unavailable
from syncd.ports.views import Figures, Views

FIGURES_OF = timedelta(days=30)
OUTBOX_ROWS_MAX = 1_000
SHOWN = (EffectState.PENDING, EffectState.CLAIMED, EffectState.PARKED)


class Metrics:
    """One registry for one daemon."""

    def __init__(self, views: Views, clock: Clock) -> None:
        self._registry = CollectorRegistry()
        self.settled = Counter("syncd_cases_settled", "Cases that were settled", registry=self._registry)
        self.started = Counter("syncd_effects_started", "Effects given to the pool", registry=self._registry)
        self.readings = Counter(
            "syncd_readings", "Readings of calendars and directories", ["outcome"], registry=self._registry
        )
        self.faults = Counter("syncd_faults", "What broke or had to wait", ["what"], registry=self._registry)
        self.calls = Counter(
            "syncd_hook_calls", "Calls of webhooks, by what became of them", ["fate"], registry=self._registry
        )
        self.pass_seconds = Gauge("syncd_settle_pass_seconds", "The last settle pass took", registry=self._registry)
        self.in_flight = Gauge("syncd_calls_in_flight", "Calls to the outside world", registry=self._registry)
        self._registry.register(_Tables(views, clock))

    def text(self) -> bytes:
        return generate_latest(self._registry)


class _Tables:
    """What the tables say at this moment."""

    def __init__(self, views: Views, clock: Clock) -> None:
        self._views, self._clock = views, clock

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        outbox = GaugeMetricFamily("syncd_outbox", "Effects that are not done (at most 1000 counted)", labels=["state"])
        sources = GaugeMetricFamily("syncd_source_failing", "1 while a source cannot be read", labels=["source"])
        aside = GaugeMetricFamily("syncd_cases_set_aside", "Cases that wait because deciding them failed")
        try:
            for state in SHOWN:
                outbox.add_metric([state.value], len(self._views.outbox((state,), OUTBOX_ROWS_MAX)))
            for source in self._views.sources():
                sources.add_metric([source.source], 0 if source.failing_since is None else 1)
            aside.add_metric([], len(self._views.set_aside()))
            now = self._clock.now()
            figures = self._views.figures(now - FIGURES_OF, now)
        except Unavailable:
            return
        yield from (outbox, sources, aside, *_attendance(figures, now))


def _attendance(figures: Figures, now: datetime) -> Iterable[Metric]:
    """ATT-15, over sessions that began in the last 30 days."""
    judged = GaugeMetricFamily("syncd_sessions_judged", "Sessions of the last 30 days that have a verdict")
    judged.add_metric([], figures.judged)
    open_ = GaugeMetricFamily("syncd_undetermined_ratio", "Of these, undetermined (target: below 0.05)")
    open_.add_metric([], _share(figures.undetermined, figures))
    causes = GaugeMetricFamily(
        "syncd_undetermined_cause_ratio", "Undetermined because this was not proved", labels=["cause"]
    )
    for cause, number in figures.causes:
        causes.add_metric([cause], _share(number, figures))
    by_word = GaugeMetricFamily("syncd_attested_ratio", "Resting on the word or the silence of staff")
    by_word.add_metric([], _share(figures.by_word, figures))
    overturned = GaugeMetricFamily("syncd_no_shows_reversed", "No-shows of the last 30 days that are none any more")
    overturned.add_metric([], figures.overturned)
    ages = GaugeMetricFamily("syncd_feed_watermark_age_seconds", "Up to when a feed knows, ago", labels=["feed"])
    for feed, upto in figures.known_upto:
        if upto is not None:
            ages.add_metric([feed], (now - upto).total_seconds())
    return (judged, open_, causes, by_word, overturned, ages)


def _share(part: int, figures: Figures) -> float:
    return part / figures.judged if figures.judged else 0.0

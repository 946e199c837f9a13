"""How is it going, in numbers? Prometheus metrics (prometheus.io/docs/instrumenting/exposition_formats), ids only.

Counted as it happens, or asked of the views when somebody looks; nothing here costs a quiet daemon anything.
"""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from syncd.domain.effect import EffectState
from syncd.ports.errors import Unavailable
from syncd.ports.views import Views

OUTBOX_ROWS_MAX = 1_000
SHOWN = (EffectState.PENDING, EffectState.CLAIMED, EffectState.PARKED)


class Metrics:
    """One registry for one daemon."""

    def __init__(self, views: Views) -> None:
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
        self._registry.register(_Tables(views))

    def text(self) -> bytes:
        return generate_latest(self._registry)


class _Tables:
    """What the tables say at this moment."""

    def __init__(self, views: Views) -> None:
        self._views = views

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
        except Unavailable:
            return
        yield from (outbox, sources, aside)

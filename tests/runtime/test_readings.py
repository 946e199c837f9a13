"""Each source is read at its own pace: at once at first, then by its interval, never twice at a time (CAL-29)."""

from __future__ import annotations

from datetime import timedelta

from syncd.runtime.readings import SPREAD, WOKEN_SECONDS, Reading, Readings, spread


class Seconds:
    """A monotonic clock that stands until it is put on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def reading(name: str) -> Reading:
    return Reading(name, name, lambda: timedelta(seconds=60))


def due(readings: Readings) -> list[str]:
    return [one.id for one in readings.due()]


def test_what_is_new_is_due_at_once_and_what_is_read_is_not() -> None:
    readings = Readings(Seconds())
    readings.set([reading("a"), reading("b")])
    assert due(readings) == ["a", "b"]
    readings.taken(reading("a"))
    assert due(readings) == ["b"]


def test_what_is_put_back_is_due_again_after_those_that_waited_longer() -> None:
    clock = Seconds()
    readings = Readings(clock)
    readings.set([reading("a"), reading("b")])
    readings.taken(reading("a"))
    clock.now += 1
    readings.put_back(reading("a"))
    assert due(readings) == ["b", "a"]


def test_after_a_reading_it_waits_its_interval_give_or_take_a_tenth() -> None:
    clock = Seconds()
    readings = Readings(clock)
    readings.set([reading("a")])
    readings.taken(reading("a"))
    readings.finished(reading("a"), timedelta(seconds=60))
    clock.now += 60 * (1 - SPREAD) - 0.01
    assert due(readings) == []
    clock.now += 60 * 2 * SPREAD + 0.02
    assert due(readings) == ["a"]


def test_a_reload_makes_all_due_but_what_is_being_read_and_forgets_what_goes() -> None:
    clock = Seconds()
    readings = Readings(clock)
    readings.set([reading("a"), reading("b"), reading("c")])
    for name in ("a", "b", "c"):
        readings.taken(reading(name))
    readings.finished(reading("a"), timedelta(hours=1))
    readings.set([reading("a"), reading("b"), reading("d")])
    assert due(readings) == ["a", "d"]
    readings.finished(reading("c"), timedelta(0))
    readings.finished(reading("b"), timedelta(0))
    clock.now += 1
    assert due(readings) == ["a", "b", "d"]


def test_what_is_woken_is_due_at_once_and_what_is_being_read_is_read_once_more() -> None:
    clock = Seconds()
    readings = Readings(clock)
    readings.set([reading("a"), reading("b")])
    for name in ("a", "b"):
        readings.taken(reading(name))
    readings.wake("b")
    readings.finished(reading("a"), timedelta(hours=1))
    readings.finished(reading("b"), timedelta(hours=1))
    readings.wake("a")
    readings.wake("nobody")
    clock.now += WOKEN_SECONDS
    assert due(readings) == ["a", "b"]


def test_a_storm_of_notices_reads_at_the_pace_of_one_in_a_moment() -> None:
    clock = Seconds()
    readings = Readings(clock)
    readings.set([reading("a")])
    readings.taken(reading("a"))
    readings.finished(reading("a"), timedelta(hours=1))
    clock.now += WOKEN_SECONDS / 2
    readings.wake("a")
    assert due(readings) == []
    clock.now += WOKEN_SECONDS / 2
    assert due(readings) == ["a"]


def test_what_failed_waits_as_its_back_off_says_whoever_woke_it_meanwhile() -> None:
    clock = Seconds()
    readings = Readings(clock)
    readings.set([reading("a")])
    readings.taken(reading("a"))
    readings.wake("a")
    readings.hush("a")
    readings.finished(reading("a"), timedelta(hours=1))
    clock.now += 60
    assert due(readings) == []


def test_the_spread_is_derived_and_differs_between_sources() -> None:
    factors = {spread(f"calendar-{n}", 1) for n in range(50)}
    assert len(factors) > 40
    assert all(1 - SPREAD <= factor <= 1 + SPREAD for factor in factors)
    assert spread("a", 1) == spread("a", 1)

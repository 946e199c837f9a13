"""One simulator for all tests of a process; what it holds is new for each test, and nothing it saw was unlawful."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from syncd.runtime.clock import SystemClock
from tests.connectors.google_calendar.world import GoogleWorld
from tests.simulators.google.simulator import GoogleSimulator


@pytest.fixture(scope="session")
def simulator() -> Iterator[GoogleSimulator]:
    google = GoogleSimulator(SystemClock().now)
    yield google
    google.stop()


@pytest.fixture
def google(simulator: GoogleSimulator) -> Iterator[GoogleWorld]:
    world = GoogleWorld(simulator)
    yield world
    simulator.heal()
    assert simulator.unfit == [], "requests or answers that the API's description does not allow"
    assert simulator.methods.silent == [], "writes that did not say whom to notify (CAL-20)"

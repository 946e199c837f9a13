"""The calendar contract, against the simulated Exchange server (spec/calendars.md 6)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from syncd.testing.contracts.calendar import CalendarContract
from tests.connectors.exchange.world import ExchangeWorld


class TestExchange(CalendarContract):
    @pytest.fixture
    def world(self, make_world: Callable[..., ExchangeWorld]) -> ExchangeWorld:
        return make_world()

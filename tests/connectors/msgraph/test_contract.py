"""The calendar contract, against the simulated Exchange Online (spec/calendars.md 6)."""

from __future__ import annotations

import pytest

from syncd.testing.contracts.calendar import CalendarContract
from tests.connectors.msgraph.world import GraphWorld


class TestExchangeOnline(CalendarContract):
    @pytest.fixture
    def world(self, exchange_online: GraphWorld) -> GraphWorld:
        return exchange_online

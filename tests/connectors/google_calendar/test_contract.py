"""The behaviour suite of staff calendars, against the simulator, by a service account that acts as the staff member."""

from __future__ import annotations

import pytest

from syncd.testing.contracts.calendar import CalendarContract
from tests.connectors.google_calendar.world import GoogleWorld


class TestContract(CalendarContract):
    @pytest.fixture
    def world(self, google: GoogleWorld) -> GoogleWorld:
        return google

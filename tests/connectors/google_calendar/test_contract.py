"""The behaviour suite of staff calendars, against the simulator: signed in both ways."""

from __future__ import annotations

import pytest

from syncd.testing.contracts.calendar import CalendarContract
from tests.connectors.google_calendar.world import GoogleWorld


class TestByConsent(CalendarContract):
    @pytest.fixture
    def world(self, google: GoogleWorld) -> GoogleWorld:
        return google


@pytest.mark.slow
class TestByDelegation(CalendarContract):
    """Slow for the private key alone, which each newly built connector reads."""

    @pytest.fixture
    def world(self, google: GoogleWorld) -> GoogleWorld:
        google.by_delegation()
        return google

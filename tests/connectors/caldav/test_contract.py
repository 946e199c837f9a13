"""The calendar contract, against the real servers (spec/calendars.md 6)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from syncd.testing.contracts.calendar import CalendarContract
from tests.connectors.caldav.world import DavWorld


class TestRadicale(CalendarContract):
    @pytest.fixture
    def world(self, make_world: Callable[..., DavWorld]) -> DavWorld:
        return make_world("radicale")


class TestXandikos(CalendarContract):
    @pytest.fixture
    def world(self, make_world: Callable[..., DavWorld]) -> DavWorld:
        return make_world("xandikos")

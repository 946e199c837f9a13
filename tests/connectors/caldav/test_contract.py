"""The calendar contract against the real servers (spec/calendars.md 6), and against one without sync tokens (DAV-3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from syncd.testing.contracts.calendar import (
    CalendarContract,
    CalendarContractAtLength,
    CalendarContractInShort,
)
from syncd.testing.contracts.calendar_acts import LosesCursorMidPaging, LosesCursors, PhantomDeletion, SmallPages
from tests.connectors.caldav.world import DavWorld
from tests.simulators.faulty_listing import Faults


class OnRadicale:
    @pytest.fixture
    def world(self, make_world: Callable[..., DavWorld]) -> DavWorld:
        return make_world("radicale")


class TestRadicale(OnRadicale, CalendarContractInShort):
    pass


@pytest.mark.slow
class TestRadicaleAtLength(OnRadicale, CalendarContractAtLength):
    pass


@pytest.mark.slow
class TestXandikos(CalendarContract):
    @pytest.fixture
    def world(self, make_world: Callable[..., DavWorld]) -> DavWorld:
        return make_world("xandikos")


@pytest.mark.slow
class TestWithoutSyncTokens(CalendarContract):
    """Radicale with its sync-collection hidden: by ctag and ETags."""

    @pytest.fixture
    def world(self, make_world: Callable[..., DavWorld]) -> DavWorld:
        cannot = {
            LosesCursors: "ETags never expire",
            LosesCursorMidPaging: "ETags never expire",
            PhantomDeletion: "no deletion is reported: it is asked for, one by one",
            SmallPages: "a listing of ETags comes whole",
        }
        return make_world("radicale", ground=Faults(no_sync=True), cannot=cannot)

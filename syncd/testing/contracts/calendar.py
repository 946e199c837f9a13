"""Does this connector keep the contract of a staff calendar? `CalendarContract`, one test for each CAL id that a single
connector can show (spec/calendars.md 1 and 7; what needs the engine, as CAL-7, is proved there).

Subclass it, give a fixture `world` (calendar_world.CalendarWorld) with an empty calendar, and declare in its `cannot`
what the provider cannot express.
"""

from __future__ import annotations

from syncd.testing.contracts.calendar_busy import BusyTimes
from syncd.testing.contracts.calendar_conduct import Conduct
from syncd.testing.contracts.calendar_identity import Identity, StaffBook
from syncd.testing.contracts.calendar_looking import Looking
from syncd.testing.contracts.calendar_reading import Privacy, Reading
from syncd.testing.contracts.calendar_world import CalendarWorld
from syncd.testing.contracts.calendar_writing import Writing


class CalendarContract(Reading, Looking, Privacy, Identity, StaffBook, Writing, BusyTimes, Conduct):
    """All of it."""


class CalendarContractInShort(Reading, Looking, Identity, Writing):
    """Where a slip costs most: changes, deletions, whose event it is, writing. For the fast part of a test-suite,
    beside `CalendarContractAtLength` in the slow one; together they are the whole."""


class CalendarContractAtLength(Privacy, StaffBook, BusyTimes, Conduct):
    """What `CalendarContractInShort` leaves."""


__all__ = ["CalendarContract", "CalendarContractAtLength", "CalendarContractInShort", "CalendarWorld"]

"""Which items of the calendars' specification run for which connector, and what is skipped there, and why?

`python -m tests.connectors.items_table` runs the suites and writes the tables into docs/calendars.md. Whenever the
suites run, `conftest.py` holds every skip against the document; `test_items.py` holds the rest.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from syncd.testing.contracts.calendar import CalendarContract
from tests.documents import ROOT, block, write_block

DOCUMENT = "docs/calendars.md"
COLUMNS = {
    "Radicale": "caldav/test_contract.py::TestRadicale",
    "xandikos": "caldav/test_contract.py::TestXandikos",
    "without sync tokens": "caldav/test_contract.py::TestWithoutSyncTokens",
    "Google": "google_calendar/test_contract.py::TestBy",
    "Exchange": "exchange/test_contract.py::TestExchange",
    "Exchange Online": "msgraph/test_contract.py::TestExchangeOnline",
}
"""Each column with how the node ids of its suite begin, under tests/connectors."""

FOLDERS = {"CalDAV": "caldav", "Google": "google_calendar", "Exchange": "exchange", "Exchange Online": "msgraph"}
ENGINE = ("tests/policy", "tests/whole", "tests/simulation", "tests/contracts", "syncd/testing/contracts/store*")

INCIDENTS = (
    "a_reported_deletion_of_a_living_event_cancels_nothing",
    "a_deletion_in_one_calendar_never_touches_another",
    "a_missing_property_is_not_a_missing_event",
    "no_error_is_ever_a_deletion",
    "an_emptied_calendar_is_held",
    "an_expired_cursor_is_no_success",
    "what_was_deleted_in_the_gap_is_found",
    "a_truncated_listing_removes_nothing",
    "a_crash_before_recording_loses_no_change",
    "an_incremental_answer_never_replaces_the_whole",
    "removed_outside_the_window_is_no_deletion",
    "bare_occurrences_take_their_state_from_the_master",
    "an_unreadable_calendar_is_never_free",
    "the_customer_gets_one_invitation",
    "an_empty_read_duplicates_nothing",
    "our_own_write_is_no_change",
    "no_stranger_is_mailed",
    "entries_block_as_their_own_flags_say",
    "a_moved_instance_frees_its_old_place",
    "an_instance_without_its_master_is_busy",
    "clock_changes_shift_nothing",
    "one_bad_time_zone_never_blocks_a_mailbox",
    "the_first_call_after_token_expiry_succeeds",
    "a_wrong_password_is_tried_twice_at_most",
    "a_conflict_is_reread_not_overwritten",
    "a_restored_session_reuses_its_deleted_id",
    "a_refused_write_is_never_called_done",
    "what_staff_do_in_their_calendar_is_seen",
)
"""Of the specification's section 7, without `test_`."""


class Skip(NamedTuple):
    column: str
    test: str  # with its case in brackets, as pytest has it
    why: str


def column_of(nodeid: str) -> str | None:
    """Whose suite a test belongs to."""
    inside = nodeid.partition("tests/connectors/")[2]
    return next((name for name, start in COLUMNS.items() if inside.startswith(start)), None)


def documented() -> set[Skip]:
    rows = (line.strip("| ").split(" | ") for line in block(DOCUMENT, "skips")[2:])
    return {Skip(column, test.strip("`"), why) for column, test, why in rows}


# -- the tables --------------------------------------------------------------------------------------------------------


def cases() -> Counter[str]:
    """How many cases each test of the suite has, by its name."""
    found: Counter[str] = Counter()
    for name in dir(CalendarContract):
        if name.startswith("test_"):
            count = 1
            for mark in getattr(getattr(CalendarContract, name), "pytestmark", ()):
                count *= len(list(mark.args[1])) if mark.name == "parametrize" else 1
            found[name] = count
    return found


def item_of(test: str) -> str:
    found = re.match(r"test_cal_(\d+)_", test)
    return f"CAL-{found[1]}" if found else "others"


def items_table(skips: set[Skip]) -> list[str]:
    whole, items = cases(), Counter[str]()
    for test, count in whole.items():
        items[item_of(test)] += count
    out = Counter((skip.column, item_of(skip.test)) for skip in skips)
    lines = [f"| item | {' | '.join(COLUMNS)} |", f"| --- |{' ---: |' * len(COLUMNS)}"]
    for item in sorted(items, key=lambda each: int(each.partition("-")[2] or 999)):
        runs = (_runs(items[item], out[column, item]) for column in COLUMNS)
        lines.append(f"| {item} | {' | '.join(runs)} |")
    return lines


def _runs(count: int, skipped: int) -> str:
    return f"{count - skipped} of {count}" if skipped else str(count)


def skips_table(skips: set[Skip]) -> list[str]:
    order = list(COLUMNS)
    rows = sorted(skips, key=lambda skip: (order.index(skip.column), skip.test))
    return [
        "| suite | test | why |",
        "| --- | --- | --- |",
        *(f"| {skip.column} | `{skip.test}` | {skip.why} |" for skip in rows),
    ]


def incidents_table() -> list[str]:
    lines = [f"| incident | {' | '.join(FOLDERS)} | engine |", f"| --- |{' --- |' * (len(FOLDERS) + 1)}"]
    suite = cases()
    texts = {name: _tests_in(f"tests/connectors/{folder}") for name, folder in FOLDERS.items()}
    engine = [name for place in ENGINE for name in _tests_in(place)]
    for incident in INCIDENTS:
        common = any(name.endswith(incident) for name in suite)
        here = [
            " and ".join(["suite"] * common + ["its own"] * any(incident in name for name in names))
            for names in texts.values()
        ]
        lines.append(f"| `{incident}` | {' | '.join([*here, 'yes' * any(incident in name for name in engine)])} |")
    return lines


def _tests_in(place: str) -> list[str]:
    return [name for path in _files(place) for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))]


def _files(place: str) -> Iterator[Path]:
    folder = ROOT / place
    return ROOT.glob(f"{place}.py") if "*" in place else folder.rglob("test_*.py")


# -- writing them ------------------------------------------------------------------------------------------------------


class Listener:
    """Hears of every skip while the suites run."""

    def __init__(self) -> None:
        self.skips: set[Skip] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        column = column_of(report.nodeid)
        if column is not None and report.skipped and isinstance(report.longrepr, tuple):
            self.skips.add(Skip(column, report.nodeid.rpartition("::")[2], why_of(report.longrepr[2])))


def why_of(reason: str) -> str:
    return reason.removeprefix("Skipped: ").replace("|", "/").replace("\n", " ")


def main() -> None:
    os.environ["SYNCD_TABLES"] = "being made"  # conftest.py holds nothing against them meanwhile
    listener = Listener()
    files = sorted({f"tests/connectors/{start.partition('::')[0]}" for start in COLUMNS.values()})
    write_block(DOCUMENT, "skips", skips_table(set()))
    pytest.main(["-q", "-n", "0", "-p", "no:cacheprovider", *files], plugins=[listener])
    write_block(DOCUMENT, "skips", skips_table(listener.skips))
    write_block(DOCUMENT, "items", items_table(listener.skips))
    write_block(DOCUMENT, "incidents", incidents_table())


if __name__ == "__main__":
    main()

"""docs/calendars.md says what runs where; whatever it says is so (the skips are held against it as they happen)."""

from __future__ import annotations

from tests.connectors import items_table
from tests.connectors.items_table import COLUMNS, DOCUMENT, INCIDENTS, cases, documented
from tests.documents import block

ANEW = "python -m tests.connectors.items_table writes the tables anew"


def test_the_table_of_items_is_that_of_the_suite() -> None:
    assert block(DOCUMENT, "items") == items_table.items_table(documented()), ANEW


def test_what_is_skipped_is_a_test_of_the_suite_and_has_a_reason() -> None:
    suite = cases()
    for skip in documented():
        assert skip.column in COLUMNS
        assert skip.test.partition("[")[0] in suite, ANEW
        assert len(skip.why.split()) > 2, skip


def test_the_table_of_incidents_is_what_the_tests_are_called_and_each_runs_somewhere() -> None:
    shown = block(DOCUMENT, "incidents")
    assert shown == items_table.incidents_table(), ANEW
    nowhere = [line for line in shown[2:] if not any(cell.strip() for cell in line.split("|")[2:-1])]
    assert nowhere == []
    assert len(shown) == len(INCIDENTS) + 2

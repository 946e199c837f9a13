"""A suite of a calendar connector that skips what docs/calendars.md does not say, or runs what it says is skipped, is
a suite that the document tells wrong of."""

from __future__ import annotations

import os
from collections.abc import Generator
from functools import cache
from typing import Any

import pytest

from tests.connectors.items_table import Skip, column_of, documented, why_of

_known = cache(documented)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, Any, Any]:
    report = yield
    column = column_of(item.nodeid)
    if column is None or report.failed or os.environ.get("SYNCD_TABLES"):
        return report
    test = item.nodeid.rpartition("::")[2]
    if report.skipped and isinstance(report.longrepr, tuple):
        told = Skip(column, test, why_of(report.longrepr[2])) in _known()
        wrong = None if told else "it skips, and the document does not say so"
    else:
        listed = any((skip.column, skip.test) == (column, test) for skip in _known())
        wrong = "it runs, and the document says that it is skipped" if listed and report.when == "call" else None
    if wrong is not None:
        report.outcome = "failed"
        report.longrepr = f"{test}: {wrong}; python -m tests.connectors.items_table writes the tables anew"
    return report

"""What holds for every test: nothing is judged by how long it took (PERF-2); and which parts are slow."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

SLOW = (
    "tests/simulation/",
    "tests/connectors/caldav/",
    "tests/connectors/exchange/",
    "tests/connectors/msgraph/",
    "tests/standing/test_chain.py",
    "tests/standing/test_commands.py",
    "tests/standing/test_figures.py",
    "tests/standing/test_looking_back.py",
    "tests/attendance/test_whole_course.py",
    "tests/runtime/test_daemon.py",
    "tests/runtime/test_watch.py",
    "tests/web/test_pages_are_well_made.py",
    "tests/web/test_scanners.py",
    "tests/web/test_wrong_person.py",
)
"""Whole worlds, whole vendors, all pages, many times over: `make test` runs them, the fast part leaves them out."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(SLOW):
            item.add_marker(pytest.mark.slow)

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
    "tests/standing/test_looking_back.py",
)
"""Whole worlds and whole vendors, many times over: `make test` runs them all, the fast part leaves them out."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(SLOW):
            item.add_marker(pytest.mark.slow)

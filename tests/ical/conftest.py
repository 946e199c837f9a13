"""The oracles, each started once a worker; what is not installed is skipped with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.ical import oracles
from tests.ical.oracles import Understood

Oracle = Callable[[bytes], Understood]


@pytest.fixture(scope="session")
def libical() -> Oracle:
    if oracles.libical_library() is None:
        pytest.skip("libical is not installed: `apt-get install libical3`")
    return oracles.libical


@pytest.fixture(scope="session")
def icaljs() -> Iterator[Oracle]:
    with oracles.icaljs() as oracle:
        yield oracle


@pytest.fixture(scope="session")
def pypi_ical() -> Oracle:
    return oracles.pypi_ical


@pytest.fixture(params=["libical", "icaljs", "pypi_ical"])
def oracle(request: pytest.FixtureRequest) -> Oracle:
    found: Oracle = request.getfixturevalue(request.param)
    return found

"""The behaviour suite of Store and Views, on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from syncd.store.migrate import migrate
from syncd.testing.contracts.store import StoreContract
from tests.store.opening import Opened, opened
from tests.store.postgres import empty, new_database, server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("postgres")]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with server() as server_url:
        url = new_database(server_url)
        migrate(url)
        yield url


class TestStoreOnPostgres(StoreContract):
    @pytest.fixture
    def world(self, url: str) -> Iterator[Opened]:
        empty(url)
        with opened(url) as opens:
            yield opens()

"""The behaviour suite of Store and Views, on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from syncd.store.migrate import migrate
from syncd.testing.contracts.store import StoreContract
from tests.store.opening import Opened, opened
from tests.store.postgres import new_database, server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("postgres")]


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    with server() as url:
        yield url


@pytest.fixture(scope="module")
def template_url(server_url: str) -> str:
    url = new_database(server_url)
    migrate(url)
    return url


class TestStoreOnPostgres(StoreContract):
    @pytest.fixture
    def world(self, server_url: str, template_url: str) -> Iterator[Opened]:
        with opened(new_database(server_url, template_url)) as opens:
            yield opens()

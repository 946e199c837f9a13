"""How do the tests open a store? With a count of its commits, and a desk that was adopted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from syncd.store.sql_store import SqlStore, open_store
from syncd.testing import builders as make
from syncd.testing.contracts.store_setting import StoreWorld


@dataclass(slots=True)
class Opened(StoreWorld):
    sql: SqlStore
    url: str


@contextmanager
def opened(url: str) -> Iterator[Callable[..., Opened]]:
    with ExitStack() as closing:

        def opens(**options: Any) -> Opened:
            seen: list[str] = []
            told = options.pop("boundary", lambda name: None)

            def boundary(name: str) -> None:
                told(name)
                seen.append(name)

            store = open_store(url, boundary=boundary, **options)
            closing.callback(store.close)
            store.adopt(make.desk(), make.terms(), make.NOW)
            commits = lambda: sum(name.startswith("after ") for name in seen)  # noqa: E731
            return Opened(store, store.views, commits, opens, store, url)

        yield opens

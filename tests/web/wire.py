"""One visitor's connection to the application, in the process: no port, and a loop of its own in a thread of its own
(the thread of a browser test has one already)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import httpx2
from starlette.types import ASGIApp

SECONDS_MAX = 60

T = TypeVar("T")


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """What `asyncio.run` gives, from a thread of its own: one in which a browser runs has a loop already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result(SECONDS_MAX)


class Wire:
    """A browser without scripts that does not follow redirects by itself. `host`: from which address it comes."""

    def __init__(self, app: ASGIApp, base_url: str, host: str = "203.0.113.7", *, raises: bool = True) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        transport = httpx2.ASGITransport(app, client=(host, 40_000), raise_app_exceptions=raises)
        self._client = httpx2.AsyncClient(transport=transport, base_url=base_url)

    def request(self, method: str, path: str, **more: Any) -> httpx2.Response:
        asked = asyncio.run_coroutine_threadsafe(self._client.request(method, path, **more), self._loop)
        return asked.result(SECONDS_MAX)

    def get(self, path: str, **more: Any) -> httpx2.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx2.Response:
        return self.request("POST", path, **more)

    def keep(self, name: str, value: str) -> None:
        """A cookie, as if it had been set by an answer."""
        self._client.cookies.set(name, value)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._client.aclose(), self._loop).result(SECONDS_MAX)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS_MAX)
        self._loop.close()

"""One visitor's connection to the application, in the process: no port, no sleeping, one loop kept."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from starlette.types import ASGIApp


class Wire:
    """A browser without scripts that does not follow redirects by itself. `host`: from which address it comes."""

    def __init__(self, app: ASGIApp, base_url: str, host: str = "203.0.113.7", *, raises: bool = True) -> None:
        self._runner = asyncio.Runner()
        transport = httpx.ASGITransport(app, client=(host, 40_000), raise_app_exceptions=raises)
        self._client = httpx.AsyncClient(transport=transport, base_url=base_url)

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self._runner.run(self._client.request(method, path, **more))

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)

    def close(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()

"""What must hold for every request and every answer? Limits on bodies, and the headers that keep a browser strict.

Plain ASGI, so that a page pays next to nothing for it. Content-Security-Policy level 3, RFC 9110; PAGE-1,
spec/reliability.md 5.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors {framed}"
)
BOARD = frozenset({"/desk", "/desk/board"})
PACKED_MIN = 1_000  # bytes; less is not worth it


def strict_headers(framed: str) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-security-policy", CONTENT_POLICY.format(framed=framed).encode()),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
        *([] if framed != "'none'" else [(b"x-frame-options", b"DENY")]),
    ]


PLAIN_HEADERS = strict_headers("'none'")

# Answers an error to the client in the form that fits its path: a page, or a problem document.
Complain = Callable[[Scope, int], ASGIApp]


class StrictHeaders:
    """Every answer says what a browser may do with it. Booking, to its end, may be framed by the operator's origins."""

    def __init__(self, app: ASGIApp, embedders: tuple[str, ...]) -> None:
        self.app = app
        self._framed = strict_headers(" ".join(embedders) or "'none'")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        strict = self._framed if _is_under(path, "/book") or _is_under(path, "/booked") else PLAIN_HEADERS

        async def send_strictly(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *strict]
            await send(message)

        await self.app(scope, receive, send_strictly)


class BodyLimit:
    """The body is read whole before anything looks at it: too large is 413, too slow is 408, and nothing was done.
    `bytes_max` says how much a path takes."""

    def __init__(self, app: ASGIApp, bytes_max: Callable[[str], int], seconds_max: float, complain: Complain) -> None:
        self.app = app
        self._bytes_max, self._seconds_max, self._complain = bytes_max, seconds_max, complain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._seconds_max):
                body = await _read(scope, receive, self._bytes_max(scope["path"]))
        except TimeoutError:
            await self._complain(scope, 408)(scope, receive, send)
            return
        except ClientDisconnect:
            return  # half a form is no form, and nobody is there to be told
        if body is None:
            await self._complain(scope, 413)(scope, receive, send)
            return
        await self.app(scope, _once(body, receive), send)


class HeadAsGet:
    """HEAD is GET without the body (RFC 9110 9.3.2), also where a route only names GET."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                if message.get("more_body", False):
                    return
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, send_head)


class Packed:
    """The day at the desk and the static files travel compressed (PAGE-7). Nothing else does: where a page holds what
    is private beside what the address asked for, its length would tell of it (the BREACH attack). The day takes a date
    and a name of the desk alone, and its signed press is another one each time."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._packing = GZipMiddleware(app, minimum_size=PACKED_MIN, compresslevel=6)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        packed = scope["type"] == "http" and (scope["path"] in BOARD or scope["path"].startswith("/static/"))
        await (self._packing if packed else self.app)(scope, receive, send)


async def _read(scope: Scope, receive: Receive, bytes_max: int) -> bytes | None:
    """The whole body; None once it is, or says it is, larger than `bytes_max`."""
    declared = next((v for k, v in scope["headers"] if k == b"content-length"), b"0")
    if declared.isdigit() and int(declared) > bytes_max:
        return None
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > bytes_max:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _once(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    """A `receive` that gives the body that was read, then whatever the server says next."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


def _is_under(path: str, root: str) -> bool:
    return path == root or path.startswith(root + "/")

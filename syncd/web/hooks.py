"""Who may call us? Vendors' webhooks under `/hooks/{id}`: the raw call goes in, the connector's answer goes out.

No page's guards apply: no form, no Origin, no cookie; the vendor's signature is checked by its connector. Its address
is the configured one, since that is what the vendor called and signed, whatever the request's Host says.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from syncd.ports.errors import SyncdError
from syncd.ports.hook import Call
from syncd.web.services import Services

ROOT = "/hooks/"
METHODS = ["GET", "POST"]
AGAIN_SECONDS = 30
"""When a vendor that asks may come again, where the store cannot write."""

SAID = {404: "nobody listens here", 405: "GET or POST", 408: "too slow", 413: "too large", 503: "not recorded"}
FAULT = "not taken"


def is_hook(path: str) -> bool:
    return path.startswith(ROOT)


def hook(services: Services) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of all hooks."""

    async def endpoint(request: Request) -> Response:
        body = await request.body() if request.method == "POST" else b""
        return await run_in_threadpool(_answer, services, request, body)

    return endpoint


def say(status: int) -> Response:
    """What a vendor is told when no connector answers it: a status, for their log a word, and nothing else."""
    headers = {"cache-control": "no-store"}
    if status == 503:
        headers["retry-after"] = str(AGAIN_SECONDS)
    return PlainTextResponse(SAID.get(status, FAULT) + "\n", status, headers)


def _answer(services: Services, request: Request, body: bytes) -> Response:
    call = Call(request.method, _address(services, request), _headers(request), body, services.clock.now())
    try:
        answer = services.receive(request.path_params["id"], call)
    except SyncdError:
        return say(503)
    if answer.status == 404 and not answer.body:
        return say(404)
    headers = {"cache-control": "no-store", "content-type": answer.content_type}
    return Response(answer.body, answer.status, headers)


def _address(services: Services, request: Request) -> str:
    """As it was sent, not as it is understood: a signature is over the very characters."""
    path = request.scope.get("raw_path") or request.url.path.encode()
    query = request.scope["query_string"]
    sent = path.partition(b"?")[0] + (b"?" + query if query else b"")
    return services.desk().base_url + sent.decode("latin-1")


def _headers(request: Request) -> dict[str, str]:
    """Names are lower-case already (ASGI); of a name that comes twice, all values, as RFC 9110 5.3 joins them."""
    found: dict[str, str] = {}
    for name, value in request.headers.items():
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found

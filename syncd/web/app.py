"""Who answers which address? The whole web application: pages, API, static files, health (PAGE-1 to PAGE-8).

Pages are plain Starlette routes of the FastAPI application; `/api/v1` uses FastAPI whole. Nothing is read or opened
here but our own static files: all that it stands on comes with the services.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Scope

from syncd import __version__
from syncd.ports.errors import SyncdError
from syncd.web import (
    api,
    attending,
    book,
    calendar_file,
    call_back,
    fees,
    hooks,
    links,
    manage,
    pay,
    questions,
    reinstate,
    rules,
)
from syncd.web.desk import desk_pages
from syncd.web.desk_board import Boards
from syncd.web.desk_live import Live
from syncd.web.guards import PLAIN_HEADERS, BodyLimit, HeadAsGet, Packed, StrictHeaders
from syncd.web.pages import Pages
from syncd.web.problems import BY_STATUS, ProblemRaised, from_validation, is_api, problem, with_problems
from syncd.web.services import Limits, Services
from syncd.web.throttle import Throttle
from syncd.web.visit import Handler, House, NotThere, Visit, page

log = structlog.get_logger(__name__)

GET, POST, BOTH = ["GET"], ["POST"], ["GET", "POST"]

PAGES: tuple[tuple[str, Handler, list[str]], ...] = (
    ("/", book.front, GET),
    ("/book", book.what, GET),
    ("/book/{type_id}", book.when, BOTH),
    ("/book/{type_id}/hold", book.hold, BOTH),
    ("/book/{type_id}/details", book.details, BOTH),
    ("/book/{type_id}/check", book.check, BOTH),
    ("/book/{type_id}/book", book.book, BOTH),
    ("/booked/{token}", manage.booked, GET),
    ("/s/{token}", manage.session_page, GET),
    ("/s/{token}/invite.ics", calendar_file.invite, GET),
    ("/s/{token}/cancel", manage.cancel, BOTH),
    ("/s/{token}/say", attending.say, POST),
    ("/s/{token}/room", attending.room, GET),
    ("/s/{token}/object", attending.object_to, POST),
    ("/s/{token}/reschedule", manage.reschedule, BOTH),
    ("/s/{token}/restore", manage.restore, BOTH),
    ("/q/{token}", questions.question_page, BOTH),
    ("/links", links.links, BOTH),
    ("/code", links.code, BOTH),
    ("/call-back", call_back.call_back, BOTH),
    ("/paying/{token}", pay.paying, GET),
    ("/paid/{token}", pay.paid, GET),
    ("/unpaid/{token}", pay.unpaid, BOTH),
    ("/reinstate/{token}", reinstate.reinstate, BOTH),
    ("/fees", fees.fees, GET),
    ("/rules", rules.rules, GET),
)

PLAIN = {
    405: ("This address does not take that", "Nothing was changed. Open the page again, and press there."),
    408: ("The form took too long to arrive", "Nothing was changed. Go back: what you typed is there. Press again."),
    413: ("This is more than one form can take", "Nothing was changed. Go back, shorten the text, and press again."),
    500: (
        "We could not finish this page",
        "We cannot say whether your press was recorded. Go back and press again: it counts once.",
    ),
}


def build_app(services: Services) -> FastAPI:
    """The application, ready to be served; more routes (`/metrics`) can be added to it. Raises Misconfigured for
    colours that cannot be read."""
    limits = services.limits
    house = House(
        services,
        Pages(services.look),
        codes=Throttle(limits.codes_per_network_max, limits.codes_total_max, limits.window),
        links=Throttle(limits.links_per_network_max, limits.links_total_max, limits.window),
        sign_ins=Throttle(limits.sign_ins_per_network_max, limits.sign_ins_total_max, limits.window),
        names=Throttle(limits.sign_ins_per_name_max, limits.sign_ins_total_max, limits.window),
    )
    app = FastAPI(
        title="syncd",
        version=__version__,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    boards = Boards()
    for path, handler, methods in (*PAGES, *desk_pages(boards)):
        app.add_route(path, page(house, handler), methods=methods, include_in_schema=False)
    app.add_route("/desk/live", Live(house, boards).endpoint, methods=GET, include_in_schema=False)
    app.add_route("/static/{digest}/{name}", _static(house), methods=GET, include_in_schema=False)
    app.add_route("/healthz", _health(house), methods=GET, include_in_schema=False)
    app.add_route(hooks.ROOT + "{id}", hooks.hook(services), methods=hooks.METHODS, include_in_schema=False)
    app.state.house = house
    app.router.routes.extend(api.routes())
    _describe(app)
    _complain(app, house)
    app.add_middleware(BodyLimit, _bytes_max(limits), limits.body_seconds_max, _complaint(house))
    app.add_middleware(Packed)
    app.add_middleware(HeadAsGet)
    app.add_middleware(StrictHeaders, services.embedders)
    return app


def _bytes_max(limits: Limits) -> Callable[[str], int]:
    return lambda path: limits.hook_bytes_max if hooks.is_hook(path) else limits.body_bytes_max


def _static(house: House) -> Callable[[Request], Awaitable[Response]]:
    async def static(request: Request) -> Response:
        found = house.pages.static(request.path_params["digest"], request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        return found

    return static


def _health(house: House) -> Callable[[Request], Response]:
    """Alive, and able to read its tables; says nothing about anyone."""

    def health(request: Request) -> Response:
        try:
            house.services.views.directory_counts()
        except SyncdError:
            return JSONResponse({"status": "unavailable"}, 503, {"cache-control": "no-store"})
        return JSONResponse({"status": "ok", "version": __version__}, headers={"cache-control": "no-store"})

    return health


def _describe(app: FastAPI) -> None:
    """The OpenAPI document, made when it is first asked for."""
    plain: Callable[[], dict[str, Any]] = app.openapi
    described: list[dict[str, Any]] = []

    def openapi() -> dict[str, Any]:
        if not described:
            described.append(with_problems(plain()))
        return described[0]

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend its document


def _complain(app: FastAPI, house: House) -> None:
    """Whatever ends a request early is answered in the form that fits its path: a page, a problem document, a word."""

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        answer = await run_in_threadpool(_say_status, house, request, error.status_code)
        answer.headers.update(error.headers or {})
        return answer

    async def on_problem(request: Request, error: Exception) -> Response:
        return problem(house.services.desk().base_url, _as_problem(error))

    async def on_fault(request: Request, error: Exception) -> Response:
        log.error("page.failed", route=getattr(request.scope.get("route"), "path", None), error=type(error).__name__)
        answer = await run_in_threadpool(_say_status, house, request, 500)
        answer.raw_headers.extend(PLAIN_HEADERS)
        return answer

    app.add_exception_handler(HTTPException, on_http)
    for kind in (RequestValidationError, ProblemRaised, NotThere, SyncdError):
        app.add_exception_handler(kind, on_problem)
    app.add_exception_handler(Exception, on_fault)


def _as_problem(error: Exception) -> ProblemRaised:
    if isinstance(error, ProblemRaised):
        return error
    if isinstance(error, RequestValidationError):
        return from_validation(error)
    if isinstance(error, NotThere):
        return ProblemRaised("not-found")
    return ProblemRaised("not-recorded", headers={"retry-after": "10"})


def _complaint(house: House) -> Callable[[Scope, int], ASGIApp]:
    def complain(scope: Scope, status: int) -> ASGIApp:
        return _say_status(house, Request(scope), status)

    return complain


def _say_status(house: House, request: Request, status: int) -> Response:
    if hooks.is_hook(request.url.path):
        return hooks.say(status)
    if is_api(request.url.path):
        return problem(house.services.desk().base_url, ProblemRaised(BY_STATUS.get(status, "unfinished")))
    visit = Visit.of(house, request, {}, {})
    if status == 404:
        return visit.show("problem_missing.html", 404)
    title, means = PLAIN.get(status, PLAIN[500])
    return visit.show("problem_plain.html", status, title=title, means=means)

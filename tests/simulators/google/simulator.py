"""One Google to talk to: routes requests to the token endpoint and to the API's methods, checks both ways, counts."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.simulators.google import description
from tests.simulators.google.description import Method, Unfit
from tests.simulators.google.faults import Faults
from tests.simulators.google.methods import Methods
from tests.simulators.google.server import Request, Response, Server, http_date, json_response
from tests.simulators.google.signin import SignIn, TokenError
from tests.simulators.google.state import ApiError, State

BASE = "/calendar/v3/"
TOKEN = "/token"


class GoogleSimulator:
    """The server stays, what it holds is made anew by `reset`."""

    def __init__(self, clock: Callable[[], datetime], tls: ssl.SSLContext | None = None) -> None:
        self._clock = clock
        self.reset()
        self.trap = Server(lambda _: Response(500))
        self.server = Server(self._answer, tls)

    def reset(self) -> None:
        self.state = State(self._clock)
        self.faults = Faults()
        self.methods = Methods(self.state, self.faults)
        self.sign_in = SignIn(self._clock, self.state.people)
        self.requests: list[str] = []  # ids of methods, or what was asked for instead
        self.unfit: list[str] = []  # requests and answers that the description does not allow
        self._stalled = threading.Event()

    def heal(self) -> None:
        """Every fault off."""
        self.server.up()
        self._stalled.set()
        self._stalled = threading.Event()
        self.faults = Faults()
        self.methods.faults = self.faults
        self.state.skew = self.state.skew * 0

    def stop(self) -> None:
        self._stalled.set()
        self.server.stop()
        self.trap.stop()

    @property
    def endpoint(self) -> str:
        return self.server.origin + BASE

    @property
    def token_uri(self) -> str:
        return self.server.origin + TOKEN

    @property
    def host(self) -> str:
        return urlsplit(self.server.origin).netloc

    # -- answering -------------------------------------------------------------------------------------------------

    def _answer(self, request: Request) -> Response:
        parts = urlsplit(request.target)
        if parts.path == TOKEN:
            return self._token(request)
        verb = request.headers.get("x-http-method-override", request.verb)
        found = description.find(verb, parts.path.removeprefix(BASE)) if parts.path.startswith(BASE) else None
        if found is None:
            self.unfit.append(f"{verb} {parts.path}")
            return self._error(ApiError(404, "notFound", "no such method"))
        method, path = found
        query = parse_qs(request.body.decode() if verb != request.verb else parts.query, keep_blank_values=True)
        query |= {name: [value] for name, value in path.items()}
        with self.state.lock:
            self.requests.append(method.id)
            return self._faulty(request, method, query)

    def _faulty(self, request: Request, method: Method, query: dict[str, list[str]]) -> Response:
        write = method.verb != "GET" and method.id not in ("calendar.freebusy.query", "calendar.channels.stop")
        if self.faults.elsewhere is not None:
            return self._headed(Response(302, b"", {"Location": self.faults.elsewhere}))
        if self.faults.stalls:
            return Response(200, stall=self._stalled)
        refusal = self.faults.next_refusal(write)
        if refusal is not None:
            more = {} if refusal.retry_after is None else {"Retry-After": refusal.retry_after}
            if refusal.raw is not None:
                return self._headed(Response(refusal.status, refusal.raw, more))
            return self._error(ApiError(refusal.status, refusal.reason, headers=more))
        try:
            body = self._fitting(request, method, query)
        except ApiError as error:
            return self._error(error)
        if write and self.faults.drops_write_answers > 0:
            self.faults.drops_write_answers -= 1
            return Response(200, drop=not self.faults.drops_politely, close=self.faults.drops_politely)
        if body is None:
            return self._headed(Response(204))
        raw = self.faults.body(body)
        knobs = self.faults
        headers = {"Content-Type": "application/json"}
        return self._headed(Response(200, raw, headers, cut=knobs.breaks_answers, plain=not knobs.compresses))

    def _fitting(self, request: Request, method: Method, query: dict[str, list[str]]) -> Any:
        """Check, do, check the answer."""
        grant = self.sign_in.who(request.headers.get("authorization", ""))
        if grant is None:
            raise ApiError(401, "authError", "Invalid Credentials")
        try:
            asked = description.check_parameters(method, query)
            given = None
            if method.request is not None:
                given = json.loads(request.body)
                description.check_body(method.request, given, patch=method.verb == "PATCH")
            elif request.body and request.verb == method.verb:
                raise Unfit(f"{method.id} takes no body")
        except (Unfit, ValueError) as error:
            self.unfit.append(str(error))
            raise ApiError(400, "badRequest", str(error)) from None
        if not grant.scopes & method.scopes:
            raise ApiError(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
        body = self.methods.call(method.id, grant.user, asked, given, request.headers.get("if-match"))
        if (body is None) != (method.response is None):
            self.unfit.append(f"{method.id} answers with {body}")
        if body is not None and method.response is not None:
            try:
                description.check_body(method.response, body)
            except Unfit as error:
                self.unfit.append(f"answer of {method.id}: {error}")
        return body

    def _token(self, request: Request) -> Response:
        with self.state.lock:
            if self.sign_in.elsewhere is not None:
                return self._headed(Response(302, b"", {"Location": self.sign_in.elsewhere}))
            try:
                if request.verb != "POST":
                    raise TokenError("invalid_request", "only POST", 405)
                form = parse_qs(request.body.decode(), keep_blank_values=True)
                body = self.sign_in.token(form, request.headers.get("authorization", ""))
            except TokenError as error:
                return self._headed(json_response(error.status, error.body))
            response = json_response(200, body)
            if self.sign_in.cut:
                response = Response(200, response.body[: len(response.body) // 2], response.headers)
            return self._headed(response)

    def _error(self, error: ApiError) -> Response:
        reason = error.reason or _REASONS.get(error.status, "backendError")
        listed = [{"domain": "global", "reason": reason, "message": error.message}]
        body = {"error": {"errors": listed, "code": error.status, "message": error.message}}
        return self._headed(json_response(error.status, body, error.headers))

    def _headed(self, response: Response) -> Response:
        headers = {"Date": http_date(self.state.now()), **response.headers}
        return replace(response, headers=headers)


_REASONS = {400: "badRequest", 401: "authError", 403: "forbidden", 404: "notFound", 429: "rateLimitExceeded"}

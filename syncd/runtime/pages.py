"""What do the pages stand on, and what stands beside them? The web application with its services, and /metrics."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from syncd.engine.hooks import Hooks
from syncd.ports.accounts import SignOn
from syncd.ports.errors import Misconfigured, Unavailable
from syncd.ports.hook import Answer, Call
from syncd.runtime.bootstrap import System
from syncd.runtime.metrics import Metrics
from syncd.runtime.passwords import Argon2Passwords
from syncd.web.app import build_app
from syncd.web.services import Access, Limits, Look, Services

NOT_RECORDED = "not-recorded"
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def pages_of(
    system: System,
    metrics: Metrics,
    sample_mailbox: Path | None = None,
    ending: Callable[[], bool] = lambda: False,
) -> ASGIApp:
    """Everything that is served on the web port. `sample_mailbox`: the Maildir of a sample desk (--demo). `ending`: is
    the server about to stop? Raises Misconfigured (colours, the identity provider)."""
    routes: list[BaseRoute] = [Route("/metrics", _metrics_of(metrics))]
    if sample_mailbox is not None:
        from syncd.runtime.demo.mailbox import mailbox_app  # trying out only

        routes += [
            Route("/mailbox", lambda request: RedirectResponse("/mailbox/", 308)),
            Mount("/mailbox", mailbox_app(sample_mailbox, sample_mailbox.parent / "texts", system.clock.now)),
        ]
    return Starlette(routes=[*routes, Mount("/", build_app(_services(system, metrics, ending)))])


def _services(system: System, metrics: Metrics, ending: Callable[[], bool]) -> Services:
    web, login, in_force = system.configuration.settings.web, system.configuration.settings.login, system.in_force
    return Services(
        door=system.door,
        views=system.store.views,
        keys=system.keys,
        clock=system.clock,
        desk=lambda: in_force.desk,
        terms=lambda: in_force.terms,
        limits=Limits(
            codes_per_network_max=web.codes_per_network_max,
            codes_total_max=web.codes_total_max,
            links_per_network_max=web.links_per_network_max,
            links_total_max=web.links_total_max,
            sign_ins_per_network_max=login.failures_per_network_max,
            sign_ins_per_name_max=login.failures_per_name_max,
            sign_ins_total_max=login.failures_total_max,
            window=web.window,
        ),
        look=Look(accent=web.accent, accent_dark=web.accent_dark),
        embedders=web.embedded_by,
        receive=receiver(system.hooks, metrics),
        access=Access(
            accounts=system.store.accounts,
            passwords=Argon2Passwords(),
            sign_on=_sign_on(system),
            local=login.local,
            idle=login.idle,
            total=login.total,
        ),
        ending=ending,
        ways=lambda: system.engine.actor.ways,
    )


def _sign_on(system: System) -> SignOn | None:
    login = system.configuration.settings.login
    if not login.issuer:
        return None
    if not login.client_id:
        raise Misconfigured("login.issuer is set, and login.client_id is not", hint="the provider names it")
    from syncd.runtime.sign_on import OpenIdConnect  # imported only where it is used

    secret = system.configuration.credentials.read(login.credential).reveal() if login.credential else ""
    return OpenIdConnect(login.issuer, login.client_id, secret, login.claim, login.label, system.clock)


def receiver(hooks: Hooks, metrics: Metrics) -> Callable[[str, Call], Answer]:
    """Every call is counted by what became of it, never by what it said."""

    def receive(hook_id: str, call: Call) -> Answer:
        try:
            answer, fate = hooks.receive(hook_id, call)
        except Unavailable:
            metrics.calls.labels(NOT_RECORDED).inc()
            raise
        metrics.calls.labels(fate).inc()
        return answer

    return receive


def _metrics_of(metrics: Metrics) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        return Response(metrics.text(), media_type=METRICS_TYPE)

    return answer

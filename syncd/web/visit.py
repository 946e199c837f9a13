"""What does one request ask? A Visit: all that a page's handler may look at, read once and checked.

Handlers are plain functions from a Visit to an answer and run in the server's threads; only the reading of the request
is asynchronous. GET shows, POST acts, then redirects (PAGE-4).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from urllib.parse import parse_qsl, urlencode, urlsplit
from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from syncd.domain.desk import Desk
from syncd.messages import catalogue
from syncd.messages.when import When
from syncd.ports.errors import SyncdError
from syncd.web.pages import Pages
from syncd.web.places import zone_of
from syncd.web.services import Services
from syncd.web.throttle import Throttle, network_of

FIELDS_MAX = 64
LOCALE_CHARS_MAX = 64
FORM_TYPE = "application/x-www-form-urlencoded"


class NotThere(Exception):
    """One 404 for what is unknown, broken or revoked."""


class Foreign(Exception):
    """A form that was sent from another site's page, or not signed by us: 403."""


class Unreadable(Exception):
    """A body that is no form: 422."""


@dataclass(frozen=True)
class House:
    """What all visits share: the services, the compiled pages, and the counters."""

    services: Services
    pages: Pages
    codes: Throttle
    links: Throttle
    sign_ins: Throttle
    names: Throttle


@dataclass(frozen=True)
class Visit:
    house: House
    path: Mapping[str, str]
    here: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    network: str
    accepted: str
    now: datetime
    posted: bool = False
    usual_zone: str = ""
    usual_locale: str = ""
    cookies: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def of(house: House, request: Request, form: Mapping[str, str], path: Mapping[str, str] | None = None) -> Visit:
        return Visit(
            house=house,
            path=request.path_params if path is None else path,
            here=request.url.path,
            query=request.query_params,
            form=form,
            network=network_of(request.client.host if request.client else None),
            accepted=request.headers.get("accept-language", ""),
            now=house.services.clock.now(),
            posted=request.method == "POST",
            cookies=request.cookies,
        )

    @property
    def services(self) -> Services:
        return self.house.services

    @cached_property
    def desk(self) -> Desk:
        return self.services.desk()

    @cached_property
    def zone(self) -> str:
        """The zone that the visitor chose; until then their booking's, else the desk's (N4)."""
        return self.chosen_zone or self.usual_zone or self.desk.zone

    @property
    def chosen_zone(self) -> str | None:
        """None for a name that is no zone, too: a link with a mistyped one still works."""
        asked = self.form.get("zone") or self.query.get("zone", "")
        return asked if zone_of(asked) else None

    @cached_property
    def when(self) -> When:
        return When(catalogue.locale(self.usual_locale or locale_of(self.accepted)), ZoneInfo(self.zone))

    @property
    def mail_locale(self) -> str:
        return mail_locale_of(self.accepted, self.desk.locale)

    @property
    def today(self) -> date:
        return self.when.local(self.now).date()

    @property
    def desk_day(self) -> date:
        """By which the desk's fees and releases are in force, wherever the visitor is (E8)."""
        return self.desk.day_of(self.now)

    def in_zone(self, zone: str) -> Visit:
        """The same visit with its times in that zone, unless the visitor chose one."""
        return replace(self, usual_zone=zone)

    def in_language(self, tag: str) -> Visit:
        """The same visit in the language of its booking, which was chosen when it was made (PAGE-5)."""
        return replace(self, usual_locale=tag)

    def show(self, template: str, status: int = 200, **values: object) -> Response:
        return self.house.pages.answer(template, self, status, values)


Handler = Callable[[Visit], Response]


def page(house: House, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint for a handler."""

    async def endpoint(request: Request) -> Response:
        body = await request.body() if request.method == "POST" else b""
        return await run_in_threadpool(_answer, house, handler, request, body)

    return endpoint


def _answer(house: House, handler: Handler, request: Request, body: bytes) -> Response:
    def posted(_: Visit) -> Response:
        if _is_foreign(request, visit.desk):
            raise Foreign
        form = read_form(request.headers.get("content-type", ""), body)
        return answered(Visit.of(house, request, form), handler)

    visit = Visit.of(house, request, {})
    return answered(visit, posted if visit.posted else handler)


def answered(visit: Visit, handler: Handler) -> Response:
    """What the handler makes of it; in the visit's own language, too, where it cannot be done."""
    try:
        return handler(visit)
    except NotThere:
        return visit.show("problem_missing.html", 404)
    except Foreign:
        return visit.show("problem_foreign.html", 403)
    except Unreadable:
        return visit.show("problem_unreadable.html", 422)
    except SyncdError:
        return not_recorded(visit)


def not_recorded(visit: Visit) -> Response:
    """The store cannot write, or something that we need did not answer: nothing typed is lost, and the same press can
    be sent again (REL-5)."""
    answer = visit.show("problem_not_recorded.html", 503)
    answer.headers["retry-after"] = "10"
    return answer


def see(path: str, **query: str | None) -> Response:
    """After an act: look there (303)."""
    return RedirectResponse(link(path, **query), 303, {"cache-control": "no-store"})


def link(path: str, **query: str | None) -> str:
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def read_form(content_type: str, body: bytes) -> Mapping[str, str]:
    """The fields of a form as a browser sends them (UTF-8); the last of a name counts."""
    if content_type.partition(";")[0].strip().lower() != FORM_TYPE:
        raise Unreadable
    try:
        text = body.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX)
    except ValueError:
        raise Unreadable from None
    return MappingProxyType(dict(pairs))


def locale_of(accepted: str) -> str:
    """The language of a page that belongs to no booking: English, with the territory (12 or 24 hours) of readers whose
    own language it is."""
    first = next(_tags(accepted), "en")
    return first if first.startswith("en-") else "en"


def mail_locale_of(accepted: str, usual: str) -> str:
    """The language of the mails about a booking: the reader's first that we write, else the desk's."""
    written = catalogue.available()
    return next((tag for tag in _tags(accepted) if tag in written or tag.partition("-")[0] in written), usual)


def _tags(accepted: str) -> Iterator[str]:
    """Language tags by preference as a browser lists them, `de` or `de-AT`; all else is left out."""
    for each in accepted[:LOCALE_CHARS_MAX].split(","):
        language, _, territory = each.partition(";")[0].strip().partition("-")
        if len(language) == 2 and language.isascii() and language.isalpha():
            known = len(territory) == 2 and territory.isascii() and territory.isalpha()
            yield f"{language.lower()}-{territory.upper()}" if known else language.lower()


def _is_foreign(request: Request, desk: Desk) -> bool:
    """Did another site's page send this? Browsers say so by Sec-Fetch-Site; older ones by Origin, which is `null` under
    our own Referrer-Policy and then proves nothing: what remains is the signed token in the form."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin", "null")
    ours = (request.headers.get("host"), urlsplit(desk.base_url).netloc)
    return origin != "null" and urlsplit(origin).netloc not in ours

"""How does one get the links back, or a forgotten code? By mail to the address on file, with one answer for any
address (B5, E9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from starlette.background import BackgroundTask
from starlette.responses import Response

from syncd.engine.door import Door
from syncd.ports.errors import SyncdError
from syncd.web.forms import Inspection
from syncd.web.refusals import too_many
from syncd.web.services import Services
from syncd.web.tokens import new_press, open_press
from syncd.web.visit import Foreign, Visit, see

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """What can be asked for: its path, the names of its two pages, and what is done with the address."""

    path: str
    form: str
    sent: str
    send: Callable[[Door, str, str], None]


LINKS = Wish("/links", "links.html", "links_sent.html", Door.send_links)
CODE = Wish("/code", "code.html", "code_sent.html", Door.send_code)


def links(visit: Visit) -> Response:
    return _asked(visit, LINKS)


def code(visit: Visit) -> Response:
    return _asked(visit, CODE)


def _asked(visit: Visit, wish: Wish) -> Response:
    """The answer goes out before anything is looked up: neither its words nor its time tell whether an address is on
    file. What then cannot be recorded is logged; the page says to ask again if no mail comes."""
    if not visit.posted:
        return _form(visit, wish) if "asked" not in visit.query else visit.show(wish.sent)
    press = open_press(visit.services.keys, visit.form.get("press", ""), wish.path, "")
    if press is None:
        raise Foreign
    found = Inspection()
    email = found.address("email", visit.form.get("email", ""))
    if found.mistakes:
        return _form(visit, wish, 422, typed=visit.form.get("email", ""), mistakes=found.mistakes)
    closed = visit.house.links.closed_until(visit.network, visit.now)
    if closed is not None:
        return too_many(visit, closed)
    visit.house.links.mark(visit.network, visit.now)
    answer = see(wish.path, asked="yes")
    answer.background = BackgroundTask(_send, visit.services, wish, email, press)
    return answer


def _form(visit: Visit, wish: Wish, status: int = 200, typed: str = "", mistakes: object = ()) -> Response:
    press = new_press(visit.services.keys, wish.path, "")
    return visit.show(wish.form, status, press=press, typed=typed, mistakes=mistakes)


def _send(services: Services, wish: Wish, email: str, press: str) -> None:
    try:
        wish.send(services.door, email, press)
    except SyncdError as error:
        log.warning("links.not_recorded", wish=wish.path, error=type(error).__name__, hint=error.hint)

"""How does one get the links back? By mail to the address on file, with one answer for any address (B5)."""

from __future__ import annotations

import structlog
from starlette.background import BackgroundTask
from starlette.responses import Response

from syncd.ports.errors import SyncdError
from syncd.web.forms import Inspection
from syncd.web.refusals import too_many
from syncd.web.services import Services
from syncd.web.tokens import new_press, open_press
from syncd.web.visit import Foreign, Visit, see

log = structlog.get_logger(__name__)


def links(visit: Visit) -> Response:
    """The answer goes out before anything is looked up: neither its words nor its time tell whether an address is on
    file. What then cannot be recorded is logged; the page says to ask again if no mail comes."""
    if not visit.posted:
        return _form(visit) if "asked" not in visit.query else visit.show("links_sent.html")
    press = open_press(visit.services.keys, visit.form.get("press", ""), "links", "")
    if press is None:
        raise Foreign
    found = Inspection()
    email = found.address("email", visit.form.get("email", ""))
    if found.mistakes:
        return _form(visit, 422, typed=visit.form.get("email", ""), mistakes=found.mistakes)
    closed = visit.house.links.closed_until(visit.network, visit.now)
    if closed is not None:
        return too_many(visit, closed)
    visit.house.links.mark(visit.network, visit.now)
    answer = see("/links", asked="yes")
    answer.background = BackgroundTask(_send, visit.services, email, press)
    return answer


def _form(visit: Visit, status: int = 200, typed: str = "", mistakes: object = ()) -> Response:
    press = new_press(visit.services.keys, "links", "")
    return visit.show("links.html", status, press=press, typed=typed, mistakes=mistakes)


def _send(services: Services, email: str, press: str) -> None:
    try:
        services.door.send_links(email, press)
    except SyncdError as error:
        log.warning("links.not_recorded", error=type(error).__name__, hint=error.hint)

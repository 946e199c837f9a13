"""Who sits at the desk? The signed-in person of a request, and what guards every desk page (spec/reliability.md 5).

A sign-in is a random id in a cookie; we keep its digest alone. Every form carries a press that is signed for its act,
its subject and this very sign-in, so that no other page, and nobody else's form, can send it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from hashlib import sha256
from urllib.parse import urlencode, urlsplit

from starlette.responses import RedirectResponse, Response

from syncd.domain.accounts import DeskSession, Role, User
from syncd.domain.people import StaffMember
from syncd.domain.session import Session
from syncd.engine.desk import DeskDoor
from syncd.ports.views import Views
from syncd.web.services import Access
from syncd.web.tokens import new_press, open_press
from syncd.web.visit import Foreign, NotThere, Visit

SEEN_EVERY = timedelta(minutes=1)
COOKIE_MAX = 100
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SIGN_IN = "/desk/sign-in"


@dataclass(frozen=True)
class AtDesk:
    """`visit` shows times in the zone of the person. `member`: which member of the desk they are; None for one who
    holds no sessions, and for one who is no longer configured."""

    visit: Visit
    user: User
    member: StaffMember | None
    signed_in: DeskSession

    @property
    def views(self) -> Views:
        return self.visit.services.views

    @property
    def door(self) -> DeskDoor:
        return self.visit.services.desk_door

    @property
    def by(self) -> str:
        """By what name decisions remember this person."""
        return self.user.staff_id or self.user.name

    @property
    def name(self) -> str:
        return self.member.name if self.member else self.user.name

    @cached_property
    def is_lead(self) -> bool:
        """By the role of the sign-in alone. `lead` in the configuration says whom syncd writes to."""
        return self.user.role is Role.LEAD

    @property
    def runs_syncd(self) -> bool:
        return self.user.role in (Role.LEAD, Role.OPERATOR)

    def may_speak_for(self, session: Session) -> bool:
        """Attest and decide: one's own sessions, and a lead everybody's (A10)."""
        return self.member is not None and (self.is_lead or session.staff_id == self.member.id)

    def press(self, act: str, subject: str = "") -> str:
        return new_press(self.visit.services.keys, act, self._bound(subject))

    def pressed(self, act: str, subject: str = "") -> str:
        """The id of the press that came with the form; Foreign where it was not signed for this act, subject and
        sign-in."""
        press = open_press(self.visit.services.keys, self.visit.form.get("press", ""), act, self._bound(subject))
        if press is None:
            raise Foreign
        return press

    def show(self, template: str, status: int = 200, **values: object) -> Response:
        return self.visit.show(template, status, at=self, **values)

    def _bound(self, subject: str) -> str:
        return f"{subject} {self.signed_in.digest[:32]}"


class _LeadsOnly:
    title = "This takes a lead"
    means = "Ask one of the leads of the desk. Nothing was changed."


LEADS_ONLY = _LeadsOnly()


DeskHandler = Callable[[AtDesk], Response]


def signed_in(handler: DeskHandler) -> Callable[[Visit], Response]:
    """The desk page for a handler: nobody who is not signed in gets further than the sign-in page; a form that was sent
    after the sign-in had ended does nothing, and the page to go on from is offered."""

    def page(visit: Visit) -> Response:
        access_of(visit)
        at = whoever(visit)
        if at is not None:
            return handler(at)
        wanted = "" if visit.posted else visit.here + (f"?{urlencode(visit.query)}" if visit.query else "")
        query = f"?{urlencode({'next': wanted})}" if wanted not in ("", "/desk") else ""
        return RedirectResponse(SIGN_IN + query, 303, {"cache-control": "no-store"})

    return page


def whoever(visit: Visit) -> AtDesk | None:
    """The person whose cookie it is, while their sign-in stands."""
    access = access_of(visit)
    value = visit.cookies.get(cookie_name(visit), "")
    if not 0 < len(value) <= COOKIE_MAX:
        return None
    found = access.accounts.session(digest_of(value))
    if found is None:
        return None
    user, session = found
    if not session.stands_at(visit.now, access.idle, access.total):
        access.accounts.close(session.digest)
        return None
    if visit.now - session.seen_at >= SEEN_EVERY:
        access.accounts.seen(session.digest, visit.now)
    member = visit.desk.member(user.staff_id) if user.staff_id else None
    return AtDesk(visit.in_zone(member.zone if member else visit.desk.zone), user, member, session)


def access_of(visit: Visit) -> Access:
    """Raises NotThere where there is no desk."""
    access = visit.services.access
    if access is None:
        raise NotThere
    return access


def digest_of(value: str) -> str:
    return sha256(value.encode()).hexdigest()


def is_secure(visit: Visit) -> bool:
    return visit.desk.base_url.startswith("https://")


def is_loopback(visit: Visit) -> bool:
    return urlsplit(visit.desk.base_url).hostname in LOOPBACK


def cookie_name(visit: Visit) -> str:
    """`__Host-` binds it to this host and to https (RFC 6265bis 4.1.3.2); on plain http a browser would refuse it."""
    return "__Host-syncd-desk" if is_secure(visit) else "syncd-desk"

"""How does one come in to the desk? By a local password, or by the identity provider; and how does one leave?

A new id at every sign-in (no fixation), the same work and the same words for unknown names and wrong passwords, limits
by network and by name. What comes back from the provider is checked against what this browser was sent off with.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import replace

import structlog
from starlette.responses import Response

from syncd.domain.accounts import DeskSession, User, sign_in_name
from syncd.ports.accounts import Identity, Journey
from syncd.ports.errors import SyncdError
from syncd.web.desk_person import (
    SIGN_IN,
    AtDesk,
    access_of,
    cookie_name,
    digest_of,
    is_loopback,
    is_secure,
    whoever,
)
from syncd.web.refusals import too_many
from syncd.web.tokens import TOKEN_CHARS_MAX, new_press, open_press
from syncd.web.visit import Foreign, NotThere, Visit, see

NAME_MAX = 100
ID_BYTES = 32
AWAY_SECONDS_MAX = 600
LOCAL = re.compile(r"/desk(/[A-Za-z0-9/_.~-]*)?(\?[A-Za-z0-9=&_.~%+:-]*)?")

log = structlog.get_logger(__name__)


def sign_in(visit: Visit) -> Response:
    access = access_of(visit)
    if not visit.posted:
        return see(_next(visit)) if whoever(visit) else _form(visit)
    if open_press(visit.services.keys, visit.form.get("press", ""), "sign-in", "") is None:
        raise Foreign
    if not access.local or not _can_be_kept(visit):
        raise NotThere
    typed, password = visit.form.get("name", ""), visit.form.get("password", "")
    name = sign_in_name(typed)[:NAME_MAX]
    house, counted = visit.house, visit.services.keys.digest("sign-in", name)
    waits = [house.sign_ins.closed_until(visit.network, visit.now), house.names.closed_until(counted, visit.now)]
    closed = max((until for until in waits if until is not None), default=None)
    if closed is not None:
        return too_many(visit, closed)
    user = access.accounts.user(name)
    if not access.passwords.check(user.hash if user else "", password) or user is None:
        house.sign_ins.mark(visit.network, visit.now)
        house.names.mark(counted, visit.now)
        return _form(visit, 403, typed=typed[:NAME_MAX], mistake="This name and password do not belong together.")
    return _let_in(visit, user, see(_next(visit)))


def sign_out(at: AtDesk) -> Response:
    if not at.visit.posted:
        return at.show("desk_sign_out.html", press=at.press("sign-out"))
    at.pressed("sign-out")
    access_of(at.visit).accounts.close(at.signed_in.digest)
    answer = see(SIGN_IN)
    answer.delete_cookie(cookie_name(at.visit), path="/", secure=is_secure(at.visit), httponly=True, samesite="strict")
    return answer


# -- by the identity provider ------------------------------------------------------------------------------------------


def depart(visit: Visit) -> Response:
    """POST: off to the provider; what must come back stays in this browser alone, signed."""
    access = access_of(visit)
    if open_press(visit.services.keys, visit.form.get("press", ""), "sign-in", "") is None:
        raise Foreign
    if access.sign_on is None or not _can_be_kept(visit):
        raise NotThere
    try:
        journey = access.sign_on.depart(_arrival(visit))
    except SyncdError as error:
        return _not_vouched(visit, error)
    # A page, not a redirect: `form-action 'self'` rightly holds for where a form ends up, too.
    answer = visit.show("desk_depart.html", journey=journey, label=access.sign_on.label)
    kept = visit.services.keys.sign("journey", journey.state, journey.nonce, journey.verifier, _next(visit))
    answer.set_cookie(
        _journey_cookie(visit), kept, AWAY_SECONDS_MAX, path="/", secure=is_secure(visit), httponly=True, samesite="lax"
    )
    return answer


def arrive(visit: Visit) -> Response:
    """Back from the provider. The desk's own cookie is strict, so that a page of ours leads on and not a redirect of a
    journey that began elsewhere."""
    access = access_of(visit)
    kept = visit.cookies.get(_journey_cookie(visit), "")
    parts = visit.services.keys.open("journey", kept) if 0 < len(kept) <= 2 * TOKEN_CHARS_MAX else None
    if access.sign_on is None or parts is None or len(parts) != 4:
        raise NotThere
    state, nonce, verifier, wanted = parts
    try:
        identity = access.sign_on.arrive(visit.query, Journey("", state, nonce, verifier), _arrival(visit))
    except SyncdError as error:
        return _not_vouched(visit, error)
    user = _known(visit, identity)
    if user is None:
        log.warning("sign_in.unknown", subject=visit.services.keys.digest("sign-on", identity.subject))
        return _form(visit, 403, mistake="You are signed in there, but nobody of that name has access to this desk.")
    answer = _let_in(visit, user, visit.show("desk_arrived.html", wanted=wanted or "/desk"))
    answer.delete_cookie(_journey_cookie(visit), path="/", secure=is_secure(visit), httponly=True, samesite="lax")
    return answer


def _known(visit: Visit, identity: Identity) -> User | None:
    """By subject; at the first time by name, and from then on by that subject alone, whatever the name becomes."""
    accounts = access_of(visit).accounts
    known = accounts.user_of_subject(identity.subject)
    if known is not None or not identity.name:
        return known
    named = accounts.user(sign_in_name(identity.name))
    if named is None or named.subject:
        return None
    named = replace(named, subject=identity.subject)
    accounts.keep(named)
    return named


def _arrival(visit: Visit) -> str:
    return f"{visit.desk.base_url}/desk/sign-on"


def _journey_cookie(visit: Visit) -> str:
    return f"{cookie_name(visit)}-away"


def _not_vouched(visit: Visit, error: SyncdError) -> Response:
    log.warning("sign_in.refused", error=str(error), hint=error.hint)
    return _form(visit, 502, mistake="The identity provider did not vouch for you. Nothing was changed; try again.")


# -- inside ------------------------------------------------------------------------------------------------------------


def _let_in(visit: Visit, user: User, answer: Response) -> Response:
    """Under a new id; the sign-in that this browser had before ends."""
    access = access_of(visit)
    before = visit.cookies.get(cookie_name(visit))
    if before:
        access.accounts.close(digest_of(before))
    value = secrets.token_urlsafe(ID_BYTES)
    access.accounts.open(DeskSession(digest_of(value), user.name, visit.now, visit.now))
    answer.set_cookie(
        cookie_name(visit),
        value,
        int(access.total.total_seconds()),
        path="/",
        secure=is_secure(visit),
        httponly=True,
        samesite="strict",
    )
    return answer


def _form(visit: Visit, status: int = 200, typed: str = "", mistake: str = "") -> Response:
    access = access_of(visit)
    return visit.show(
        "desk_sign_in.html",
        status,
        press=new_press(visit.services.keys, "sign-in", ""),
        typed=typed,
        mistake=mistake,
        next=_next(visit),
        local=access.local,
        provider=access.sign_on.label if access.sign_on else "",
        can_be_kept=_can_be_kept(visit),
    )


def _can_be_kept(visit: Visit) -> bool:
    """On plain http anyone on the way could read the cookie: only this machine itself is spared."""
    return is_secure(visit) or is_loopback(visit)


def _next(visit: Visit) -> str:
    """Where to go on: a page of the desk, and nothing that could be read as another site."""
    wanted = visit.form.get("next") or visit.query.get("next", "")
    return wanted if LOCAL.fullmatch(wanted) and "//" not in wanted and not wanted.startswith(SIGN_IN) else "/desk"

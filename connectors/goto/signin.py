"""How does an organizer let syncd in, and how does it stay in? OAuth's code flow, then refreshing (RFC 6749 4.1, 6).

GoTo sends a new refresh token only when the old one nears its end; it is kept at once, since the old one may be void.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from hmac import compare_digest
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from connectors.goto import Settings
from syncd.https import Https
from syncd.ports.clock import Clock
from syncd.ports.connector import Operator, Tools
from syncd.ports.errors import Misconfigured, Retryable

SCOPE = "collab:"
ADDRESS_MAX = 8_000
RENEW_BEFORE_SECONDS = 300
_CONNECT = "sign in anew with `syncd connect`"


def granted(settings: Settings, tools: Tools, operator: Operator) -> str:
    """The text to store after a sign-in. Raises Misconfigured: refused, or another sign-in's answer; Retryable."""
    state = tools.keys.digest("goto sign-in", tools.clock.now().isoformat())
    asked = {
        "client_id": settings.client_id,
        "response_type": "code",
        "redirect_uri": settings.redirect_uri,
        "scope": SCOPE,
        "state": state,
    }
    came_back = operator.opens(f"{settings.oauth}/authorize?{urlencode(asked)}")
    given = {name: values[0] for name, values in parse_qs(urlsplit(came_back[:ADDRESS_MAX]).query).items()}
    if not compare_digest(given.get("state", "").encode(), state.encode()):
        raise Misconfigured("the address belongs to another sign-in", hint="copy the whole address of the browser")
    if "code" not in given:
        raise Misconfigured(f"GoTo answered {given.get('error', 'nothing')[:60]}", hint="sign in again, and allow it")
    https = wire(settings, tools)
    form = {"grant_type": "authorization_code", "code": given["code"], "redirect_uri": settings.redirect_uri}
    body = _token(https, settings, tools.credential, form)
    if not isinstance(body.get("refresh_token"), str):
        raise Misconfigured("GoTo gave no refresh token", hint="sign in again; the client needs the code flow")
    return json.dumps({"refresh_token": body["refresh_token"], "granted_at": tools.clock.now().isoformat()}, indent=2)


def wire(settings: Settings, tools: Tools) -> Https:
    """The way to GoTo's two hosts."""
    return Https(
        "`api` and `oauth`", settings.ca_file, settings.timeout_seconds, tools.clock, accept="application/json"
    )


class SignIn:
    """The account's access tokens, kept until they lapse; may be used by several threads."""

    def __init__(self, settings: Settings, tools: Tools, https: Https) -> None:
        self._settings = settings
        self._tools = tools
        self._https = https
        self._clock: Clock = tools.clock
        self._lock = Lock()
        self._token = ""
        self._good_until = float("-inf")
        self._renewed = ""

    def token(self, refused: str | None = None) -> str:
        """`refused`: one that was not accepted. Raises Misconfigured, Retryable."""
        with self._lock:
            if self._token == refused or self._clock.monotonic() >= self._good_until:
                self._renew()
            return self._token

    def _renew(self) -> None:
        refresh = self._renewed or _stored(self._tools.credential(self._settings.credential), self._settings)
        form = {"grant_type": "refresh_token", "refresh_token": refresh}
        body = _token(self._https, self._settings, self._tools.credential, form)
        lasts = body.get("expires_in")
        seconds = float(lasts) if isinstance(lasts, int | float) else 3600.0
        self._token = body["access_token"]
        self._good_until = self._clock.monotonic() + max(seconds - RENEW_BEFORE_SECONDS, 0)
        renewed = body.get("refresh_token")
        if isinstance(renewed, str) and renewed != refresh:
            self._renewed = renewed
            if self._tools.keep is not None:
                kept = {"refresh_token": renewed, "granted_at": self._clock.now().isoformat()}
                self._tools.keep(self._settings.credential, json.dumps(kept, indent=2))


def _token(
    https: Https, settings: Settings, credential: Callable[[str], str], form: Mapping[str, str]
) -> dict[str, Any]:
    """GoTo's answer with an `access_token`."""
    secret = credential(settings.client_credential)
    basic = b64encode(f"{settings.client_id}:{secret}".encode()).decode()
    answer = https.send("POST", f"{settings.oauth}/token", {"Authorization": f"Basic {basic}"}, form=form)
    if answer.status == 429 or answer.status >= 500:
        raise Retryable(f"GoTo's sign-in answers {answer.status}", retry_after=answer.wait())
    body = answer.parsed()
    if answer.status == 200 and isinstance(body, dict) and isinstance(body.get("access_token"), str):
        return body
    cause = str(body.get("error", "refused"))[:60] if isinstance(body, dict) else "refused"
    if cause == "invalid_grant":
        raise Misconfigured("GoTo does not take our sign-in any more", hint=_CONNECT)
    raise Misconfigured(
        f"GoTo does not let the client in ({answer.status}, {cause})",
        hint="compare client_id and its secret with the OAuth client at developer.goto.com",
    )


def _stored(text: str, settings: Settings) -> str:
    try:
        refresh = json.loads(text)["refresh_token"]
    except (ValueError, KeyError, TypeError):
        refresh = None
    if not isinstance(refresh, str) or not refresh:
        raise Misconfigured(f"the credential “{settings.credential}” is no stored sign-in", hint=_CONNECT)
    return refresh

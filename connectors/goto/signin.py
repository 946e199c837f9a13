"""How does an organizer let syncd in, and how does it stay in? OAuth's code flow, then refreshing (RFC 6749 4.1, 6).

GoTo sends a new refresh token only when the old one nears its end; it is kept at once, since the old one may be void.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from connectors.goto import Settings
from syncd.https import Https
from syncd.ports.connector import Operator, Tools
from syncd.ports.consent import code_in
from syncd.ports.errors import Misconfigured, Retryable

SCOPE = "collab:"
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
    https = wire(settings, tools)
    form = {
        "grant_type": "authorization_code",
        "code": code_in(came_back, state, "GoTo"),
        "redirect_uri": settings.redirect_uri,
    }
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
    """How the account gets its access tokens; called by one thread at a time."""

    def __init__(self, settings: Settings, tools: Tools, https: Https) -> None:
        self._settings = settings
        self._tools = tools
        self._https = https
        self._renewed = ""

    def __call__(self) -> dict[str, Any]:
        """GoTo's answer with an `access_token`. Raises Misconfigured, Retryable."""
        refresh = self._renewed or _stored(self._tools.credential(self._settings.credential), self._settings)
        form = {"grant_type": "refresh_token", "refresh_token": refresh}
        body = _token(self._https, self._settings, self._tools.credential, form)
        renewed = body.get("refresh_token")
        if isinstance(renewed, str) and renewed != refresh:
            self._renewed = renewed
            if self._tools.keep is not None:
                kept = {"refresh_token": renewed, "granted_at": self._tools.clock.now().isoformat()}
                self._tools.keep(self._settings.credential, json.dumps(kept, indent=2))
        return body


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

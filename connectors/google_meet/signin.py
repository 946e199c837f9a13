"""Who are we to Google? A service account's assertion (RFC 7523), or one account's consent and its refresh (RFC 6749).

Google's library signs the assertion; it is not given the network, since it would sleep and try again by itself.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import google.auth.crypt
import google.auth.jwt

from connectors.google_meet import SCOPE, Settings
from syncd.https import Https
from syncd.ports.connector import Operator, Tools
from syncd.ports.consent import code_in
from syncd.ports.errors import Misconfigured, Retryable

LOOPBACK = "http://127.0.0.1:8765/"
AUTHORIZE = "https://accounts.google.com/o/oauth2/v2/auth"
_ASSERTION = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_CONNECT = "sign in anew with `syncd connect`; an app in test mode loses its consent after 7 days"
_DELEGATE = (
    "allow the service account's client id the scope meetings.space.readonly (Admin console, domain-wide delegation),"
    " and set `subject` to the account that owns the spaces"
)


def granted(settings: Settings, tools: Tools, operator: Operator) -> str:
    """The text to store after a person's consent (RFC 8252, PKCE). Raises Misconfigured, Retryable."""
    client = _client(tools.credential(settings.client_credential or ""))
    now = tools.clock.now().isoformat()
    state = tools.keys.digest("meet sign-in", now)
    verifier = (tools.keys.digest("meet verifier", now) + tools.keys.digest("meet verifier again", now))[:120]
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {
        "client_id": client["client_id"],
        "redirect_uri": LOOPBACK,
        "response_type": "code",
        "scope": SCOPE,
        "access_type": "offline",
        "prompt": "consent",
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    came_back = operator.opens(f"{AUTHORIZE}?{urlencode(asked)}")
    form = {"grant_type": "authorization_code", "code": code_in(came_back, state, "Google"), "redirect_uri": LOOPBACK}
    https = wire(settings, tools)
    body = _token(https, settings, {**client, **form, "code_verifier": verifier}, _CONNECT)
    if not isinstance(body.get("refresh_token"), str):
        raise Misconfigured("Google gave no refresh token", hint="remove syncd from the account's apps; sign in again")
    return json.dumps({"type": "authorized_user", **client, "refresh_token": body["refresh_token"]}, indent=2)


def wire(settings: Settings, tools: Tools) -> Https:
    """The way to Google's two hosts."""
    return Https(
        "`api` and `token_url`", settings.ca_file, settings.timeout_seconds, tools.clock, accept="application/json"
    )


class SignIn:
    """How the account gets its access tokens."""

    def __init__(self, settings: Settings, tools: Tools, https: Https) -> None:
        self._settings = settings
        self._tools = tools
        self._https = https

    def __call__(self) -> dict[str, Any]:
        """Google's answer with an `access_token`. Raises Misconfigured, Retryable."""
        name = self._settings.credential
        held = _object(self._tools.credential(name))
        if held.get("type") == "authorized_user" and all(held.get(k) for k in ("client_id", "refresh_token")):
            named = ("client_id", "client_secret", "refresh_token")
            form: dict[str, str] = {name: str(held[name]) for name in named if name in held}
            return _token(self._https, self._settings, {**form, "grant_type": "refresh_token"}, _CONNECT)
        if held.get("type") == "service_account":
            form = {"grant_type": _ASSERTION, "assertion": self._assertion(held)}
            return _token(self._https, self._settings, form, _DELEGATE)
        raise Misconfigured(
            f"the credential “{name}” is neither a service account's key nor a stored sign-in",
            hint="store the key's JSON as Google gave it, or run `syncd connect`",
        )

    def _assertion(self, key: Mapping[str, Any]) -> str:
        now = int(self._tools.clock.now().timestamp())
        claims = {"iss": key.get("client_email"), "scope": SCOPE, "aud": self._settings.token_url}
        if self._settings.subject is not None:
            claims["sub"] = self._settings.subject
        try:
            make_signer: Any = google.auth.crypt.RSASigner.from_service_account_info
            encode: Any = google.auth.jwt.encode
            made: bytes = encode(make_signer(key), {**claims, "iat": now, "exp": now + 3600})
        except (ValueError, KeyError, TypeError):
            made = b""
        if not made:
            raise Misconfigured(
                f"the key in the credential “{self._settings.credential}” is broken",
                hint="make a new one in the project",
            )
        return made.decode()


def _token(https: Https, settings: Settings, form: Mapping[str, str], hint: str) -> dict[str, Any]:
    """Google's answer with an `access_token`."""
    answer = https.send("POST", settings.token_url, form=form)
    if answer.status == 429 or answer.status >= 500:
        raise Retryable(f"Google's sign-in answers {answer.status}", retry_after=answer.wait())
    body = answer.parsed()
    if answer.status == 200 and isinstance(body, dict) and isinstance(body.get("access_token"), str):
        return body
    cause = str(body.get("error", "refused"))[:60] if isinstance(body, dict) else "refused"
    raise Misconfigured(f"Google does not let us in ({answer.status}, {cause})", hint=hint)


def _client(text: str) -> dict[str, str]:
    client = _object(text).get("installed")
    if not isinstance(client, dict) or not isinstance(client.get("client_id"), str):
        raise Misconfigured("it is no OAuth client of Google's", hint="make one of the type “desktop app”")
    return {name: str(client[name]) for name in ("client_id", "client_secret") if name in client}


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}

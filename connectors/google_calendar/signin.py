"""How does an operator let syncd into one account? Google's consent, and the credential that comes of it (GOO-6).

OAuth 2.0 for desktop apps (RFC 8252, PKCE), done by google-auth-oauthlib. The operator opens `url` in any browser; what
the browser was sent to then, received on loopback or copied from its address line, goes to `finish`.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NoReturn
from urllib.parse import urlsplit

from google_auth_oauthlib.flow import Flow
from oauthlib.oauth2 import OAuth2Error
from requests import RequestException

from connectors.google_calendar import Settings, is_safe
from syncd.ports.consent import code_in
from syncd.ports.errors import Misconfigured, Retryable

LOOPBACK = "http://127.0.0.1:8765/"


class SignIn:
    """One sign-in under way. `client` is the text of the OAuth client's JSON (type "desktop app"). No I/O until
    `finish`. Raises Misconfigured: no such client."""

    def __init__(self, client: str, settings: Settings, redirect_uri: str = LOOPBACK) -> None:
        self._settings = settings
        flow: Any = None
        try:
            flow = Flow.from_client_config(
                json.loads(client),
                scopes=list(settings.scopes),
                redirect_uri=redirect_uri,
                autogenerate_code_verifier=True,
            )
            self._addresses = [flow.client_config[name] for name in ("auth_uri", "token_uri")]
        except (ValueError, KeyError, TypeError, AttributeError):
            pass  # told below, where no chain shows the client's secret
        if flow is None:
            _wrong(
                "it is no OAuth client of Google's", "Make an OAuth client of the type “desktop app”, store its JSON."
            )
        if not all(is_safe(each) and urlsplit(each).netloc in settings.token_hosts for each in self._addresses):
            _wrong(
                "it names other hosts than the configured `token_hosts`", "Only a client made by Google is to be used."
            )
        self._flow = flow
        self.url: str
        self.url, self._state = flow.authorization_url(access_type="offline", prompt="consent")

    def finish(self, address: str, now: datetime) -> str:
        """The credential as JSON, to be stored under the name that `Settings.credential` gives.

        Raises Misconfigured: refused, not this sign-in's answer, not all permissions granted; Retryable.
        """
        token = self._fetch(code_in(address, self._state, "Google"))
        if not token.get("refresh_token"):
            _wrong(
                "Google gave no refresh token", "Remove syncd from the account's connected apps, then sign in again."
            )
        config = self._flow.client_config
        held = {
            "type": "authorized_user",
            "client_id": config["client_id"],
            "client_secret": config["client_secret"],
            "refresh_token": token["refresh_token"],
            "token_uri": config["token_uri"],
            "granted_at": now.isoformat(),
        }
        if token.get("refresh_token_expires_in"):
            held["refresh_token_expires_in"] = int(token["refresh_token_expires_in"])  # the app is in test mode
        return json.dumps(held, indent=2)

    def _fetch(self, code: str) -> dict[str, Any]:
        session = self._flow.oauth2session
        session.max_redirects = 0  # CAL-30
        ca_file = self._settings.ca_file
        token: dict[str, Any] | None = None
        broken = refused = ""
        try:
            token = self._flow.fetch_token(
                code=code, timeout=self._settings.timeout_seconds, verify=True if ca_file is None else str(ca_file)
            )
        except RequestException as error:
            broken = type(error).__name__
        except OAuth2Error as error:
            refused = str(error.error)
        except Warning:  # how oauthlib tells that the scopes are others
            refused = "not every permission was granted"
        if broken:
            raise Retryable(
                f"Google's sign-in cannot be reached ({broken})", hint="Check name resolution and firewall."
            )
        if token is None:
            _wrong(f"Google refused it ({refused[:60]})", "Sign in again, at once, and grant every permission.")
        return dict(token)


def _wrong(what: str, hint: str) -> NoReturn:
    raise Misconfigured(f"the sign-in failed: {what}", hint=hint)

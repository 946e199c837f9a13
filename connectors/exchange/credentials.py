"""With what do we sign in? The library's credentials for basic, NTLM and OAuth, one object per service account (EWS-4).

Each equals nothing but itself: the library keeps connections by endpoint and credentials for the whole process, and
would hand an old connection with old settings to a new owner of equal credentials (EWS-3).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from exchangelib import BASIC, NTLM, OAUTH2, Credentials
from exchangelib.credentials import BaseOAuth2Credentials, OAuth2AuthorizationCodeCredentials, OAuth2Credentials

from connectors.exchange import OAuth, Settings
from connectors.exchange.failures import Failure
from syncd.ports.errors import Misconfigured

AUTH_TYPES = {"basic": BASIC, "ntlm": NTLM, "oauth": OAUTH2}


RENEWALS_MAX = 2


class Password(Credentials):  # type: ignore[misc]  # the library has no types
    __eq__ = object.__eq__
    __hash__ = object.__hash__


class Issued(BaseOAuth2Credentials):  # type: ignore[misc]
    """What tokens of any issuer have in common; the library knows Microsoft's cloud alone."""

    __eq__ = object.__eq__
    __hash__ = object.__hash__
    _oauth: OAuth
    _renewals = 0

    @property
    def token_url(self) -> str:
        return self._oauth.token_url

    @property
    def scope(self) -> list[str]:
        return self._oauth.scope.split()

    def sig(self) -> int:
        """Of what a session was made with: its token."""
        return hash(str(self.access_token))

    def refresh(self, session: Any) -> None:
        """Its token has expired; the library gets the next one. One that never lasts would keep it at that for ever."""
        self._renewals += 1
        if self._renewals > RENEWALS_MAX:
            raise Failure("client-refused", sent=False)

    def begin(self) -> None:
        """Another call."""
        self._renewals = 0


class ClientToken(Issued, OAuth2Credentials):  # type: ignore[misc]
    """The client's own: fetched anew when it has expired."""

    def __init__(self, oauth: OAuth, secret: str) -> None:
        super().__init__(client_id=oauth.client_id, client_secret=secret)
        self._oauth = oauth

    def session_params(self) -> dict[str, Any]:
        """Without a refresh: this grant has no refresh token to do it with (exchangelib #1345)."""
        return {"token": self.access_token}


class DelegatedToken(Issued, OAuth2AuthorizationCodeCredentials):  # type: ignore[misc]
    """A person's, from `syncd connect`: refreshed by its refresh token."""

    def __init__(self, oauth: OAuth, secret: str | None, token: dict[str, Any]) -> None:
        super().__init__(client_id=oauth.client_id, client_secret=secret, access_token=token)
        self._oauth = oauth

    def session_params(self) -> dict[str, Any]:
        about = {"client_id": self.client_id, "client_secret": self.client_secret}
        return {
            "token": self.access_token,
            "auto_refresh_url": self.token_url,
            "auto_refresh_kwargs": {name: value for name, value in about.items() if value},
            "token_updater": self.on_token_auto_refreshed,
        }


def credentials(settings: Settings, credential: Callable[[str], str]) -> Any:
    """Raises Misconfigured for a credential that is missing or not understood."""
    oauth = settings.oauth
    if settings.auth != "oauth" or oauth is None:
        return Password(settings.username or "", credential(settings.credential or ""))
    if oauth.grant == "client":
        return ClientToken(oauth, credential(oauth.credential or ""))
    name = oauth.token_credential or ""
    try:
        token = json.loads(credential(name))
        usable = isinstance(token, dict) and bool(token.get("refresh_token"))
    except ValueError:
        usable = False
    if not usable:
        raise Misconfigured(
            f"the credential {name} holds no token that can be refreshed",
            hint="Sign in again: run `syncd connect` for this source.",
        )
    return DelegatedToken(oauth, credential(oauth.credential) if oauth.credential else None, token)

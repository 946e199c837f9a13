"""Who gives us a token? OAuth 2.0 for XOAUTH2: client credentials, or a refresh token (RFC 6749 4.4, 6)."""

from __future__ import annotations

from datetime import timedelta

import httpx

from connectors.imap.settings import OAuthSettings
from syncd.ports.connector import Tools
from syncd.ports.errors import Misconfigured, Retryable

EARLY = timedelta(minutes=5)
"""A token is renewed so long before it ends."""

TIMEOUT_SECONDS = 30.0


class Tokens:
    """The access token in force, fetched anew when it is about to end. Used by one thread at a time each for reading
    and idling; a token fetched twice does no harm."""

    def __init__(self, settings: OAuthSettings, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools
        self._token = ""
        self._until = 0.0

    def access(self) -> str:
        """Raises Misconfigured (refused), Retryable (not reached)."""
        if not self._token or self._tools.clock.monotonic() >= self._until:
            self._fetch()
        return self._token

    def forget(self) -> None:
        self._token = ""

    def _fetch(self) -> None:
        settings, tools = self._settings, self._tools
        form = {"client_id": settings.client_id, "client_secret": tools.credential(settings.client_credential)}
        if settings.refresh_credential is not None:
            form |= {"grant_type": "refresh_token", "refresh_token": tools.credential(settings.refresh_credential)}
        else:
            form |= {"grant_type": "client_credentials"}
        if settings.scope:
            form["scope"] = settings.scope
        try:
            answer = httpx.post(settings.token_url, data=form, timeout=TIMEOUT_SECONDS, follow_redirects=False)
        except httpx.HTTPError as error:
            raise Retryable(f"no token: {type(error).__name__}", hint="Check token_url, and the way to it.") from None
        if answer.status_code == 429 or answer.status_code >= 500:
            raise Retryable(f"no token: {answer.status_code}")
        try:
            said = answer.json()
            token, seconds = said.get("access_token"), float(said.get("expires_in", 3600))
        except (ValueError, TypeError, AttributeError):
            token, seconds, said = None, 0.0, {}
        if answer.status_code != 200 or not isinstance(token, str):
            why = str(said.get("error", answer.status_code))[:100] if isinstance(said, dict) else "?"
            hint = "The token was refused: check client_id, the secret, scope, and that the consent still stands."
            raise Misconfigured(f"no token: {why}", hint=hint)
        renewed = said.get("refresh_token")
        if settings.refresh_credential and isinstance(renewed, str) and tools.keep is not None:
            tools.keep(settings.refresh_credential, renewed)
        self._token = token
        self._until = tools.clock.monotonic() + max(seconds - EARLY.total_seconds(), 0.0)

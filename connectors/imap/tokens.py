"""Who gives us a token? OAuth 2.0 for XOAUTH2: client credentials, or a refresh token (RFC 6749 4.4, 6)."""

from __future__ import annotations

from typing import Any

from connectors.imap.settings import OAuthSettings
from syncd.https import Bearer, Https
from syncd.ports.connector import Tools
from syncd.ports.errors import Misconfigured, Retryable

TIMEOUT_SECONDS = 30.0


def bearer(settings: OAuthSettings, tools: Tools, ca_file: str | None) -> Bearer:
    """The mailbox's access tokens."""
    https = Https("`token_url`", ca_file, TIMEOUT_SECONDS, tools.clock, accept="application/json")
    return Bearer(https, tools.clock, lambda: _granted(settings, tools, https))


def _granted(settings: OAuthSettings, tools: Tools, https: Https) -> dict[str, Any]:
    """The answer with an `access_token`; a new refresh token is kept. Raises Misconfigured (refused), Retryable."""
    form = {"client_id": settings.client_id, "client_secret": tools.credential(settings.client_credential)}
    if settings.refresh_credential is not None:
        form |= {"grant_type": "refresh_token", "refresh_token": tools.credential(settings.refresh_credential)}
    else:
        form |= {"grant_type": "client_credentials"}
    if settings.scope:
        form["scope"] = settings.scope
    answer = https.send("POST", settings.token_url, form=form)
    if answer.status == 429 or answer.status >= 500:
        raise Retryable(f"no token: {answer.status}", retry_after=answer.wait(tools.clock.now()))
    said = answer.parsed_object() or {}
    if answer.status != 200 or not isinstance(said.get("access_token"), str):
        raise Misconfigured(
            f"no token: {str(said.get('error', answer.status))[:100]}",
            hint="The token was refused: check client_id, the secret, scope, and that the consent still stands.",
        )
    renewed = said.get("refresh_token")
    if settings.refresh_credential and isinstance(renewed, str) and tools.keep is not None:
        tools.keep(settings.refresh_credential, renewed)
    return said

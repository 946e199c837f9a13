"""How does a person let us act for them? The delegated sign-in that `syncd connect` walks through (RFC 6749 4.1).

The operator opens an address, signs in, and gives back the address that their browser was sent to; its code is
exchanged for a token. What is returned is stored as the credential that `oauth.token_credential` names.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from oauthlib.oauth2 import MissingTokenError, OAuth2Error
from requests.exceptions import RequestException
from requests_oauthlib import OAuth2Session

from connectors.exchange import Settings
from syncd.ports.connector import Tools
from syncd.ports.errors import Misconfigured, Retryable

Ask = Callable[[str], str]
"""Shows an address to open; returns the address that the browser ended at."""


def sign_in(settings: Settings, tools: Tools, ask: Ask) -> str:
    """The token as JSON. Raises Misconfigured with a hint, Retryable where the issuer cannot be reached."""
    oauth = settings.oauth
    if oauth is None or oauth.grant != "delegated" or oauth.authorize_url is None:
        raise Misconfigured(
            "this source has no delegated sign-in",
            hint='Set auth = "oauth", and in the table `oauth` grant = "delegated" and `authorize_url`.',
        )
    session = OAuth2Session(oauth.client_id, scope=oauth.scope.split(), redirect_uri=oauth.redirect_url)
    session.trust_env = False
    session.verify = str(tools.folder / settings.ca_file) if settings.ca_file else True
    address, _ = session.authorization_url(oauth.authorize_url)
    came_back = ask(address).strip()
    try:
        token = session.fetch_token(
            oauth.token_url,
            authorization_response=came_back,
            client_secret=tools.credential(oauth.credential) if oauth.credential else None,
            include_client_id=True,
            timeout=settings.timeout_seconds,
        )
    except (RequestException, MissingTokenError):
        raise Retryable(
            "the issuer of tokens gave no answer", hint="Check that `token_url` is right and reachable from here."
        ) from None
    except (OAuth2Error, ValueError):
        raise Misconfigured(
            "the issuer of tokens did not accept the sign-in",
            hint="Begin again and give back the whole address, at once; check `client_id`, `scope` and `redirect_url`.",
        ) from None
    return _kept(dict(token))


def _kept(token: dict[str, object]) -> str:
    if not token.get("refresh_token"):
        raise Misconfigured(
            "the issuer gave a token that cannot be refreshed", hint="Add offline_access to `scope`, if it knows that."
        )
    names = ("access_token", "refresh_token", "token_type", "expires_at")
    return json.dumps({name: token[name] for name in names if name in token})

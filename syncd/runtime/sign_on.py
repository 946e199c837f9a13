"""Who vouches for staff? An OpenID provider: authorization code with PKCE, state and nonce, by Authlib and joserfc.

OpenID Connect Core 1.0 (3.1), Discovery 1.0 (4), RFC 6749, RFC 7636, RFC 9207. What the provider says is read anew for
each journey; its keys stand behind the address that its issuer names, and both must stay on https.
"""

from __future__ import annotations

import hmac
import secrets
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any, cast
from urllib.parse import urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from syncd.ports.accounts import Identity, Journey
from syncd.ports.clock import Clock
from syncd.ports.errors import Misconfigured, Permanent, Retryable

SECONDS_MAX = 10.0
ANSWER_BYTES_MAX = 1_000_000
CODE_MAX = 4_000
LEEWAY_SECONDS = 60
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class OpenIdConnect:
    """Implements `syncd.ports.accounts.SignOn`. `claim`: by which one a user is found at the first sign-in."""

    def __init__(self, issuer: str, client_id: str, secret: str, claim: str, label: str, clock: Clock) -> None:
        self.label = label
        self._issuer, self._client_id, self._secret = issuer, client_id, secret
        self._claim, self._clock = claim, clock

    def depart(self, come_back_to: str) -> Journey:
        about = self._about()
        verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        with self._client(come_back_to) as client:
            url, state = client.create_authorization_url(
                _place(about, "authorization_endpoint"), code_verifier=verifier, nonce=nonce
            )
        return Journey(str(url), str(state), nonce, verifier)

    def arrive(self, answered: Mapping[str, str], journey: Journey, come_back_to: str) -> Identity:
        if not hmac.compare_digest(answered.get("state", "").encode(), journey.state.encode()):
            raise Permanent("the answer belongs to another journey", hint="begin the sign-in anew in this browser")
        if answered.get("iss", self._issuer) != self._issuer:
            raise Permanent("the answer comes from another issuer", hint="begin the sign-in anew (RFC 9207)")
        code = answered.get("code", "")
        if "error" in answered or not 0 < len(code) <= CODE_MAX:
            raise Permanent(f"the provider refused: {answered.get('error', 'no code')[:80]}", hint="ask its operator")
        about = self._about()
        try:
            with self._client(come_back_to) as client:
                token = client.fetch_token(
                    _place(about, "token_endpoint"), code=code, code_verifier=journey.verifier, grant_type=_GRANT
                )
            claims = self._claims(about, str(token.get("id_token", "")), journey)
        except httpx2.HTTPError as error:
            raise Retryable(f"the provider does not answer: {type(error).__name__}", hint=self._issuer) from None
        except (AuthlibBaseError, JoseError, ValueError) as error:
            raise Permanent(f"the provider's word does not hold: {type(error).__name__}", hint="see its log") from None
        return Identity(f"{self._issuer} {claims['sub']}", self._name(claims))

    def _claims(self, about: Mapping[str, Any], token: str, journey: Journey) -> CodeIDToken:
        """The ID token's claims: its signature by the provider's keys, and iss, aud, exp, iat, nonce, azp."""
        keys = KeySet.import_key_set(cast(KeySetSerialization, self._get(_place(about, "jwks_uri"))))
        read = jwt.decode(token, keys, algorithms=ALGORITHMS)
        options = {
            "iss": {"essential": True, "value": self._issuer},
            "aud": {"essential": True, "value": self._client_id},
        }
        claims = CodeIDToken(read.claims, read.header, options, {"nonce": journey.nonce, "client_id": self._client_id})
        claims.validate(now=int(self._clock.now().timestamp()), leeway=LEEWAY_SECONDS)
        return claims

    def _name(self, claims: Mapping[str, Any]) -> str:
        """An address counts only if the provider has verified it."""
        if self._claim == "email" and claims.get("email_verified") is not True:
            return ""
        value = claims.get(self._claim, "")
        return value if isinstance(value, str) else ""

    def _about(self) -> Mapping[str, Any]:
        about = self._get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        if about.get("issuer") != self._issuer:
            raise Misconfigured(
                f"{self._issuer} calls itself {str(about.get('issuer'))[:200]}",
                hint="set login.issuer to exactly what the provider's configuration document says",
            )
        return about

    def _get(self, url: str) -> dict[str, Any]:
        try:
            answer = httpx2.get(url, timeout=SECONDS_MAX, follow_redirects=False, verify=_trusted())
            answer.raise_for_status()
            found = answer.json() if len(answer.content) <= ANSWER_BYTES_MAX else None
        except (httpx2.HTTPError, ValueError) as error:
            raise Retryable(f"{url} cannot be read: {type(error).__name__}", hint="is the provider up?") from None
        if not isinstance(found, dict):
            raise Retryable(f"{url} answers no document of the kind", hint="is login.issuer right?")
        return found

    def _client(self, come_back_to: str) -> OAuth2Client:
        return OAuth2Client(
            self._client_id,
            self._secret or None,
            scope="openid email profile",
            redirect_uri=come_back_to,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self._secret else "none",
            timeout=SECONDS_MAX,
            verify=_trusted(),
        )


@cache
def _trusted() -> ssl.SSLContext:
    """Whom TLS trusts: read once, since it takes a tenth of a second."""
    return httpx2.create_ssl_context()


_GRANT = "authorization_code"


def _place(about: Mapping[str, Any], name: str) -> str:
    url = about.get(name)
    parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise Misconfigured(f"the provider names no {name} over https", hint="is login.issuer right?")
    return str(url)

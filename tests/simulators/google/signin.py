"""Who may speak as whom? The token endpoint: signed assertions, refresh tokens and codes, judged strictly (RFC 6749,
RFC 7523, RFC 7636)."""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

AUDIENCE = "https://oauth2.googleapis.com/token"
ISSUER = "syncd@project.iam.gserviceaccount.example"
CLIENT_ID, CLIENT_SECRET = "client-1.apps.example", "client-secret-1"
TOKEN_LIVES = timedelta(hours=1)


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """One key a name; making one takes its time."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class TokenError(Exception):
    def __init__(self, error: str, description: str = "", status: int = 400, **more: str) -> None:
        super().__init__(error)
        self.status = status
        self.body = {"error": error, **({"error_description": description} if description else {}), **more}


@dataclass
class Grant:
    user: str
    scopes: frozenset[str]
    expires_at: datetime


@dataclass
class SignIn:
    """`delegated`: what the service account may ask for, as the Workspace's administrator set it; None: nothing."""

    clock: Callable[[], datetime]
    people: set[str]
    keys: dict[str, str] = field(default_factory=lambda: {"kid-1": "first"})
    delegated: frozenset[str] | None = None
    refresh_tokens: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    account_exists: bool = True
    client_exists: bool = True
    policy_blocks: bool = False
    session_over: bool = False
    test_mode: bool = False
    skew: timedelta = timedelta()
    busy: tuple[int, str] | None = None  # status, error
    cut: bool = False
    elsewhere: str | None = None  # where the endpoint redirects to
    granted: dict[str, Grant] = field(default_factory=dict)
    asked: int = 0

    # -- credentials as Google hands them out ----------------------------------------------------------------------

    def key_file(self, token_uri: str, **changes: Any) -> str:
        """A service account's JSON key."""
        private = rsa_key("first").private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        held = {
            "type": "service_account",
            "project_id": "project",
            "private_key_id": "kid-1",
            "private_key": private.decode(),
            "client_email": ISSUER,
            "client_id": "1234567890",
            "token_uri": token_uri,
            "universe_domain": "googleapis.com",
        }
        return json.dumps({**held, **changes})

    def consent(self, user: str, scopes: frozenset[str], token_uri: str, **changes: Any) -> str:
        """One account's refresh token, as `syncd connect` stores it."""
        token = f"refresh-{user}"
        self.refresh_tokens[token] = (user, scopes)
        held = {
            "type": "authorized_user",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "refresh_token": token,
            "token_uri": token_uri,
        }
        return json.dumps({**held, **changes})

    def client_file(self, auth_uri: str, token_uri: str) -> str:
        """An OAuth client of the type "desktop app"."""
        held = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "auth_uri": auth_uri, "token_uri": token_uri}
        return json.dumps({"installed": {**held, "redirect_uris": ["http://localhost"]}})

    def authorize(self, user: str, query: Mapping[str, list[str]], scopes: frozenset[str] | None = None) -> str:
        """A person consents in the browser; where the browser is sent then. `scopes`: what they ticked."""
        asked = {name: values[0] for name, values in query.items()}
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = {**asked, "user": user, "granted": " ".join(sorted(scopes or asked["scope"].split()))}
        return f"{asked['redirect_uri']}?state={asked['state']}&code={code}&scope={self.codes[code]['granted']}"

    # -- the endpoint ----------------------------------------------------------------------------------------------

    def token(self, form: Mapping[str, list[str]], authorization: str = "") -> dict[str, Any]:
        """The answer to a POST; the client may name itself in the form or by HTTP Basic. Raises TokenError."""
        self.asked += 1
        if self.busy is not None:
            raise TokenError(self.busy[1], status=self.busy[0])
        given = {name: values[0] for name, values in form.items()}
        if authorization.startswith("Basic "):
            name, _, secret = b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
            given |= {"client_id": name, "client_secret": secret}
        if any(len(values) > 1 for values in form.values()):
            raise TokenError("invalid_request", "a parameter is given twice")
        grant = given.get("grant_type")
        if grant == "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return self._issue(*self._by_assertion(given.get("assertion", "")))
        if grant == "refresh_token":
            return self._issue(*self._by_refresh(given))
        if grant == "authorization_code":
            return self._by_code(given)
        raise TokenError("unsupported_grant_type", f"Invalid grant_type: {grant}")

    def who(self, authorization: str) -> Grant | None:
        grant = self.granted.get(authorization.removeprefix("Bearer "))
        return grant if grant is not None and grant.expires_at > self.clock() else None

    def expire_tokens(self) -> None:
        self.granted.clear()

    def _issue(self, user: str, scopes: frozenset[str]) -> dict[str, Any]:
        token = f"ya29.{secrets.token_urlsafe(24)}"
        self.granted[token] = Grant(user, scopes, self.clock() + TOKEN_LIVES)
        lives = int(TOKEN_LIVES.total_seconds()) - 1
        return {"access_token": token, "expires_in": lives, "scope": " ".join(sorted(scopes)), "token_type": "Bearer"}

    def _by_assertion(self, assertion: str) -> tuple[str, frozenset[str]]:
        claims = self._verified(assertion)
        if not self.account_exists or claims["iss"] != ISSUER:
            raise TokenError("invalid_grant", "Invalid grant: account not found")
        if claims["aud"] != AUDIENCE:
            raise TokenError("invalid_grant", "Invalid JWT: Failed audience check.")
        now = self.clock() + self.skew
        issued, ends = (datetime.fromtimestamp(claims[name], UTC) for name in ("iat", "exp"))
        leeway = timedelta(minutes=5)
        if not (issued - leeway <= now <= ends + leeway) or ends - issued > timedelta(hours=1):
            raise TokenError(
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
                "Check your iat and exp values in the JWT claim.",
            )
        if self.policy_blocks:
            raise TokenError("admin_policy_enforced")
        scopes = frozenset(claims["scope"].split())
        if self.delegated is None or not scopes <= self.delegated:
            raise TokenError(
                "unauthorized_client",
                "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any "
                "of the scopes requested.",
                401,
            )
        if claims.get("sub") not in self.people:
            raise TokenError("invalid_grant", "Invalid email or User ID")
        return claims["sub"], scopes

    def _verified(self, assertion: str) -> dict[str, Any]:
        try:
            head, body, signature = assertion.split(".")
            header, claims = json.loads(_unpacked(head)), dict(json.loads(_unpacked(body)))
            assert header["alg"] == "RS256"
            assert header["typ"] == "JWT"
            key = rsa_key(self.keys[header["kid"]]).public_key()
            key.verify(_unpacked(signature), f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, KeyError):
            raise TokenError("invalid_grant", "Invalid JWT Signature.") from None
        except (ValueError, AssertionError, TypeError):
            raise TokenError("invalid_grant", "Invalid JWT: not well-formed") from None
        return claims

    def _client(self, given: Mapping[str, str]) -> None:
        if not self.client_exists or given.get("client_id") != CLIENT_ID:
            raise TokenError("invalid_client", "The OAuth client was not found.", 401)
        if given.get("client_secret") != CLIENT_SECRET:
            raise TokenError("invalid_client", "Unauthorized", 401)

    def _by_refresh(self, given: Mapping[str, str]) -> tuple[str, frozenset[str]]:
        self._client(given)
        if self.session_over:
            raise TokenError("invalid_grant", "reauth related error (invalid_rapt)", error_subtype="invalid_rapt")
        user, granted = self.refresh_tokens.get(given.get("refresh_token", ""), (None, frozenset()))
        if user is None:
            raise TokenError("invalid_grant", "Token has been expired or revoked.")
        scopes = frozenset(given.get("scope", " ".join(granted)).split())
        if not scopes <= granted:
            raise TokenError("invalid_scope", "Some requested scopes were invalid.")
        return user, scopes

    def _by_code(self, given: Mapping[str, str]) -> dict[str, Any]:
        self._client(given)
        asked = self.codes.pop(given.get("code", ""), None)
        verifier = given.get("code_verifier", "")
        if asked is None or given.get("redirect_uri") != asked["redirect_uri"]:
            raise TokenError("invalid_grant", "Malformed auth code.")
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if challenge != asked["code_challenge"]:
            raise TokenError("invalid_grant", "Invalid code verifier.")
        granted = frozenset(asked["granted"].split())
        answer = self._issue(asked["user"], granted)
        if asked.get("access_type") == "offline":
            token = f"refresh-{secrets.token_urlsafe(8)}"
            self.refresh_tokens[token] = (asked["user"], granted)
            answer["refresh_token"] = token
            if self.test_mode:
                answer["refresh_token_expires_in"] = 604_799
        return answer


def _unpacked(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))

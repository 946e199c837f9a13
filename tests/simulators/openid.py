"""An OpenID provider on loopback: discovery, authorization, token and keys, with one person who signs in at once.

Core 1.0, RFC 6749 and RFC 7636 as far as a relying party meets them; each code works once, for the redirect address and
the PKCE challenge it was given for. `faults` make it lie in one place at a time.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey


@dataclass
class Provider:
    """`person`: the claims of whoever signs in. `faults`: names of what is wrong in the next ID token or answer."""

    now: datetime
    client_id: str = "syncd-desk"
    secret: str = "between us"
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "u-1", "email": "dana", "email_verified": True})
    faults: set[str] = field(default_factory=set)
    issuer: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"}))
    other: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"}))

    def about(self) -> dict[str, Any]:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        issuer = "https://elsewhere.example" if "issuer" in self.faults else self.issuer
        return {"issuer": issuer} | {name: f"{self.issuer}/{path}" for name, path in places.items()}

    def authorize(self, asked: dict[str, str]) -> str:
        """The person presses yes: where the browser goes next."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == self.client_id
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(12)
        self.codes[code] = asked
        return asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]})

    def token(self, sent: dict[str, str], login: str) -> tuple[int, dict[str, Any]]:
        expected = base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        given = self.codes.pop(sent.get("code", ""), None)
        if login != f"Basic {expected}":
            return 401, {"error": "invalid_client"}
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if given is None or challenge != given["code_challenge"] or sent["redirect_uri"] != given["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": self._id_token(given)}

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(self.now.timestamp())
        claims = {"iss": self.issuer, "aud": self.client_id, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        wrong = {"iss": "https://evil.example", "aud": "another", "nonce": "replayed", "exp": now - 3600}
        claims |= {name: value for name, value in wrong.items() if name in self.faults}
        key = self.other if "signature" in self.faults else self.key
        return str(jwt.encode({"alg": "RS256", "kid": "k1"}, claims | self.person, key))


@contextmanager
def served(provider: Provider) -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            place = urlsplit(self.path)
            if place.path == "/authorize":
                asked = {name: values[0] for name, values in parse_qs(place.query).items()}
                self.send_response(302)
                self.send_header("location", provider.authorize(asked))
                self.end_headers()
            elif place.path == "/keys":
                self._answer(200, {"keys": [provider.key.as_dict(private=False)]})
            elif place.path == "/.well-known/openid-configuration":
                self._answer(200, provider.about())
            else:
                self._answer(404, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            sent = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*provider.token(sent, self.headers.get("authorization", "")))

        def _answer(self, status: int, document: dict[str, Any]) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)

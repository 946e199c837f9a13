"""Who may come in? The simulator's sign-in: OpenID configuration, token and device code endpoints, strict as Entra's.

It knows one tenant with one application (a secret, a certificate, a person), checks every form field, and answers
refusals with Entra's error numbers.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import Certificate

from tests.simulators.graph import schemas
from tests.simulators.graph.server import Request, Response

TENANT = "desk.example"
TENANT_ID = "0f5ad2f0-8c6b-4f3c-9c6a-3f5d1b7e2a10"
CLIENT = "6c2b1f7e-50a4-4d0e-8d44-1f6f3b9c7a21"
SECRET = "a secret ~ of the test's own"
PERSON = "ada@desk.example"
_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FIELDS = frozenset(
    {"client_id", "client_secret", "client_assertion", "client_assertion_type", "grant_type", "scope", "client_info"}
    | {"refresh_token", "device_code", "claims", "code"}
)


class TurnedAway(Exception):
    """`number`: Entra's."""

    def __init__(self, number: int, error: str = "invalid_client", status: int = 400) -> None:
        super().__init__(f"AADSTS{number}")
        self.number, self.error, self.status = number, error, status


@dataclass
class Entra:
    """`refusal`: an error number that every token request is answered with; `overload`: a status and Retry-After that
    every request is. `roles`: what the application is granted. `token_host`: where the OpenID configuration sends one.
    `pending`: how many questions for a person's code are answered with "not yet". `asked`: the grants, in order.
    """

    resource: str = ""
    origin: str = ""
    certificate: Certificate | None = None
    refusal: int | None = None
    overload: tuple[int, str] | None = None
    roles: tuple[str, ...] = ("Calendars.ReadWrite",)
    token_host: str | None = None
    pending: int = 0
    tokens: set[str] = field(default_factory=set)
    refresh_tokens: set[str] = field(default_factory=set)
    device_codes: set[str] = field(default_factory=set)
    requests: int = 0
    asked: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    _numbers: int = 0

    def answer(self, request: Request) -> Response:
        self.requests += 1
        if self.overload is not None:
            return Response(self.overload[0], b"overloaded", {"Retry-After": self.overload[1]})
        tenant, *rest = request.path
        try:
            if tenant not in (TENANT, TENANT_ID):
                raise TurnedAway(90002, "invalid_tenant")
            match (request.method, *rest):
                case ("GET", "v2.0", ".well-known", "openid-configuration"):
                    return _json(200, self._configuration())
                case ("POST", "oauth2", "v2.0", "devicecode"):
                    return _json(200, self._device(self._form(request)))
                case ("POST", "oauth2", "v2.0", "token"):
                    return self._checked(200, self._token(self._form(request)))
                case _:
                    self.violations.append(f"{request.method} {'/'.join(request.path)}")
                    return _json(404, {"error": "not_found", "error_description": "there is nothing here"})
        except TurnedAway as refused:
            told = {
                "error": refused.error,
                "error_description": f"{refused}: as it was asked of the simulator",
                "error_codes": [refused.number],
            }
            return self._checked(refused.status, told)

    def lapse(self) -> None:
        """Every access token that was given out is no longer good."""
        self.tokens.clear()

    def _configuration(self) -> dict[str, Any]:
        host = self.token_host or self.origin
        paths = {
            "token_endpoint": "oauth2/v2.0/token",
            "authorization_endpoint": "oauth2/v2.0/authorize",
            "device_authorization_endpoint": "oauth2/v2.0/devicecode",
        }
        return {
            "issuer": f"{self.origin}/{TENANT_ID}/v2.0",
            **{name: f"{host}/{TENANT_ID}/{path}" for name, path in paths.items()},
        }

    def _form(self, request: Request) -> dict[str, str]:
        if request.headers.get("content-type", "").split(";")[0] != "application/x-www-form-urlencoded":
            raise TurnedAway(900144, "invalid_request")
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        if unknown := set(form) - _FIELDS:
            self.violations.append(f"unknown form fields {sorted(unknown)}")
            raise TurnedAway(900144, "invalid_request")
        if form.get("client_id") != CLIENT:
            raise TurnedAway(700016, "unauthorized_client")
        return form

    def _token(self, form: dict[str, str]) -> dict[str, Any]:
        grant = form.get("grant_type", "")
        self.asked.append(grant)
        if self.refusal is not None:
            error = "invalid_grant" if grant != "client_credentials" else "invalid_client"
            raise TurnedAway(self.refusal, error, 401 if error == "invalid_client" else 400)
        if grant == "client_credentials":
            self._prove(form)
            if form.get("scope") != f"{self.resource}/.default":
                raise TurnedAway(70011, "invalid_scope")
            return self._access({"roles": list(self.roles)})
        if grant == "refresh_token":
            if form.get("refresh_token") not in self.refresh_tokens:
                raise TurnedAway(700082, "invalid_grant")
            return self._personal(form)
        if grant == _DEVICE:
            if form.get("device_code") not in self.device_codes:
                raise TurnedAway(70008, "invalid_grant")
            if self.pending > 0:
                self.pending -= 1
                raise TurnedAway(70016, "authorization_pending")
            self.device_codes.discard(form["device_code"])
            return self._personal(form)
        self.violations.append(f"grant_type {grant}")
        raise TurnedAway(70003, "unsupported_grant_type")

    def _prove(self, form: dict[str, str]) -> None:
        """By the secret, or by an assertion signed with the key of the certificate that was uploaded."""
        if "client_assertion" not in form:
            if form.get("client_secret") != SECRET:
                raise TurnedAway(7000215, status=401)
            return
        if form.get("client_assertion_type") != _ASSERTION or self.certificate is None:
            raise TurnedAway(700027, status=401)
        thumbprint = urlsafe_b64encode(self.certificate.fingerprint(hashes.SHA256())).decode().rstrip("=")
        key = self.certificate.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        audience = f"{self.token_host or self.origin}/{TENANT_ID}/oauth2/v2.0/token"
        try:
            header = jwt.get_unverified_header(form["client_assertion"])
            claims = jwt.decode(
                form["client_assertion"], key.decode(), algorithms=["PS256"], audience=audience, issuer=CLIENT
            )
        except jwt.PyJWTError as error:
            raise TurnedAway(700027, status=401) from error
        if header.get("x5t#S256", "").rstrip("=") != thumbprint or claims.get("sub") != CLIENT:
            raise TurnedAway(700027, status=401)

    def _device(self, form: dict[str, str]) -> dict[str, Any]:
        self._check_personal(form)
        code = f"device-{len(self.device_codes) + 1}"
        self.device_codes.add(code)
        return {
            "user_code": "ABCD-EFGH",
            "device_code": code,
            "verification_uri": f"{self.origin}/devicelogin",
            "expires_in": 900,
            "interval": 1,
            "message": "open the page and type the code",
        }

    def _check_personal(self, form: dict[str, str]) -> None:
        scopes = set(form.get("scope", "").split())
        wanted = {f"{self.resource}/Calendars.ReadWrite", f"{self.resource}/Calendars.ReadWrite.Shared"}
        if not wanted <= scopes or "offline_access" not in scopes:
            raise TurnedAway(70011, "invalid_scope")

    def _personal(self, form: dict[str, str]) -> dict[str, Any]:
        if form["grant_type"] == "refresh_token":
            self._check_personal(form)
        self._numbers += 1
        refresh = f"refresh-{self._numbers}"
        self.refresh_tokens.add(refresh)
        who = _part({"uid": "ada", "utid": TENANT_ID})
        identity: dict[str, object] = {
            "aud": CLIENT,
            "sub": "ada",
            "oid": "ada",
            "tid": TENANT_ID,
            "preferred_username": PERSON,
        }
        identity |= {"iss": f"{self.origin}/{TENANT_ID}/v2.0", "iat": 1, "exp": 9_999_999_999}
        return self._access({"scp": "Calendars.ReadWrite Calendars.ReadWrite.Shared"}) | {
            "refresh_token": refresh,
            "scope": f"{self.resource}/Calendars.ReadWrite {self.resource}/Calendars.ReadWrite.Shared",
            "id_token": f"{_part({'alg': 'none'})}.{_part(identity)}.",
            "client_info": who,
        }

    def _access(self, claims: dict[str, Any]) -> dict[str, Any]:
        self._numbers += 1
        token = f"{_part({'alg': 'none'})}.{_part({**claims, 'jti': self._numbers})}.simulated"
        self.tokens.add(token)
        return {"token_type": "Bearer", "expires_in": 3599, "access_token": token}

    def _checked(self, status: int, told: dict[str, Any]) -> Response:
        schema = schemas.TOKEN if status == 200 else schemas.TOKEN_ERROR
        self.violations += [f"our own answer: {fault}" for fault in schemas.faults(schema, told)]
        return _json(status, told)


def _part(claims: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


def _json(status: int, told: dict[str, Any]) -> Response:
    return Response(status, json.dumps(told).encode(), {"Content-Type": "application/json"})

"""Who are we to Microsoft? Access tokens by client secret, certificate or a person's delegated sign-in (GRA-1).

msal speaks the protocol; it is given our own network, so that it reaches no host but the configured ones, follows no
redirect and does not look for regions (CAL-30). Entra's error numbers become hints (CAL-27).
"""

from __future__ import annotations

import json
import logging
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import urlencode, urlsplit

import msal

from connectors.msgraph import Settings
from connectors.msgraph.network import Network
from connectors.msgraph.refusals import SIGN_IN_HINTS
from syncd.https import Answer
from syncd.ports.clock import Clock
from syncd.ports.errors import Misconfigured, Retryable

PERSONAL_SCOPES = ("Calendars.ReadWrite", "Calendars.ReadWrite.Shared")
READS = frozenset({"Calendars.Read", "Calendars.ReadWrite", "Calendars.Read.Shared", "Calendars.ReadWrite.Shared"})
WRITES = frozenset({"Calendars.ReadWrite", "Calendars.ReadWrite.Shared"})

logging.getLogger("msal").setLevel(logging.ERROR)  # CAL-10: it logs addresses and headers


@dataclass(frozen=True, slots=True)
class _Response:
    """An answer in the shape that msal asks for."""

    status_code: int
    text: str
    headers: Mapping[str, str]

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise Retryable(f"the sign-in answered with {self.status_code}")


class LoginHttp:
    """msal's way to the network. Overload and half answers never reach it: it would keep them, or guess."""

    def __init__(self, network: Network, clock: Clock) -> None:
        self._network = network
        self._clock = clock

    def get(
        self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None, **_: object
    ) -> _Response:
        return self._send("GET", url, params, headers, None)

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | str | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> _Response:
        body = data if isinstance(data, str) else urlencode(data or {})
        form = {"Content-Type": "application/x-www-form-urlencoded", **_strings(headers)}
        return self._send("POST", url, params, form, body.encode())

    def close(self) -> None:
        """The network is the account's, and stays."""

    def _send(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        body: bytes | None,
    ) -> _Response:
        whole = f"{url}?{urlencode(params)}" if params else url
        answer = self._network.exchange(method, whole, _strings(headers), body)
        if answer.status >= 500 or answer.status == 429 or answer.parsed_object() is None:
            raise self._overloaded(url, answer)
        return _Response(answer.status, answer.body.decode("utf-8", "replace"), answer.headers)

    def _overloaded(self, url: str, answer: Answer) -> Retryable:
        host = urlsplit(url).netloc
        return Retryable(
            f"the sign-in at {host} answered with {answer.status}", retry_after=answer.wait(self._clock.now())
        )


def _strings(headers: Mapping[str, Any] | None) -> dict[str, str]:
    return {name: str(value) for name, value in (headers or {}).items() if value is not None}


class SignIn:
    """Tokens of one account, kept until they lapse; may be used by several threads."""

    def __init__(
        self,
        settings: Settings,
        credential: Callable[[str], str],
        network: Network,
        clock: Clock,
        keep: Callable[[str, str], None] | None = None,
    ) -> None:
        self._settings = settings
        self._credential = credential
        self._keep = keep
        self._http = LoginHttp(network, clock)
        self._app: Any = None
        self._cache: Any = None
        self._lock = Lock()

    def token(self, refused: str | None = None) -> str:
        """A token to show. `refused`: one that was not accepted, so that it is not shown again (CAL-27).

        Raises Misconfigured with the cause's hint, Retryable.
        """
        with self._lock:
            if self._app is None:
                self._app = self._built()
            if self._settings.sign_in == "delegated":
                result = self._delegated(refused)
            else:
                result = self._for_application(refused)
        token = (result or {}).get("access_token")
        if not isinstance(token, str):
            raise refused_sign_in(result or {}, self._settings)
        return token

    def _for_application(self, refused: str | None) -> dict[str, Any]:
        scopes = [application_scope(self._settings)]
        result: dict[str, Any] = self._app.acquire_token_for_client(scopes=scopes)
        if refused is not None and result.get("access_token") == refused:
            self._app.remove_tokens_for_client()
            result = self._app.acquire_token_for_client(scopes=scopes)
        return result

    def _delegated(self, refused: str | None) -> dict[str, Any] | None:
        accounts = self._app.get_accounts()
        if not accounts:
            raise Misconfigured("the stored sign-in names nobody", hint=_CONNECT)
        scopes = personal_scopes(self._settings)
        result: dict[str, Any] | None = self._app.acquire_token_silent_with_error(scopes, accounts[0])
        if refused is not None and (result or {}).get("access_token") == refused:
            result = self._app.acquire_token_silent_with_error(scopes, accounts[0], force_refresh=True)
        if self._cache.has_state_changed and self._keep is not None:
            self._keep(self._settings.credential, self._cache.serialize())
        return result

    def _built(self) -> Any:
        secret = self._credential(self._settings.credential)
        if self._settings.sign_in == "delegated":
            self._cache = cache_from(secret)
            return public_application(self._settings, self._http, self._cache)
        return _application(
            msal.ConfidentialClientApplication, self._settings, self._http, client_credential=self._shown(secret)
        )

    def _shown(self, secret: str) -> str | dict[str, str]:
        if self._settings.sign_in == "secret":
            return secret
        if "PRIVATE KEY-----" not in secret or "-----BEGIN CERTIFICATE-----" not in secret:
            raise Misconfigured(
                f"the credential “{self._settings.credential}” is not a private key with its certificate",
                hint="Put both into one PEM file, the key without a passphrase; upload the certificate to Entra.",
            )
        return {"private_key": secret, "public_certificate": secret}


def public_application(settings: Settings, http: LoginHttp, cache: Any) -> Any:
    """For a person's sign-in; raises Misconfigured, Retryable."""
    return _application(msal.PublicClientApplication, settings, http, token_cache=cache)


def _application(kind: Callable[..., Any], settings: Settings, http: LoginHttp, **more: Any) -> Any:
    try:
        return kind(
            settings.client_id,
            authority=f"{settings.authority}/{settings.tenant}",
            instance_discovery=False,
            http_client=http,
            **more,
        )
    except (ValueError, KeyError, TypeError) as error:
        told = str(error)
    if "authority configuration" in told:
        raise Misconfigured(
            f"{settings.authority} knows no tenant {settings.tenant}",
            hint="`tenant` is the directory's id or one of its domains, as Entra shows them.",
        )
    raise Misconfigured(
        f"the credential “{settings.credential}” cannot be used to sign in",
        hint="For `certificate`: one PEM file with an RSA private key and its certificate.",
    )


def cache_from(text: str) -> Any:
    """The tokens as `syncd connect` stored them; raises Misconfigured."""
    cache = msal.SerializableTokenCache()
    try:
        if not isinstance(json.loads(text), dict):
            raise ValueError
        cache.deserialize(text)
    except (ValueError, KeyError, TypeError, AttributeError):
        cache = None
    if cache is None:
        raise Misconfigured("the stored sign-in cannot be read", hint=_CONNECT)
    return cache


def application_scope(settings: Settings) -> str:
    return f"{resource(settings)}/.default"


def personal_scopes(settings: Settings) -> list[str]:
    return [f"{resource(settings)}/{name}" for name in PERSONAL_SCOPES]


def resource(settings: Settings) -> str:
    """What tokens are for: the cloud's Graph, by its origin."""
    parts = urlsplit(settings.base_url)
    return f"{parts.scheme}://{parts.netloc}"


def refused_sign_in(result: Mapping[str, Any], settings: Settings) -> Misconfigured:
    """Entra's refusal as a hint. Its description is not quoted: it names accounts and addresses."""
    codes = [code for code in result.get("error_codes") or () if isinstance(code, int)]
    cause, hint = next(
        (SIGN_IN_HINTS[code] for code in codes if code in SIGN_IN_HINTS), (str(result.get("error", "refused"))[:60], "")
    )
    number = f" (AADSTS{codes[0]})" if codes else ""
    again = _CONNECT if settings.sign_in == "delegated" else ""
    return Misconfigured(
        f"the sign-in was refused: {cause}{number}",
        hint=(hint or again or "Compare tenant, client id and credential with the registration in Entra.").format(
            credential=settings.credential
        ),
    )


def granted(token: str) -> frozenset[str] | None:
    """The permissions that a token names, for `syncd doctor` alone; None where it does not show them."""
    pieces = token.split(".")
    if len(pieces) != 3:
        return None
    try:
        claims = json.loads(urlsafe_b64decode(pieces[1] + "=" * (-len(pieces[1]) % 4)))
        roles, scopes = claims.get("roles"), claims.get("scp")
    except (ValueError, AttributeError):
        return None
    if isinstance(roles, list):
        return frozenset(str(role) for role in roles)
    return frozenset(scopes.split()) if isinstance(scopes, str) else None


_CONNECT = "Sign in anew with `syncd connect`, and store what it gives as the credential."

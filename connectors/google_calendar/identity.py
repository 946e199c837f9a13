"""As whom do we speak, and what is wrong when Google does not believe it? Credentials, tokens and their hints.

GOO-6: a service account with domain-wide delegation, or one account's refresh token; CAL-27, CAL-28, CAL-30. A token is
asked for once and never again within the call: google-auth would repeat and sleep, so answers it would repeat on are
taken from it first.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn
from urllib.parse import urlsplit

from google.auth import transport
from google.auth.exceptions import GoogleAuthError
from google.oauth2 import credentials as of_one_account
from google.oauth2 import service_account

from connectors.google_calendar import Settings, is_safe
from connectors.google_calendar.answers import Head, broken, not_understood, refusal
from connectors.google_calendar.refusals import token_refused
from connectors.google_calendar.transport import BROKEN, Connections
from syncd.ports.clock import Clock
from syncd.ports.errors import Misconfigured, SyncdError

# google-auth is typed in name only.
_KeyFile: Any = service_account.Credentials
_Consent: Any = of_one_account.Credentials

_CONNECT = "Run `syncd connect` for this source."
_KEY = "Make a new JSON key of the service account in the Cloud console and store it as this credential."


@dataclass(frozen=True, slots=True)
class Key:
    """What the credential holds. `expires_at`: when the consent itself ends, where `syncd connect` was told so."""

    info: Mapping[str, Any]
    delegated: bool
    token_uri: str
    expires_at: datetime | None = None


class People:
    """Whom this connector can speak as, each with one credentials object that holds its present token."""

    def __init__(self, settings: Settings, credential: Callable[[str], str], connections: Connections, clock: Clock):
        self._settings = settings
        self._credential = credential
        self._connections = connections
        self._clock = clock
        self._lock = threading.Lock()
        self._key: Key | None = None
        self._own: Any = None
        self._known: dict[str, Any] = {}

    def authorize(self, who: str, headers: dict[str, str]) -> None:
        """Put this person's access token into the headers; a new one is fetched where there is none that is valid.

        Raises Misconfigured, Retryable.
        """
        credentials = self._of(who)
        if not credentials.valid:
            self._refresh(credentials)
        headers["authorization"] = f"Bearer {credentials.token}"

    def renew(self, who: str) -> None:
        """Google refused the access token: get a new one (CAL-27). Raises Misconfigured, Retryable."""
        self._refresh(self._of(who))

    @property
    def delegated(self) -> bool:
        """Does it act as each staff member? Reads the credential. Raises Misconfigured."""
        return self._read().delegated

    def _of(self, who: str) -> Any:
        """The private key is read once: that costs more than a hundred polls."""
        key = self._read()
        with self._lock:
            if self._own is None:
                self._own = _credentials(key, self._settings)
            if not key.delegated:
                return self._own
            if who not in self._known:
                self._known[who] = self._own.with_subject(who)
            return self._known[who]

    def _read(self) -> Key:
        with self._lock:
            if self._key is None:
                self._key = read_key(self._credential(self._settings.credential), self._settings)
            return self._key

    def _refresh(self, credentials: Any) -> None:
        """One request to the token endpoint. A refused credential is forgotten, so that a corrected one is seen."""
        key, failed = self._read(), None
        try:
            credentials.refresh(_TokenRequest(self._connections, self._settings, key, self._clock))
        except SyncdError as error:
            failed = error
        except (GoogleAuthError, ValueError, TypeError, KeyError) as error:
            failed = Misconfigured(f"no access token could be asked for ({type(error).__name__})", hint=_KEY)
        if isinstance(failed, Misconfigured):
            with self._lock:
                self._key = self._own = None
                self._known.clear()
        if failed is not None:
            raise failed


def read_key(text: str, settings: Settings) -> Key:
    """Raises Misconfigured: not a key, not for these hosts (CAL-30)."""
    try:
        info = json.loads(text)
        kind, token_uri = info["type"], info["token_uri"]
    except (ValueError, KeyError, TypeError):
        _wrong("it is no JSON key of Google's", f"{_KEY} For one account: {_CONNECT[0].lower()}{_CONNECT[1:]}")
    if kind not in ("service_account", "authorized_user"):
        _wrong("it is a key of another type", _CONNECT if kind in ("installed", "web") else _KEY)
    if not isinstance(token_uri, str) or not is_safe(token_uri) or _host(token_uri) not in settings.token_hosts:
        _wrong("its token_uri is not one of the configured `token_hosts`", "Only a key made by Google is to be used.")
    if info.get("universe_domain", "googleapis.com") != "googleapis.com":
        _wrong("it belongs to another cloud than Google's public one", _KEY)
    return Key(info, kind == "service_account", token_uri, _consent_ends(info))


def _credentials(key: Key, settings: Settings) -> Any:
    made: Any = None
    try:
        if key.delegated:
            made = _KeyFile.from_service_account_info(key.info, scopes=settings.scopes)
        else:
            fields = {name: _text(key.info, name) for name in ("refresh_token", "client_id", "client_secret")}
            made = _Consent(token=None, token_uri=key.token_uri, scopes=list(settings.scopes), **fields)
    except (KeyError, ValueError, TypeError, GoogleAuthError):
        pass  # told below, where no chain shows what the key held
    if made is None:
        _wrong("a field is missing, or its private key cannot be read", _KEY if key.delegated else _CONNECT)
    return made


def _wrong(what: str, hint: str) -> NoReturn:
    raise Misconfigured(f"the credential cannot be used: {what}", hint=hint)


def _text(info: Mapping[str, Any], name: str) -> str:
    value = info[name]
    if not isinstance(value, str) or not value:
        raise KeyError(name)
    return value


def _host(uri: str) -> str:
    return urlsplit(uri).netloc.casefold()


def _consent_ends(info: Mapping[str, Any]) -> datetime | None:
    try:
        granted_at = datetime.fromisoformat(info["granted_at"])
        return granted_at + timedelta(seconds=int(info["refresh_token_expires_in"]))
    except (KeyError, ValueError, TypeError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class _Answer(transport.Response):
    status: int
    headers: Mapping[str, str]
    data: bytes


class _TokenRequest(transport.Request):
    """How google-auth reaches the token endpoint: our connections, that host alone, and one try."""

    def __init__(self, connections: Connections, settings: Settings, key: Key, clock: Clock) -> None:
        self._connections = connections
        self._settings = settings
        self._key = key
        self._clock = clock

    def __call__(
        self, url: str, method: str = "GET", body: Any = None, headers: Any = None, timeout: Any = None, **kwargs: Any
    ) -> transport.Response:
        if _host(url) not in self._settings.token_hosts:
            raise Misconfigured(f"a token would be asked for at {_host(url)}", hint="Only `token_hosts` are spoken to.")
        failed: SyncdError | None = None
        try:
            answer, data = self._connections.send(url, method, body, dict(headers or {}))
        except BROKEN as error:
            failed = broken(error, write=False)
        if failed is None:
            head = Head(answer.status, answer)
            failed = None if _has_token(head, data) else self._failure(head, data)
        if failed is not None:
            raise failed
        return _Answer(answer.status, dict(answer), data)

    def _failure(self, head: Head, data: bytes) -> SyncdError:
        if head.status == 200:
            return not_understood(write=False)
        if 400 <= head.status < 500 and head.status not in (408, 429):
            return token_refused(data, self._key.delegated, self._key.expires_at, self._clock.now())
        return refusal(head, data, write=False, now=self._clock.now())


def _has_token(head: Head, data: bytes) -> bool:
    try:
        return head.status == 200 and isinstance(json.loads(data)["access_token"], str)
    except (ValueError, KeyError, TypeError):
        return False

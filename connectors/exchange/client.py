"""How do we talk to the server? One connection per service account, one request at a time, one try (EWS-2 to EWS-4).

exchangelib does the talking. What it would do beyond that is off: autodiscover, guessing, waiting, trying again, other
API versions, redirects. Its log shows whole messages at times, so it is silenced (CAL-10).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from threading import RLock, local
from typing import Any, TypeVar

from exchangelib import Account, Build, Configuration, EWSTimeZone, Version
from exchangelib.errors import UnauthorizedError
from exchangelib.protocol import FailFast, Protocol

from connectors.exchange import Settings
from connectors.exchange.credentials import AUTH_TYPES, Issued, credentials
from connectors.exchange.failures import CONFLICT, GONE, Conflict, Failure, Gone, as_error, from_status, server_time
from connectors.exchange.gate import Gate
from connectors.exchange.refusals import RAISED, failure_of
from syncd.ports.clock import Clock
from syncd.ports.errors import OutcomeUnknown, SyncdError

T = TypeVar("T")

USER_AGENT = "syncd"
ONLINE = (15, 20)
OLDEST = (15, 1)  # 2016
_BUILDS = {"2016": (15, 1), "2019": (15, 2), "SE": (15, 2)}
_END = re.compile(rb"</(?:[\w.-]+:)?Envelope>\s*$")
_START = re.compile(rb"<(?:[\w.-]+:)?Envelope[\s>]")
_HEAD_BYTES = 4096
_TAIL_BYTES = 200

logging.getLogger("exchangelib").setLevel(logging.CRITICAL + 1)


class Strict(FailFast):  # type: ignore[misc]  # the library has no types
    """The library's policy for errors: the first is the last, and keeps what it was told (CAL-28)."""

    def __init__(self) -> None:
        self._answers = local()

    @property
    def date(self) -> str | None:
        """The `Date` of the last answer in this thread."""
        return getattr(self._answers, "date", None)

    def raise_response_errors(self, response: Any) -> None:
        self._answers.date = date = response.headers.get("Date")
        status, content = response.status_code, response.content
        if status == 401:
            raise UnauthorizedError("not let in")
        if status == 200 or (status == 500 and _START.search(content[:_HEAD_BYTES])):
            if _END.search(content[-_TAIL_BYTES:]):
                return
            raise Failure("cut-off" if not content or _START.search(content[:_HEAD_BYTES]) else "unexpected")
        raise from_status(status, response.headers.get("Retry-After"), date)


def _protocol_class(settings: Settings, ca_file: str | None) -> Any:
    """The library keeps time limit and authorities per class; so each connection has one of its own."""

    class Wired(Protocol):  # type: ignore[misc]
        TIMEOUT = settings.timeout_seconds
        RETRY_WAIT = 0
        USERAGENT = USER_AGENT

        @classmethod
        def raw_session(cls, *args: Any, **more: Any) -> Any:
            session = super().raw_session(*args, **more)
            session.trust_env = False  # no proxy, no netrc, no other authorities than those configured (CAL-30)
            session.verify = ca_file or True
            return session

    return Wired


class Wire:
    """One service account's way to the server. Its methods may be called from any thread; they take turns."""

    def __init__(self, settings: Settings, credential: Callable[[str], str], ca_file: str | None, clock: Clock) -> None:
        self._settings = settings
        self._credential = credential
        self._turn = RLock()
        self._gate = Gate(clock, settings.username or (settings.oauth.client_id if settings.oauth else ""))
        self._protocol_class = _protocol_class(settings, ca_file)
        self._policy = Strict()
        self._protocol: Any = None
        self._accounts: dict[str, Any] = {}

    def read(self, mailbox: str, call: Callable[[Any], T]) -> T:
        """What `call` makes of the library's Account; a refused sign-in or an expired token is tried once more.

        Raises CursorExpired, Retryable, Misconfigured.
        """
        answer = self._attempt(mailbox, call)
        if isinstance(answer, Failure) and answer.code in ("unauthorized", "client-refused") and not self._gate.parked:
            answer = self._attempt(mailbox, call)
        if isinstance(answer, Failure):
            raise self._error(answer, write=False)
        return answer

    def write(self, mailbox: str, call: Callable[[Any], T]) -> T:
        """As `read`, once. Raises Gone, Conflict, OutcomeUnknown, Retryable, Permanent, Misconfigured."""
        answer = self._attempt(mailbox, call)
        if isinstance(answer, Failure):
            raise self._error(answer, write=True)
        return answer

    @property
    def read_at(self) -> datetime | None:
        """The server's time of the last answer in this thread."""
        return server_time(self._policy.date)

    def close(self) -> None:
        """Give the connection back, and have the library forget it."""
        with self._turn:
            if self._protocol is not None:
                with suppress(KeyError):
                    del self._protocol_class[self._protocol.config]
                self._protocol.close()
            self._protocol = None
            self._accounts.clear()

    def _attempt(self, mailbox: str, call: Callable[[Any], T]) -> T | Failure:
        """The failure is returned, so that no error refers to an answer that may tell what an event says (CAL-10)."""
        with self._turn:
            self._gate.check()
            try:
                account = self._account(mailbox)
                if isinstance(account.protocol.credentials, Issued):
                    account.protocol.credentials.begin()
                answer = call(account)
            except RAISED as error:
                failure = failure_of(error)
            else:
                self._gate.accepted()
                misplaced = _misplaced(account)
                return misplaced if misplaced is not None else answer
            if failure.code in ("unauthorized", "client-refused", "grant-refused"):
                self._gate.refused()
            elif failure.code.startswith("Error") or failure.code == "busy":
                self._gate.accepted()  # it let us in to say so
            if not failure.code.startswith("Error"):
                self.close()  # the library may have lost its session over it, and would wait for it for ever
            return failure

    def _account(self, mailbox: str) -> Any:
        if self._protocol is None:
            config = Configuration(
                service_endpoint=self._settings.endpoint,
                credentials=credentials(self._settings, self._credential),
                auth_type=AUTH_TYPES[self._settings.auth],
                version=Version(build=Build(*_BUILDS[self._settings.version])),
                retry_policy=self._policy,
                max_connections=1,
            )
            self._protocol = self._protocol_class(config=config)
        if mailbox not in self._accounts:
            self._accounts[mailbox] = Account(
                primary_smtp_address=mailbox,
                access_type=self._settings.access,
                autodiscover=False,
                config=self._protocol.config,
                default_timezone=EWSTimeZone("UTC"),
                locale="en_US",
            )
        return self._accounts[mailbox]

    def _error(self, failure: Failure, *, write: bool) -> Exception:
        if failure.code == "unauthorized":
            return self._refusal(write)
        if failure.code in GONE and write:
            return Gone(failure.code)
        if failure.code in CONFLICT and write:
            return Conflict(failure.code)
        return as_error(failure, write=write)

    def _refusal(self, write: bool) -> SyncdError:
        if write and not self._gate.parked:
            return OutcomeUnknown("a write was not let in (401)", hint=self._gate.hint().hint)
        return self._gate.hint()


def _misplaced(account: Any) -> Failure | None:
    """Every answer names the server's build."""
    build = (account.version.build.major_version, account.version.build.minor_version)
    if build == ONLINE:
        return Failure("online")
    return Failure("too-old") if build < OLDEST else None

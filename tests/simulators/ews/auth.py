"""How does one sign in? Basic, NTLM and bearer tokens, judged for real: no password but the right one is let in."""

from __future__ import annotations

import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import spnego
from spnego.exceptions import SpnegoError

from tests.simulators.ews.access import User

TOKEN_SECONDS = 3600


class NotIn(Exception):
    """401 with this challenge."""

    def __init__(self, *challenges: str) -> None:
        super().__init__(challenges)
        self.challenges = challenges


@dataclass
class Doors:
    """`offers`: the ways of signing in that the server knows. `sign_ins`: each try that was judged, and how."""

    users: dict[str, User]
    offers: tuple[str, ...] = ("Basic",)
    sign_ins: list[tuple[str, bool]] = field(default_factory=list)
    ntlm_messages: list[int] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)  # token → user
    codes: set[str] = field(default_factory=set)  # of people who have signed in

    def issue(self, user: str) -> str:
        token = secrets.token_urlsafe(16)
        self.tokens[token] = user
        return token

    def judge(self, authorization: str | None, connection: dict[str, Any]) -> User:
        """Who it is. NTLM signs in a connection, not a request. Raises NotIn."""
        if authorization is None:
            if "user" in connection:
                return self.users[connection["user"]]
            raise NotIn(*self._offered())
        kind, _, value = authorization.partition(" ")
        if kind not in self.offers:
            raise NotIn(*self._offered())
        if kind == "NTLM":
            return self._ntlm(b64decode(value), connection)
        return self._basic(value) if kind == "Basic" else self._bearer(value)

    def _offered(self) -> tuple[str, ...]:
        return tuple('Basic realm="mail"' if offer == "Basic" else offer for offer in self.offers)

    def _outcome(self, name: str, well: bool) -> User:
        self.sign_ins.append((name, well))
        if not well:
            raise NotIn(*self._offered())
        return self.users[name]

    def _basic(self, value: str) -> User:
        name, _, password = b64decode(value).decode().partition(":")
        return self._outcome(name, name in self.users and self.users[name].password == password)

    def _bearer(self, token: str) -> User:
        return self._outcome(self.tokens.get(token, "?"), token in self.tokens)

    def _ntlm(self, message: bytes, connection: dict[str, Any]) -> User:
        """The three messages in their order ([MS-NLMP] 1.3.1), the last proved against the password."""
        assert message[:8] == b"NTLMSSP\0"
        number = message[8]
        self.ntlm_messages.append(number)
        if number == 1:
            connection.pop("user", None)
            connection["ntlm"] = spnego.server(hostname="127.0.0.1", service="http", protocol="ntlm")
            challenge = connection["ntlm"].step(message)
            raise NotIn("NTLM " + b64encode(challenge).decode())
        assert number == 3
        context = connection.pop("ntlm", None)
        assert context is not None, "NTLM message 3 came without the challenge on this connection"
        try:
            context.step(message)
        except SpnegoError:
            return self._outcome("?", False)
        connection["user"] = context.client_principal
        return self._outcome(context.client_principal, True)


@contextmanager
def ntlm_users(users: dict[str, User], folder: Path) -> Iterator[None]:
    """Where spnego looks for the passwords that it proves against: a file that its environment names."""
    path = folder / "ntlm-users"
    path.write_text("".join(f"{name.replace(chr(92), ':')}:{user.password}\n" for name, user in users.items()))
    before = os.environ.get("NTLM_USER_FILE")
    os.environ["NTLM_USER_FILE"] = str(path)
    try:
        yield
    finally:
        if before is None:
            del os.environ["NTLM_USER_FILE"]
        else:
            os.environ["NTLM_USER_FILE"] = before

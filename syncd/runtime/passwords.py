"""Is that the password? Argon2id (RFC 9106) by argon2-cffi; two at a time, since each takes its memory on purpose."""

from __future__ import annotations

import secrets
import threading
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

AT_ONCE = 2
PASSWORD_MIN = 12
PASSWORD_MAX = 1_000


class Argon2Passwords:
    """Implements `syncd.ports.accounts.Passwords`."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe())

    def hash(self, password: str) -> str:
        with self._turns:
            return self._hasher.hash(password)

    def check(self, hash_: str, password: str) -> bool:
        nobodys = self._nobodys
        with self._turns:
            try:
                self._hasher.verify(hash_ or nobodys, password[:PASSWORD_MAX])
            except (VerificationError, InvalidHashError):
                return False
        return bool(hash_)

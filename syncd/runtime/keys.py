"""Who says so? Names and tokens by HMAC-SHA256 (RFC 2104) over the installation's secrets (ports/keys.py).

The secrets lie in a file, one a line, oldest first. Names are made with the first one for ever: a new name for an old
session would be another session. Tokens are signed with the last one and verified with any, so that a secret is
rotated by adding a line, and a later one revoked by removing it.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from itsdangerous import BadSignature, URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode

from syncd.ports.errors import Misconfigured

SECRETS_MAX = 20
SECRET_BYTES = 32
NAME_BYTES = 16
TOKEN_MAX = 2_000
_SECRET = re.compile(r"[A-Za-z0-9_-]{43,200}")


class InstallationKeys:
    """ports.keys.Keys over the secrets, oldest first."""

    def __init__(self, installation_secrets: Sequence[str]) -> None:
        if not installation_secrets:
            raise ValueError("an installation has one secret at least")
        self._secrets = tuple(secret.encode("ascii") for secret in installation_secrets)
        self.installation_id = self.name("installation")[:12]

    def name(self, purpose: str, *parts: str) -> str:
        return base64.b32encode(self._mac("name", purpose, *parts)[:NAME_BYTES]).decode("ascii").rstrip("=").lower()

    def uid(self, session_id: str) -> str:
        """RFC 9562 5.8: a UUID of version 8, whose other bits are ours."""
        bits = int.from_bytes(self._mac("uid", session_id)[:16], "big")
        bits = bits & ~(0xF000 << 64) | 0x8000 << 64
        bits = bits & ~(0xC000 << 48) | 0x8000 << 48
        return str(UUID(int=bits))

    def sign(self, purpose: str, *parts: str) -> str:
        return str(self._serializer(purpose).dumps(list(parts)))

    def open(self, purpose: str, token: str) -> tuple[str, ...] | None:
        if len(token) > TOKEN_MAX or not token.isascii():
            return None
        try:
            parts = self._serializer(purpose).loads(token)
            signature = token.rpartition(".")[2]
            if base64_encode(base64_decode(signature)).decode("ascii") != signature:  # one token, one spelling
                return None
        except BadSignature:
            return None
        return tuple(str(part) for part in parts)

    def digest(self, purpose: str, value: str) -> str:
        return self._mac("digest", purpose, value)[:NAME_BYTES].hex()

    def _serializer(self, purpose: str) -> URLSafeSerializer:
        options = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        return URLSafeSerializer(list(self._secrets), salt=f"syncd/{purpose}", signer_kwargs=options)

    def _mac(self, use: str, *parts: str) -> bytes:
        """Each part with its length in front, so that two lists never give one message."""
        message = b"".join(
            len(raw).to_bytes(4, "big") + raw for raw in (part.encode("utf-8") for part in (use, *parts))
        )
        return hmac.digest(self._secrets[0], message, "sha256")


def open_keys(path: Path, *, may_create: bool) -> InstallationKeys:
    """The keys of the secrets in `path`. `may_create`: this is the first start, nothing bears a name of theirs yet.

    Raises Misconfigured.
    """
    try:
        if may_create and not path.exists():
            _create(path)
        text = path.read_text(encoding="ascii")
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise Misconfigured(
            f"the installation's secret {path} is missing, but its database is there",
            hint="restore the file from a backup: without it every link in every mail is void",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{path} cannot be read: {error}", hint="it must be readable by syncd alone") from None
    if mode & 0o077:
        raise Misconfigured(f"{path} can be read by others", hint=f"chmod 600 {path}")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not 1 <= len(lines) <= SECRETS_MAX or not all(_SECRET.fullmatch(line) for line in lines):
        raise Misconfigured(
            f"{path} holds something else than secrets",
            hint=f"1 to {SECRETS_MAX} lines of at least 43 letters, digits, - and _; restore it from a backup",
        )
    return InstallationKeys(lines)


def _create(path: Path) -> None:
    """Written whole beside its place, then linked there: of two first starts at once, one secret wins for both."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(file, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(SECRET_BYTES) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()

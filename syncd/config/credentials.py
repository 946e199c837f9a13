"""Where are the secrets? Credentials are files, one each, named in the configuration, read when needed, and replaced
whole where a sign-in or its renewal made a new one.

Under systemd they lie in $CREDENTIALS_DIRECTORY (systemd.exec(5), LoadCredential); else in a folder `credentials`
beside the configuration. A name is a name, never a path: it is opened inside that folder, and links are not followed
(spec/reliability.md 5).
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from syncd.ports.errors import Misconfigured

CREDENTIAL_BYTES_MAX = 65_536
FOLDER = "credentials"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")
_NAME_MAX = 80


class Secret:
    """A text that no log, traceback or page shows. `reveal()` is the only way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


class Credentials:
    """The credentials of one configuration."""

    def __init__(self, folder: Path, *, managed: bool) -> None:
        self.folder = folder
        self._managed = managed

    @classmethod
    def beside(cls, configuration: Path, environment: Mapping[str, str]) -> Credentials:
        given = environment.get("CREDENTIALS_DIRECTORY")
        if given:
            return cls(Path(given), managed=True)
        return cls(configuration.parent / FOLDER, managed=False)

    def read(self, name: str) -> Secret:
        """The credential's text, without its final line break. Raises Misconfigured."""
        _check(name)
        try:
            raw = self._read(name)
        except OSError as error:
            raise Misconfigured(
                f"the credential “{name}” cannot be read: {error.strerror}", hint=self._hint(name)
            ) from None
        try:
            text = raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise Misconfigured(f"the credential “{name}” is not UTF-8", hint="write it as plain text") from None
        if not text:
            raise Misconfigured(f"the credential “{name}” is empty", hint=self._hint(name))
        return Secret(text)

    @property
    def writable(self) -> bool:
        """systemd's are copies, made anew at each start: what is written there would be lost."""
        return not self._managed

    def write(self, name: str, text: str) -> Path:
        """Replace the credential whole, or not at all; nobody else may read it (0600). Where it now lies.

        Raises Misconfigured.
        """
        _check(name)
        if self._managed:
            raise Misconfigured(
                f"the credential “{name}” is systemd's, and cannot be replaced from here",
                hint="run this from a shell, then add the file to the unit by LoadCredential",
            )
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            self._replace(name, text.encode())
        except OSError as error:
            raise Misconfigured(
                f"the credential “{name}” cannot be written: {error.strerror}",
                hint=f"let this user write to {self.folder}",
            ) from None
        return self.folder / name

    def _replace(self, name: str, raw: bytes) -> None:
        """By a new file beside it, that takes its place once it is on the disk. It belongs to the folder's owner: an
        operator who is root writes for the user that runs syncd."""
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        beside = f".{name}.{os.getpid()}.new"
        try:
            with suppress(FileNotFoundError):
                os.unlink(beside, dir_fd=folder)  # left by a kill
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(beside, flags, 0o600, dir_fd=folder), "wb") as stream:
                owner = os.fstat(folder)
                if os.geteuid() == 0:
                    os.fchown(stream.fileno(), owner.st_uid, owner.st_gid)
                stream.write(raw)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
            os.fsync(folder)
        finally:
            os.close(folder)

    def _read(self, name: str) -> bytes:
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=folder)
        finally:
            os.close(folder)
        with os.fdopen(file, "rb") as stream:
            facts = os.fstat(stream.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise Misconfigured(f"the credential “{name}” is no file", hint=self._hint(name))
            if facts.st_mode & stat.S_IROTH and not self._managed:
                raise Misconfigured(
                    f"the credential “{name}” can be read by everyone on this machine",
                    hint=f"chmod o-rwx {self.folder / name}",
                )
            if facts.st_size > CREDENTIAL_BYTES_MAX:
                raise Misconfigured(
                    f"the credential “{name}” is larger than {CREDENTIAL_BYTES_MAX // 1024} KiB",
                    hint="it should hold the secret alone",
                )
            return stream.read(CREDENTIAL_BYTES_MAX)

    def _hint(self, name: str) -> str:
        if self._managed:
            return f"add LoadCredential={name}:… to the unit (systemctl edit syncd)"
        return f"write it to {self.folder / name}, readable by syncd alone; a link is not followed"


def _check(name: str) -> None:
    if len(name) > _NAME_MAX or not _NAME.fullmatch(name):
        raise Misconfigured(
            f"“{name:.40}” is no name of a credential",
            hint="letters, digits, dots, - and _: it is a file's name, not a path",
        )

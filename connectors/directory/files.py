"""Who reads the files? Both whole, both of one moment, or an error: never half a directory (D2)."""

from __future__ import annotations

import os
from pathlib import Path

from connectors.directory.csv_rows import CsvFile, listing_of_files
from connectors.directory.listing import facts_of
from connectors.directory.settings import CsvSettings
from syncd.ports.directory import DirectoryListing
from syncd.ports.errors import Misconfigured, Retryable

FILE_BYTES_MAX = 64 * 1_048_576


class CsvDirectory:
    """ports.directory.Directory over two files."""

    def __init__(self, name: str, settings: CsvSettings, folder: Path) -> None:
        self.id = name
        self._settings = settings
        self._companies = folder / settings.companies
        self._contacts = folder / settings.contacts if settings.contacts is not None else None

    def read(self) -> DirectoryListing:
        """Raises Misconfigured (missing, unreadable, no such columns), Retryable (written while it was read)."""
        companies, companies_version = _read(self._companies)
        contacts, contacts_version = _read(self._contacts) if self._contacts is not None else (None, None)
        for path, version in ((self._companies, companies_version), (self._contacts, contacts_version)):
            if path is not None and _version(path) != version:
                raise Retryable(f"{path.name} is being written")
        return listing_of_files(
            CsvFile(self._companies.name, companies),
            CsvFile(self._contacts.name, contacts) if self._contacts is not None and contacts is not None else None,
            self._settings,
        )

    def probe(self) -> tuple[str, ...]:
        return facts_of(self.read())


def _read(path: Path) -> tuple[bytes, tuple[int, int, int]]:
    try:
        with path.open("rb") as file:
            before = _facts(os.fstat(file.fileno()))
            raw = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise Misconfigured(
            f"{path} cannot be read: {error.strerror}",
            hint="does the portal's export write there, and may syncd read it? The last known directory stays in force",
        ) from None
    if len(raw) > FILE_BYTES_MAX:
        hint = "is it the right file? A directory of this size belongs into a database"
        raise Misconfigured(f"{path} is larger than {FILE_BYTES_MAX // 1_048_576} MiB", hint=hint)
    return raw, before


def _version(path: Path) -> tuple[int, int, int] | None:
    try:
        return _facts(path.stat())
    except OSError:
        return None


def _facts(facts: os.stat_result) -> tuple[int, int, int]:
    """An export that replaces the file changes the first, one that rewrites it the others."""
    return facts.st_ino, facts.st_size, facts.st_mtime_ns

"""Companies and contacts from the customer portal: as CSV files, by queries on a database, or from an HTTP endpoint
(D1, D2). Who I am: three manifests over one understanding of rows (cells.py, listing.py)."""

from __future__ import annotations

from typing import Any

from connectors.directory.settings import CsvSettings, HttpSettings, SqlSettings
from syncd.ports.connector import FILES, Manifest, Role, Tools


def _build_csv(name: str, settings: Any, tools: Tools) -> Any:
    from connectors.directory.files import CsvDirectory

    return CsvDirectory(name, settings, tools.folder)


def _build_sql(name: str, settings: Any, tools: Tools) -> Any:
    from connectors.directory.database import SqlDirectory

    password = tools.credential(settings.credential) if settings.credential is not None else None
    return SqlDirectory(name, settings, tools.folder, password)


def _build_http(name: str, settings: Any, tools: Tools) -> Any:
    from connectors.directory.endpoint import HttpDirectory

    secret = tools.credential(settings.credential) if settings.credential is not None else None
    return HttpDirectory(name, settings, tools.clock, secret)


csv = Manifest(
    kind="directory_csv",
    role=Role.DIRECTORY,
    settings=CsvSettings,
    build=_build_csv,
    summary="companies and contacts from two CSV files",
    capabilities=frozenset({FILES}),
)

sql = Manifest(
    kind="directory_sql",
    role=Role.DIRECTORY,
    settings=SqlSettings,
    build=_build_sql,
    summary="companies and contacts by two queries on a database",
)

http = Manifest(
    kind="directory_http",
    role=Role.DIRECTORY,
    settings=HttpSettings,
    build=_build_http,
    summary="companies and contacts from an HTTP endpoint that answers in JSON",
)

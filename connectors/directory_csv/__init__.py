"""Companies and contacts from two CSV files that the customer portal exports (D1, D2). Who I am: manifest, settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from syncd.ports.connector import FILES, Manifest, Role, Tools

PATH_MAX = 1_000


class CsvSettings(BaseModel):
    """`columns` names the portal's own headings where they differ from ours."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    companies: Annotated[str, Field(min_length=1, max_length=PATH_MAX)] = Field(
        "companies.csv", description="the file of companies, relative to the configuration"
    )
    contacts: Annotated[str, Field(min_length=1, max_length=PATH_MAX)] | None = Field(
        "contacts.csv", description="the file of contacts, relative to the configuration"
    )
    encoding: str = Field("auto", description="auto: by the byte order mark, else UTF-8; or a name such as cp1252")
    date_format: str = Field("%Y-%m-%d", description="how plan_until is written, as strftime has it")
    company_columns: dict[str, str] = Field(
        default_factory=dict, description='ours to theirs: { code = "Customer number" }'
    )
    contact_columns: dict[str, str] = Field(default_factory=dict, description='ours to theirs: { email = "E-Mail" }')


def _build(name: str, settings: Any, tools: Tools) -> Any:
    from connectors.directory_csv.client import CsvDirectory

    folder: Path = tools.folder
    return CsvDirectory(name, settings, folder)


manifest = Manifest(
    kind="directory_csv",
    role=Role.DIRECTORY,
    settings=CsvSettings,
    build=_build,
    summary="companies and contacts from two CSV files",
    capabilities=frozenset({FILES}),
)

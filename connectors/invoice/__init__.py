"""A desk that bills by hand: every paid session is booked at once and becomes a line of a CSV file (E4, S7). Who I am:
manifest, settings."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from syncd.ports.connector import Manifest, Role, Tools


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    file: Annotated[str, Field(min_length=1, max_length=1_000)] = Field(
        "invoices.csv", description="the file that bookkeeping takes up, relative to the configuration"
    )


def _build(name: str, settings: Any, tools: Tools) -> Any:
    from connectors.invoice.client import Invoices

    return Invoices(name, tools.folder / settings.file, tools.clock)


manifest = Manifest(
    kind="invoice",
    role=Role.PAYMENTS,
    settings=Settings,
    build=_build,
    summary="paid sessions as lines of a CSV file, billed by hand",
)

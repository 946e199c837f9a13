"""Texts into a folder, for trying out: nothing is sent to anybody. Who I am: manifest and settings."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from syncd.ports.connector import Manifest, Role, Tools


class Settings(BaseModel):
    """`folder`: what would be sent is in its `out`, answers are read from its `in`; relative to the configuration."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: str = Field("texts", min_length=1, description="where texts lie")
    number: str = Field(pattern=r"^\+[1-9][0-9]{6,14}$", description="the number that answers are sent to")


def _build(name: str, settings: Any, tools: Tools) -> Any:
    from connectors.text_sink.client import TextSink

    return TextSink(name, settings, tools)


manifest = Manifest(
    kind="text_sink",
    role=Role.TEXTS,
    settings=Settings,
    build=_build,
    summary="texts into a folder, for trying out",
)

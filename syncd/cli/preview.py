"""`syncd preview`: any kind of mail as a file and a picture, before a customer gets one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from pydantic_core import PydanticCustomError
from rich.markup import escape

from syncd.cli import show
from syncd.config.values import parse_zone
from syncd.runtime import operating, preview
from syncd.runtime.clock import SystemClock


def _kind(name: str) -> str:
    if name not in preview.KINDS:
        raise typer.BadParameter(f"there is no mail “{name}”.{_KINDS}")
    return name


_KINDS = f" One of: {', '.join(preview.KINDS)}."


def preview_command(
    kind: Annotated[str, typer.Argument(callback=_kind, help=f"Which mail.{_KINDS}")],
    to: Annotated[Path, typer.Option(help="Where to: <FILE>.eml, and <FILE>.png beside it.")],
    locale: Annotated[str | None, typer.Option(help="The reader's language: en, de, fr, es; else the desk's.")] = None,
    zone: Annotated[str | None, typer.Option(help="The reader's time zone; else the desk's.")] = None,
    width: Annotated[int, typer.Option(min=320, max=1600, help="How wide the window is, in pixels.")] = 660,
    dark: Annotated[bool, typer.Option("--dark", help="As in a dark mail program.")] = False,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="Whose desk; without any configuration: a sample desk.")
    ] = None,
) -> None:
    """What a customer would get: the mail (.eml) and a picture of it (.png), about a made-up session."""
    desk = operating.desk_or(preview.SAMPLE_DESK, config, os.environ)
    try:
        reader = parse_zone(zone) if zone else desk.zone
    except PydanticCustomError as error:
        hint = (error.context or {}).get("hint", "")
        raise typer.BadParameter(f"{error}: {hint}", param_hint="--zone") from None
    written = preview.write(
        kind,
        to,
        desk,
        locale=locale or desk.locale,
        zone=reader,
        now=SystemClock().now(),
        width=width,
        dark=dark,
    )
    for path in written.files:
        show.out.print(escape(str(path)))
    if written.why:
        show.err.print(escape(f"{written.why}: open the page in a browser"))

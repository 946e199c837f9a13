"""What do most commands need? The configuration's option, JSON's, and an installation opened and closed again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from syncd.runtime import logging as runtime_logging
from syncd.runtime import operating
from syncd.runtime.bootstrap import System

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The configuration; else $SYNCD_CONFIG, ./syncd.toml, /etc/syncd/syncd.toml."),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, for programs.")]


@contextmanager
def opened(config: Path | None) -> Iterator[System]:
    runtime_logging.configure("warning", "auto")
    configuration = operating.configured(config, os.environ)
    with operating.system_of(configuration, operating.report) as system:
        yield system

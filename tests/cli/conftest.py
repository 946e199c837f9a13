"""A configuration that uses a stranger's connectors, and the command line in this process."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from syncd.cli.commands import run_cli
from tests.cli import strangers
from tests.process import Run

Command = Callable[..., Run]


@pytest.fixture
def quiet_log() -> Iterator[None]:
    """Commands set up logging for their process; this one goes on with its own."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A configuration that uses a stranger's connectors, whose package is on the path meanwhile."""
    monkeypatch.syspath_prepend(strangers.install(tmp_path / "site"))
    yield strangers.desk(tmp_path / "desk")
    sys.modules.pop("stranger_connectors", None)


@pytest.fixture
def call(quiet_log: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """A command as the process would run it, in this one: starting an interpreter costs a second each time."""
    monkeypatch.setenv("COLUMNS", "400")

    def command(*arguments: str) -> Run:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            run_cli(arguments)
        told = capsys.readouterr()
        return Run(int(ended.value.code or 0), told.out, told.err)

    return command


@pytest.fixture
def run(config: Path, call: Command) -> Command:
    """A command on that configuration."""
    return lambda *arguments: call(*arguments, "--config", str(config))

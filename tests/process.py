"""How do tests run syncd? As a process, the way an operator does; bounded in time, ended by its own id."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SECONDS_MAX = 100
COMMAND = [sys.executable, "-c", "from syncd.cli import main; main()"]


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str


def environment(*paths: Path, **more: str) -> dict[str, str]:
    """This process's, without what would lead astray or keep Python from compiling once for all; `paths` first on the
    module path, wide lines."""
    astray = ("SYNCD_CONFIG", "CREDENTIALS_", "NOTIFY_", "PYTHONDONTWRITEBYTECODE")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(astray)}
    path = os.pathsep.join([*map(str, paths), str(ROOT)])
    return kept | {"PYTHONPATH": path, "COLUMNS": "400", "NO_COLOR": "1", "TERM": "dumb"} | more


def syncd(*arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None, typed: str = "") -> Run:
    """`typed`: what is piped into it."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=dict(env) if env is not None else environment(),
        input=typed,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)

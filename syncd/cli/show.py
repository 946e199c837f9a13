"""How is it printed? Tables and sentences for people, JSON for programs; errors for whoever must act."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape

from syncd.config.problems import Problem, Severity
from syncd.ports.errors import SyncdError
from syncd.runtime.logging import blotted

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

_MARKS = {Severity.ERROR: "[bold red]error[/]  ", Severity.WARNING: "[yellow]warning[/]"}


def leave() -> NoReturn:
    """End the process now, all being closed and said: a thread that hangs in a call does not hold it back, and the
    interpreter does not spend the rest of the promised time on tidying up."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def error(problem: SyncdError) -> None:
    """What is wrong, and what to do."""
    err.print(f"[bold red]syncd:[/] {escape(str(problem))}")
    if problem.hint:
        err.print(f"       {escape(problem.hint)}")


def fault(problem: Exception) -> None:
    """A fault of ours, with where it came from, without anybody's address."""
    err.print(
        f"[bold red]syncd:[/] {escape(type(problem).__name__)}: a fault of syncd's; please report it with these lines"
    )
    err.print(escape(blotted("".join(traceback.format_exception(problem)))))


def problems(console: Console, found: tuple[Problem, ...]) -> None:
    for problem in found:
        console.print(f"{_MARKS[problem.severity]} [bold]{escape(problem.path)}[/] {escape(problem.what)}")
        if problem.hint:
            console.print(f"        {escape(problem.hint)}")


def columns(rows: Sequence[Sequence[str]], headings: Sequence[str] = ()) -> None:
    """Columns as wide as they need to be; nothing is cut or wrapped, so that addresses and keys can be copied."""
    shown = [*([headings] if headings else []), *rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for number, row in enumerate(shown):
        line = "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        out.print(f"  {escape(line)}", style="bold" if headings and number == 0 else None)


def instant(value: datetime | None, zone: str) -> str:
    """In the desk's zone, with the zone's name: `Tue 2026-12-01 10:00 EST`."""
    return value.astimezone(ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M:%S %Z") if value is not None else "-"


def as_json(value: Any) -> None:
    """One document on standard output."""
    json.dump(plain(value), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def plain(value: Any) -> Any:
    """Values as JSON has them: instants in ISO 8601, durations in seconds, a kind beside each value that has one."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return str(value)

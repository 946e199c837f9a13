"""How do tables of tests stand in the documents? Between marks, written by whoever makes them, compared by a test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def block(document: str, name: str) -> list[str]:
    """The lines between the marks of that name."""
    text = (ROOT / document).read_text("utf-8")
    inside = text.partition(_opens(name))[2].partition(_closes(name))[0]
    return inside.strip().splitlines()


def write_block(document: str, name: str, lines: Sequence[str]) -> None:
    """Put these lines there."""
    path = ROOT / document
    before, mark, rest = path.read_text("utf-8").partition(_opens(name))
    after = rest.partition(_closes(name))[2]
    assert mark, f"{document} has no mark {name}"
    path.write_text(before + mark + "\n" + "\n".join(lines) + "\n" + _closes(name) + after, "utf-8")


def _opens(name: str) -> str:
    return f"<!-- table: {name} -->"


def _closes(name: str) -> str:
    return f"<!-- end: {name} -->"

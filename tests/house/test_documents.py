"""What the documents say is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from syncd.domain.session import TRANSITIONS
from tests.ical import breakages, test_breakages

ROOT = Path(__file__).resolve().parents[2]


def test_the_picture_of_a_sessions_life_is_its_table_of_transitions() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    drawn = set(re.findall(r"^ +(\[\*\]|\w+) --> (\w+): (\w+)$", text, flags=re.MULTILINE))
    table = {(str(before or "[*]"), str(after), str(move)) for (before, move), after in TRANSITIONS.items()}
    assert drawn == table


def test_every_file_that_the_map_names_exists() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:syncd|tests|connectors)/[\w./-]+)`", text))
    missing = {name for name in named if not (ROOT / name).exists()}
    assert named
    assert not missing


def test_the_table_of_broken_rules_is_the_one_that_is_run() -> None:
    """`python -m tests.ical.breakages` writes it anew."""
    written = breakages.DOCUMENT.read_text(encoding="utf-8").split(breakages.MARK)[1]
    assert written.strip() == breakages.table()
    assert set(re.findall(r"`(test_\w+)`", written)) <= set(vars(test_breakages))

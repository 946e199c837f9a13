"""What the documents say is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from syncd.domain.session import TRANSITIONS

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

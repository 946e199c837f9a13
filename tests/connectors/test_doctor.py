"""`syncd doctor` names the cause and what to do, for every trouble at every provider; docs/calendars.md shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.connectors.doctor_table import BREAKS, TROUBLES, examined, row
from tests.documents import block


@pytest.mark.slow
@pytest.mark.parametrize("kind", BREAKS)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_doctor_names_the_cause_and_what_to_do(kind: str, trouble: str, tmp_path: Path) -> None:
    found = examined(kind, trouble, tmp_path)
    assert not found.well
    assert len(found.hint.split()) > 3, "a hint says what to do"
    assert "fault of the connector" not in found.hint
    assert row(kind, trouble, found) in block("docs/calendars.md", "doctor"), (
        "python -m tests.connectors.doctor_table writes the table anew"
    )


def test_the_table_shows_every_trouble_at_every_provider_and_nothing_else() -> None:
    shown = [tuple(line.split(" | ")[:2]) for line in block("docs/calendars.md", "doctor")[2:]]
    assert shown == [(f"| {trouble}", f"`{kind}`") for trouble in TROUBLES for kind in BREAKS]

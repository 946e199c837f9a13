"""A desk with a carrier: the simulated world, whose texts go to a carrier in memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from syncd.domain.desk import Desk
from syncd.testing.chaos import Chaos
from syncd.testing.sim_texts import SimTexts
from syncd.testing.world import World, sample_desk
from tests.simulation.runs import empty

DANAS = "+12125550177"
DESK = replace(sample_desk(), texting_number="+15713173122")
DANA_BY_TEXT = replace(DESK, staff=tuple(replace(m, mobile=DANAS if m.id == "dana" else None) for m in DESK.staff))
"""Dana wants questions by text (N8)."""


def opened(folder: Path, desk: Desk) -> tuple[World, SimTexts]:
    """Acme and Carl are known; nothing is booked."""
    chaos = Chaos()
    (folder / "syncd.db").write_bytes(empty())
    world = World(folder / "syncd.db", chaos, desk=desk)
    texts = SimTexts(world.clock.now, chaos)
    world.texts = texts
    world.survive(world._start)
    world.list_company()
    world.list_contact()
    return world, texts

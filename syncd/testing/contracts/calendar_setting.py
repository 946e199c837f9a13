"""What do the tests of a calendar speak about? The fixture they share, and the entries and drafts they use."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from syncd.domain.spans import Span
from syncd.ports.calendar import EventDraft
from syncd.testing.contracts.calendar_acts import StaffEntry
from syncd.testing.contracts.calendar_world import CANARY, NOW, CalendarWorld, ContractKeys


class Setting:
    @pytest.fixture
    def world(self) -> CalendarWorld:
        raise NotImplementedError("a subclass gives the fixture `world`: a CalendarWorld with an empty calendar")


def hour(n: int) -> datetime:
    """The n-th whole hour of the next morning."""
    return NOW + timedelta(days=1, hours=n)


def entry(n: int, **changes: Any) -> StaffEntry:
    """A foreign half hour; those of different n do not touch."""
    return replace(StaffEntry(hour(n), hour(n) + timedelta(minutes=30)), **changes)


def secretive(plain: StaffEntry) -> StaffEntry:
    """The same with the canary in every text field."""
    return replace(
        plain,
        title=f"{CANARY} title",
        notes=f"{CANARY} notes",
        place=f"{CANARY} place",
        category=f"{CANARY} category",
        attendees=(f"{CANARY}@elsewhere.example",),
    )


def own_span(at: int) -> Span:
    return Span(hour(at), hour(at) + timedelta(minutes=30))


def session_id(n: int) -> str:
    return ContractKeys().name("session", "contract", str(n))


def own_draft(n: int, *, at: int | None = None, **changes: Any) -> EventDraft:
    """The n-th session, at the n-th hour unless told."""
    span = own_span(n if at is None else at)
    plain = EventDraft(
        session_id=session_id(n),
        title=f"Acme: upgrade {n}",
        block=f"Company: Acme\nContact: Carl Customer\nJoin: https://meet.example/j/{n}\nConference ID: 500 554 26{n}#",
        place="https://meet.example/j/500554",
        url=f"https://desk.example/s/{n}",
        starts_at=span.starts_at,
        ends_at=span.ends_at,
    )
    return replace(plain, **changes)

"""What did a calendar say when it was asked for this very decision? Live busy time, carried along as evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syncd.domain.spans import Span


@dataclass(frozen=True, slots=True)
class Asked:
    """Live busy time, asked before a hold or a booking and carried along (CAL-26).

    `busy` covers `span` over all of that staff member's calendars. `includes_own`: the provider cannot tell our own
    events from others', so spans of our sessions are to be subtracted. `unreadable` names the calendars that failed.
    """

    staff_id: str
    span: Span
    asked_at: datetime
    busy: tuple[Span, ...] = ()
    includes_own: bool = False
    unreadable: tuple[str, ...] = ()

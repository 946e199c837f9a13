"""Which numbers are in force? The policy's defaults, each with the rule it belongs to.

Terms are versioned data: the store keeps every version by its digest, and a booking is judged by the one that it was
made under (S10).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from syncd.domain.people import Plan


@dataclass(frozen=True, slots=True)
class Terms:
    id: str = "default"
    free_plans: tuple[Plan, ...] = (Plan.SUPPORT, Plan.MAINTENANCE)  # E1
    hold: timedelta = timedelta(minutes=10)  # B2
    holds_per_network: int = 3  # B2
    cancel_cutoff: timedelta = timedelta(minutes=65)  # C1
    text_cutoff: timedelta = timedelta(minutes=30)  # C2
    short_notice: timedelta = timedelta(hours=24)  # C11
    reminders: tuple[timedelta, ...] = (timedelta(hours=24), timedelta(hours=2))  # N2
    question_repeat: timedelta = timedelta(hours=4)  # N8
    near_start: timedelta = timedelta(hours=2)  # K9
    near_answer: timedelta = timedelta(minutes=15)  # K9
    look_again: timedelta = timedelta(minutes=5)  # CAL-6
    edit_tie: timedelta = timedelta(seconds=60)  # K4
    deletions_held_min: int = 3  # CAL-7
    deletions_held_share: float = 0.25  # CAL-7
    deletions_within: timedelta = timedelta(minutes=10)  # CAL-7
    calendar_alert_after: timedelta = timedelta(minutes=10)  # CAL-26
    busy_age_max: timedelta = timedelta(minutes=15)  # CAL-26
    suspension_days: int = 60  # S1
    no_show_months: int = 6  # S1

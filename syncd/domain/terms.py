"""Which numbers are in force? The policy's defaults, each with the rule it belongs to.

Terms are versioned data: the store keeps every version by its digest, and a booking is judged by the one that it was
made under (S10).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from syncd.domain.money import ReleaseState
from syncd.domain.people import Entitlement, Plan, Reinstatement


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
    no_shows: int = 2  # S1
    counting: tuple[Entitlement, ...] = (Entitlement.PLAN,)  # S9
    strike_months: int = 24  # S8
    reinstatement: Reinstatement = Reinstatement.EITHER  # S4
    reinstatement_cents: int = 10_000  # S4
    reinstatement_currency: str = "USD"  # S4
    clearance_for: tuple[ReleaseState, ...] = (ReleaseState.DEPRECATED, ReleaseState.END_OF_LIFE)  # E4
    payment_within: timedelta = timedelta(minutes=35)  # PAY-5
    payment_look: timedelta = timedelta(minutes=2)  # PAY-4
    undo: timedelta = timedelta(minutes=10)  # B4
    same_day_told: int = 3  # C8
    same_day_days: int = 30  # C8
    early: timedelta = timedelta(minutes=15)  # A1
    staff_missing_after: timedelta = timedelta(minutes=2)  # A8
    offer_press_after: timedelta = timedelta(minutes=4)  # A3
    ask_after: timedelta = timedelta(minutes=5)  # A3
    answer_within: timedelta = timedelta(minutes=10)  # A5
    close_with_mobile: timedelta = timedelta(minutes=15)  # A5
    close_without_mobile: timedelta = timedelta(minutes=10)  # A6
    late_extension: timedelta = timedelta(minutes=15)  # A4
    attest_within: timedelta = timedelta(minutes=10)  # A13, CON-5
    around_window: timedelta = timedelta(seconds=30)  # ATT-7.4
    skew_max: timedelta = timedelta(seconds=30)  # reliability.md 3
    feed_alert_after: timedelta = timedelta(minutes=2)  # ATT-14
    settle_max: timedelta = timedelta(hours=24)  # CON-3
    answer_by: timedelta = timedelta(hours=1)  # O1
    deputy_after: timedelta = timedelta(minutes=15)  # O1
    emergency_plans: tuple[Plan, ...] = (Plan.MAINTENANCE,)  # E1, O1
    squeeze_lead: timedelta = timedelta(minutes=5)  # O1
    emergencies_count: bool = False  # S9
    call_plans: tuple[Plan, ...] = (Plan.MAINTENANCE,)  # E1, O3
    call_length: timedelta = timedelta(minutes=10)  # O3
    call_lead: timedelta = timedelta(minutes=15)  # O3
    call_from_hour: int = 8  # O3, in the contact's zone
    call_until_hour: int = 20  # O3
    call_asked_after: timedelta = timedelta(minutes=15)  # O3, N8
    absence_reminder: timedelta = timedelta(minutes=45)  # K12
    answers_per_day: int = 5  # spec/invitations.md 4, Loops
    resend_after: timedelta = timedelta(minutes=10)  # spec/invitations.md 4, REFRESH

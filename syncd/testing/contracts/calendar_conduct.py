"""How does it behave toward the provider? CAL-27 to CAL-30."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest

from syncd.ports.errors import CursorExpired, Misconfigured, OutcomeUnknown, Retryable, SyncdError
from syncd.testing.contracts.calendar_acts import Adds, Answers, Down, Emptied, SendsElsewhere
from syncd.testing.contracts.calendar_reader import Reader, gone_in, window
from syncd.testing.contracts.calendar_setting import Setting, entry, own_draft
from syncd.testing.contracts.calendar_world import NOW, CalendarWorld


class Conduct(Setting):
    def test_cal_27_a_wrong_password_is_tried_twice_at_most(self, world: CalendarWorld) -> None:
        """exchangelib #57, #108: more would lock the account."""
        calendar = world.calendar()
        world.suffers(Answers(401))
        before = world.requests()
        with pytest.raises(Misconfigured) as caught:
            calendar.observe(None, NOW)
        assert caught.value.hint
        assert world.requests() - before <= 2

    def test_cal_27_the_first_call_after_token_expiry_succeeds(self, world: CalendarWorld) -> None:
        """exchangelib #1345."""
        calendar = world.calendar()
        calendar.observe(None, NOW)
        world.staff(Adds(entry(1)))
        world.suffers(Answers(401, times=1))
        assert calendar.busy(window()).spans == (entry(1).span,)

    def test_cal_27_a_write_after_token_expiry_is_done_once(self, world: CalendarWorld) -> None:
        calendar = world.calendar()
        calendar.observe(None, NOW)
        world.suffers(Answers(401, times=1))
        try:
            calendar.put(own_draft(1), None)
        except OutcomeUnknown:
            calendar.put(own_draft(1), None)
        assert len(world.standing()) == 1

    @pytest.mark.parametrize("status", [429, 503])
    def test_cal_28_throttling_says_how_long_and_is_not_slept_through(self, world: CalendarWorld, status: int) -> None:
        calendar = world.calendar()
        calendar.observe(None, NOW)
        world.suffers(Answers(status, retry_after="3600"))
        before = world.requests()
        with pytest.raises(Retryable) as caught:
            calendar.observe(None, NOW)
        assert caught.value.retry_after == timedelta(hours=1)
        assert world.requests() - before == 1

    def test_cal_28_a_date_says_how_long_too(self, world: CalendarWorld) -> None:
        calendar = world.calendar()
        until = world.server_time() + timedelta(minutes=30)
        world.suffers(Answers(503, retry_after=format_datetime(until, usegmt=True)))
        with pytest.raises(Retryable) as caught:
            calendar.busy(window())
        assert caught.value.retry_after is not None
        assert abs(caught.value.retry_after - timedelta(minutes=30)) < timedelta(minutes=2)

    @pytest.mark.parametrize("said", [None, "soon", "-5"])
    def test_cal_28_without_a_usable_value_the_caller_chooses(self, world: CalendarWorld, said: str | None) -> None:
        calendar = world.calendar()
        world.suffers(Answers(429, retry_after=said))
        with pytest.raises(Retryable) as caught:
            calendar.busy(window())
        assert caught.value.retry_after is None

    def test_cal_28_a_throttled_write_is_postponed(self, world: CalendarWorld) -> None:
        calendar = world.calendar()
        world.suffers(Answers(429, retry_after="60", writes_only=True))
        with pytest.raises(Retryable) as caught:
            calendar.put(own_draft(1), None)
        assert caught.value.retry_after == timedelta(minutes=1)
        assert world.standing() == ()

    def test_cal_29_reads_and_writes_of_one_calendar_share_a_lane(self, world: CalendarWorld) -> None:
        calendar = world.calendar()
        assert calendar.id == calendar.lane == world.calendar_id
        assert world.calendar(calendar_id="bob").lane != calendar.lane

    def test_cal_30_nothing_is_followed_off_the_configured_host(self, world: CalendarWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        reader = Reader(calendar)
        reader.reads()
        world.suffers(SendsElsewhere())
        with pytest.raises(SyncdError):
            calendar.observe(None, NOW)
        with pytest.raises(SyncdError):
            calendar.busy(window())
        with pytest.raises(SyncdError):
            calendar.put(own_draft(1, at=4), written.ref)
        try:
            assert calendar.look(own_draft(1).session_id, written.ref).answer == "unknown"
        except Misconfigured as error:
            assert error.hint  # noqa: PT017 (either way of not knowing is right)
        assert world.elsewhere() == 0

    def test_an_empty_read_duplicates_nothing(self, world: CalendarWorld) -> None:
        """EA #1388; OGCS #1989."""
        calendar = world.calendar()
        calendar.put(own_draft(1), None)
        world.suffers(Emptied())
        try:
            evidence = Reader(world.calendar()).reads()
        except (Retryable, Misconfigured, CursorExpired):
            evidence = ()
        assert gone_in(evidence) == ()
        world.heal()
        calendar.put(own_draft(1), None)
        assert len(world.standing()) == 1

    def test_a_probe_tells_what_it_found(self, world: CalendarWorld) -> None:
        facts = world.calendar().probe()
        assert facts
        assert all(facts)

    def test_a_probe_names_the_cause_of_a_refusal(self, world: CalendarWorld) -> None:
        world.suffers(Answers(401))
        with pytest.raises(Misconfigured) as caught:
            world.calendar().probe()
        assert caught.value.hint

    def test_a_probe_of_what_is_down_may_be_repeated(self, world: CalendarWorld) -> None:
        world.suffers(Down())
        with pytest.raises(Retryable):
            world.calendar().probe()

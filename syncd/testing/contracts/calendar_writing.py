"""Does it write once, under a condition, and tell nobody? CAL-15 to CAL-20."""

from __future__ import annotations

import pytest

from syncd.ports.calendar import Calendar, EventDraft, Written
from syncd.ports.errors import Misconfigured, OutcomeUnknown, Permanent, Retryable, Stale, SyncdError
from syncd.testing.contracts.calendar_acts import Adds, Answers, Deletes, Down, DropsNextWriteAnswer, Moves, Writes
from syncd.testing.contracts.calendar_reader import Reader, seen_in
from syncd.testing.contracts.calendar_setting import Setting, entry, own_draft, own_span, session_id
from syncd.testing.contracts.calendar_world import CalendarWorld


class Writing(Setting):
    def test_a_session_stands_in_the_calendar_as_drafted(self, world: CalendarWorld) -> None:
        draft = own_draft(1)
        written = world.calendar().put(draft, None)
        (standing,) = world.standing()
        assert (standing.event_id, standing.span) == (written.ref.event_id, own_span(1))
        assert (standing.title, standing.place) == (draft.title, draft.place)
        assert draft.block in standing.text.replace("\r\n", "\n")
        assert written.ref.version

    def test_cal_15_a_conflict_is_reread_not_overwritten(self, world: CalendarWorld) -> None:
        """exchangelib #858."""
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        world.staff(Moves(written.ref.event_id, own_span(5)))
        with pytest.raises(Stale) as caught:
            calendar.put(own_draft(1, at=3), written.ref)
        assert caught.value.seen is not None
        assert caught.value.seen.session_id == session_id(1)
        assert caught.value.seen.signature.starts_at == own_span(5).starts_at
        (standing,) = world.standing()
        assert standing.span == own_span(5)
        calendar.put(own_draft(1, at=3), caught.value.seen.ref)
        (standing,) = world.standing()
        assert standing.span == own_span(3)

    def test_cal_15_a_delete_is_conditional_too(self, world: CalendarWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        world.staff(Moves(written.ref.event_id, own_span(5)))
        with pytest.raises(Stale) as caught:
            calendar.remove(session_id(1), written.ref)
        assert caught.value.seen is not None
        assert len(world.standing()) == 1

    def test_cal_15_a_change_of_what_is_gone_is_stale(self, world: CalendarWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        world.staff(Deletes(written.ref.event_id))
        with pytest.raises(Stale) as caught:
            calendar.put(own_draft(1, at=3), written.ref)
        assert caught.value.seen is None
        assert world.standing() == ()

    def test_cal_16_staffs_notes_and_hidden_properties_survive_every_change(self, world: CalendarWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        world.staff(Writes(written.ref.event_id, "bring the cable"))
        (seen,) = seen_in(Reader(calendar).reads())
        (before,) = world.standing()
        written = calendar.put(own_draft(1, at=4, block="New join data"), seen.ref)
        calendar.put(own_draft(1, at=4, block="Newer join data"), written.ref)
        (after,) = world.standing()
        assert "bring the cable" in after.text
        assert after.hidden == before.hidden != ""
        assert after.text.count("Newer join data") == 1
        assert "New join data" not in after.text
        assert own_draft(1).block not in after.text

    def test_cal_16_a_title_that_staff_changed_follows_the_draft_again_only_where_it_is_ours(
        self, world: CalendarWorld
    ) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        calendar.put(own_draft(1, title="Acme: another issue"), written.ref)
        (standing,) = world.standing()
        assert standing.title == "Acme: another issue"

    def test_cal_17_creating_twice_makes_one_event(self, world: CalendarWorld) -> None:
        first = world.calendar().put(own_draft(1), None)
        again = world.calendar().put(own_draft(1), None)
        assert again.ref == first.ref
        assert again.signature == first.signature
        assert len(world.standing()) == 1

    def test_cal_17_creating_what_stands_already_brings_it_to_the_draft(self, world: CalendarWorld) -> None:
        calendar = world.calendar()
        calendar.put(own_draft(1), None)
        again = calendar.put(own_draft(1, at=4, title="Acme: moved"), None)
        (standing,) = world.standing()
        assert (standing.span, standing.title) == (own_span(4), "Acme: moved")
        assert again.signature == own_draft(1, at=4).signature()

    @pytest.mark.parametrize("generation", [0, 1])
    def test_cal_17_a_restored_session_stands_once(self, world: CalendarWorld, generation: int) -> None:
        """google-api-ruby-client #1811; nextcloud/server #30096: its former id may never be used again."""
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        world.staff(Deletes(written.ref.event_id))
        again = calendar.put(own_draft(1, generation=generation), None)
        (standing,) = world.standing()
        assert standing.event_id == again.ref.event_id
        assert [s.session_id for s in seen_in(Reader(world.calendar()).reads())] == [session_id(1)]

    def test_cal_18_a_lost_answer_to_a_create_makes_no_second_event(self, world: CalendarWorld) -> None:
        world.suffers(DropsNextWriteAnswer())
        calendar = world.calendar()
        written = repeated(calendar, own_draft(1), None)
        (standing,) = world.standing()
        assert written.ref.event_id == standing.event_id

    def test_cal_18_a_lost_answer_to_a_change_is_no_conflict_with_ourselves(self, world: CalendarWorld) -> None:
        calendar = world.calendar()
        first = calendar.put(own_draft(1), None)
        world.suffers(DropsNextWriteAnswer())
        written = repeated(calendar, own_draft(1, at=4), first)
        (standing,) = world.standing()
        assert standing.span == own_span(4)
        assert written.signature == own_draft(1, at=4).signature()

    def test_cal_18_a_lost_answer_to_a_delete_is_done_when_repeated(self, world: CalendarWorld) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        world.suffers(DropsNextWriteAnswer())
        try:
            calendar.remove(session_id(1), written.ref)
        except OutcomeUnknown:
            calendar.remove(session_id(1), written.ref)
        assert world.standing() == ()

    @pytest.mark.parametrize("status", [500, 502, 504])
    def test_cal_18_a_server_error_leaves_the_outcome_unknown(self, world: CalendarWorld, status: int) -> None:
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        world.suffers(Answers(status, writes_only=True))
        with pytest.raises(OutcomeUnknown):
            calendar.put(own_draft(2), None)
        with pytest.raises(OutcomeUnknown):
            calendar.put(own_draft(1, at=4), written.ref)
        with pytest.raises(OutcomeUnknown):
            calendar.remove(session_id(1), written.ref)
        world.heal()
        calendar.put(own_draft(2), None)
        assert len(world.standing()) == 2

    def test_cal_18_no_connection_is_never_called_done(self, world: CalendarWorld) -> None:
        calendar = world.calendar()
        world.suffers(Down())
        with pytest.raises((Retryable, OutcomeUnknown)):
            calendar.put(own_draft(1), None)
        world.heal()
        assert world.standing() == ()

    def test_cal_18_a_write_that_is_not_let_in_is_neither_done_nor_refused_for_good(self, world: CalendarWorld) -> None:
        world.suffers(Answers(401))
        with pytest.raises((OutcomeUnknown, Misconfigured)):
            world.calendar().put(own_draft(1), None)
        world.heal()
        assert world.standing() == ()

    def test_cal_19_deleting_what_is_gone_is_done(self, world: CalendarWorld) -> None:
        calendar = world.calendar()
        by_us, by_staff = calendar.put(own_draft(1), None), calendar.put(own_draft(2), None)
        calendar.remove(session_id(1), by_us.ref)
        calendar.remove(session_id(1), by_us.ref)
        world.staff(Deletes(by_staff.ref.event_id))
        calendar.remove(session_id(2), by_staff.ref)
        assert world.standing() == ()

    @pytest.mark.parametrize("generation", [0, 2])
    def test_cal_19_a_create_that_was_never_acknowledged_is_found_and_deleted(
        self, world: CalendarWorld, generation: int
    ) -> None:
        calendar = world.calendar()
        calendar.remove(session_id(1), None, generation)
        calendar.put(own_draft(1, generation=generation), None)
        calendar.put(own_draft(2), None)
        calendar.remove(session_id(1), None, generation)
        assert [s.span for s in world.standing()] == [own_span(2)]

    def test_cal_19_a_refused_write_is_never_called_done(self, world: CalendarWorld) -> None:
        """calrs #159."""
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        world.suffers(Answers(403, writes_only=True))
        for refused in (
            lambda: calendar.put(own_draft(2), None),
            lambda: calendar.put(own_draft(1, at=4), written.ref),
            lambda: calendar.remove(session_id(1), written.ref),
        ):
            with pytest.raises((Permanent, Misconfigured)):
                refused()
        assert [s.span for s in world.standing()] == [own_span(1)]

    def test_cal_20_no_stranger_is_mailed(self, world: CalendarWorld) -> None:
        """OGCS #180, #197; outlookcaldavsynchronizer #335."""
        world.staff(Adds(entry(5, title="Team", attendees=("eve@elsewhere.example",))))
        before = world.mails()
        calendar = world.calendar()
        written = calendar.put(own_draft(1), None)
        (ours,) = [s for s in world.standing() if s.event_id == written.ref.event_id]
        assert ours.attendees == ()
        written = calendar.put(own_draft(1, at=3), written.ref)
        calendar.remove(session_id(1), written.ref)
        assert world.mails() == before


def repeated(calendar: Calendar, draft: EventDraft, before: Written | None) -> Written:
    """As the engine does with an unknown outcome that is harmless to repeat."""
    ref = before.ref if before else None
    try:
        return calendar.put(draft, ref)
    except OutcomeUnknown:
        return calendar.put(draft, ref)
    except SyncdError as error:
        raise AssertionError(f"a lost answer is an unknown outcome (CAL-18), not {error!r}") from error

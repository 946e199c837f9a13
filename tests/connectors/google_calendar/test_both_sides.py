"""Staff, syncd and faults, in any order: after quiet both sides agree, nothing is lost, and no error cancels
anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from syncd.domain.spans import Span, merged
from syncd.testing.contracts import calendar_acts as acts
from syncd.testing.contracts.calendar_reader import window
from syncd.testing.contracts.calendar_setting import hour, own_draft, own_span
from syncd.testing.contracts.calendar_world import CANARY
from tests.connectors.google_calendar.desk import SESSIONS, Desk, Wanted
from tests.connectors.google_calendar.world import GoogleWorld
from tests.simulators.google.methods import busy_spans
from tests.simulators.google.simulator import GoogleSimulator

HOURS = 24
HALF_HOUR = timedelta(minutes=30)
numbers = st.integers(0, SESSIONS - 1)
hours = st.integers(0, HOURS - 1)
NOTE = "bring the cable"
SKEWED = acts.Skewed(timedelta(hours=1))
faults = st.none() | st.sampled_from(
    [
        acts.Down(),
        acts.Answers(500),
        acts.Answers(503, "60"),
        acts.Answers(429),
        acts.Answers(502, times=1),
        acts.Answers(401, times=1),
        acts.Answers(500, writes_only=True),
        acts.LosesCursors(),
        acts.LosesCursorMidPaging(),
        acts.CutsAnswers(),
        acts.DropsNextWriteAnswer(),
        acts.Lags(),
    ]
)


class BothSides(RuleBasedStateMachine):
    """`simulator` is set by the test that runs it."""

    simulator: GoogleSimulator

    def __init__(self) -> None:
        super().__init__()
        self.world = GoogleWorld(self.simulator)
        self.world.settings["search_all_calendars"] = False
        self.desk = Desk(self.world)
        self.foreign: list[str] = []
        self.series: list[str] = []
        self.deleted_by_staff: set[str] = set()
        self.noted: set[str] = set()

    # -- syncd, each act with whatever goes wrong meanwhile --------------------------------------------------------

    @contextmanager
    def suffering(self, fault: acts.Fault | None) -> Iterator[None]:
        """While it lasts; without a fault those that were there before go on."""
        if fault is not None:
            self.world.suffers(fault)
        yield
        if fault is not None:
            self.world.heal()

    @rule(n=numbers, at=hours, fault=faults)
    def books_or_moves(self, n: int, at: int, fault: acts.Fault | None) -> None:
        wanted = self.desk.sessions.get(n)
        if wanted is not None and wanted.draft is None:
            return
        draft = own_draft(n, at=at)
        self.desk.sessions[n] = Wanted(draft) if wanted is None else replace(wanted, draft=draft, due=True)
        with self.suffering(fault):
            self.desk.writes()

    @rule(n=numbers, fault=faults)
    def cancels(self, n: int, fault: acts.Fault | None) -> None:
        wanted = self.desk.sessions.get(n)
        if wanted is not None and wanted.draft is not None:
            wanted.draft, wanted.due = None, True
            with self.suffering(fault):
                self.desk.writes()

    @rule(fault=faults)
    def polls(self, fault: acts.Fault | None) -> None:
        with self.suffering(fault):
            self.desk.polls()

    @rule(fault=faults)
    def looks_and_writes(self, fault: acts.Fault | None) -> None:
        with self.suffering(fault):
            self.desk.confirms()
            self.desk.writes()

    @rule()
    def restarts(self) -> None:
        self.desk.restarts()

    # -- staff -----------------------------------------------------------------------------------------------------

    @rule(at=hours, free=st.booleans())
    def staff_add(self, at: int, free: bool) -> None:
        kind = acts.Kind.FREE if free else acts.Kind.PLAIN
        entry = acts.StaffEntry(hour(at), hour(at) + HALF_HOUR, kind, title=f"{CANARY} title", notes=CANARY)
        self.foreign.append(self.world.staff(acts.Adds(entry)))

    @rule(at=hours)
    def staff_add_a_series(self, at: int) -> None:
        entry = acts.StaffEntry(hour(at), hour(at) + HALF_HOUR, rule="FREQ=DAILY;COUNT=4", title=CANARY)
        self.series.append(self.world.staff(acts.Adds(entry)))

    @precondition(lambda self: self.foreign)
    @rule(data=st.data(), at=hours)
    def staff_move(self, data: st.DataObject, at: int) -> None:
        self.world.staff(acts.Moves(data.draw(st.sampled_from(self.foreign)), own_span(at)))

    @precondition(lambda self: self.foreign)
    @rule(data=st.data())
    def staff_delete(self, data: st.DataObject) -> None:
        event_id = data.draw(st.sampled_from(self.foreign))
        self.foreign.remove(event_id)
        self.world.staff(acts.Deletes(event_id))

    @precondition(lambda self: self.series)
    @rule(data=st.data(), day=st.integers(0, 3), at=hours, moves=st.booleans())
    def staff_except(self, data: st.DataObject, day: int, at: int, moves: bool) -> None:
        series_id = data.draw(st.sampled_from(self.series))
        first = self.world.ada.events[series_id].item["start"]["dateTime"]
        original = type(hour(0)).fromisoformat(first) + timedelta(days=day)
        act: acts.Act = acts.CancelsInstance(series_id, original)
        self.world.staff(acts.MovesInstance(series_id, original, own_span(at)) if moves else act)

    @precondition(lambda self: self.series)
    @rule(data=st.data())
    def staff_delete_a_series(self, data: st.DataObject) -> None:
        series_id = data.draw(st.sampled_from(self.series))
        self.series.remove(series_id)
        self.world.staff(acts.Deletes(series_id))

    @rule(n=numbers, at=hours)
    def staff_move_a_session(self, n: int, at: int) -> None:
        self._on_own(n, lambda event_id: self.world.staff(acts.Moves(event_id, own_span(at))))

    @rule(n=numbers)
    def staff_write_into_a_session(self, n: int) -> None:
        self._on_own(n, self._notes)

    def _notes(self, event_id: str) -> None:
        self.noted.add(event_id)
        self.world.staff(acts.Writes(event_id, NOTE))

    @rule(n=numbers)
    def staff_delete_a_session(self, n: int) -> None:
        self._on_own(n, self._deletes)

    def _deletes(self, event_id: str) -> None:
        self.deleted_by_staff.add(event_id)
        self.world.staff(acts.Deletes(event_id))

    def _on_own(self, n: int, act: Callable[[str], object]) -> None:
        wanted = self.desk.sessions.get(n)
        if wanted is not None and wanted.ref is not None and not self.world.ada.events[wanted.ref.event_id].cancelled:
            act(wanted.ref.event_id)

    # -- faults that stay ------------------------------------------------------------------------------------------

    @rule(fault=st.sampled_from([acts.SmallPages(1), acts.SmallPages(3), acts.Lags(), acts.RepeatsPage(), SKEWED]))
    def suffers(self, fault: acts.Fault) -> None:
        self.world.suffers(fault)

    @rule()
    def token_expires(self) -> None:
        self.world.google.sign_in.expire_tokens()

    @rule(n=numbers)
    def reports_a_living_event_deleted(self, n: int) -> None:
        if self.world.google.faults.replica is None:  # else the look could not know the event either
            self._on_own(n, lambda event_id: self.world.suffers(acts.PhantomDeletion(event_id)))
            self.desk.polls()

    @rule(n=numbers, at=hours)
    def staff_write_while_we_do(self, n: int, at: int) -> None:
        """What we read just before does not know of it: only the condition of the write does."""
        wanted = self.desk.sessions.get(n)
        if wanted is None or wanted.draft is None or wanted.due:
            return
        with self.suffering(acts.Lags()):
            self.staff_write_into_a_session(n)
            wanted.draft, wanted.due = own_draft(n, at=at), True
            self.desk.writes()

    @rule()
    def heals(self) -> None:
        self.world.heal()

    # -- what holds ------------------------------------------------------------------------------------------------

    @invariant()
    def no_error_cancels_a_session(self) -> None:
        for n in self.desk.cancelled_by_staff:
            ids = {
                event_id for event_id, e in self.world.ada.events.items() if _session(e.item) == own_draft(n).session_id
            }
            assert ids & self.deleted_by_staff, "a session was taken for cancelled that staff did not delete"

    @invariant()
    def nobody_was_mailed(self) -> None:
        assert self.world.mails() == ()

    def teardown(self) -> None:
        """Quiet: faults end, and everything is read and written to the end."""
        self.world.heal()
        for _ in range(8):
            for _ in range(60):
                self.desk.polls()
                if self.desk.reader.batches and self.desk.reader.batches[-1].last:
                    break
            self.desk.confirms()
            self.desk.writes()
        self._agrees()

    def _agrees(self) -> None:
        world, desk = self.world, self.desk
        own = {e.item["id"]: e.item for e in world.ada.events.values() if _session(e.item) and not e.cancelled}
        for n, wanted in desk.sessions.items():
            assert not wanted.due, "a write is still due"
            standing = [i for i, item in own.items() if _session(item) == own_draft(n).session_id]
            if wanted.draft is None:
                assert standing == [], "a cancelled session stands"
            else:
                assert wanted.ref is not None
                assert standing == [wanted.ref.event_id], "a living session stands once"
                span = world.stands(wanted.ref.event_id)
                assert span is not None
                assert span.span == Span(wanted.draft.starts_at, wanted.draft.ends_at), "both sides agree when"
                assert NOTE in span.text or wanted.ref.event_id not in self.noted, "staff's notes stay"
        assert len(own) == sum(w.draft is not None for w in desk.sessions.values())
        for event_id in own:
            del world.ada.events[event_id]
        asked = window()
        assert desk.reader.busy(asked) == merged(
            Span(*span) for span in busy_spans(world.ada, asked.starts_at, asked.ends_at)
        ), "both sides agree on what is busy"
        assert CANARY not in repr(desk.reader.batches)
        assert world.google.unfit == []
        assert world.google.methods.silent == []


def _session(item: dict[str, object]) -> str | None:
    extended = item.get("extendedProperties")
    return extended["private"].get("syncd-session") if isinstance(extended, dict) else None


@pytest.mark.slow
def test_after_quiet_both_sides_agree(simulator: GoogleSimulator) -> None:
    BothSides.simulator = simulator
    run_state_machine_as_test(
        BothSides,
        settings=settings(
            max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )

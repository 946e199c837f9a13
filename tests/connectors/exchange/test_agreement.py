"""Do both sides agree when all is quiet again? Random acts of staff, of ours, and faults between them."""

from __future__ import annotations

import ssl
import tempfile
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest
import trustme
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from syncd.domain.session import EntryRef
from syncd.domain.spans import Span, merged
from syncd.ports.errors import CursorExpired, OutcomeUnknown, Retryable, Stale
from syncd.testing.contracts import calendar_acts as acts
from syncd.testing.contracts.calendar_acts import Fault
from syncd.testing.contracts.calendar_reader import Reader, gone_in, seen_in, window
from syncd.testing.contracts.calendar_setting import entry, own_draft, own_span, session_id
from tests.connectors.exchange.world import ExchangeWorld, new_world
from tests.simulators.ews.state import CALENDAR, DELETED
from tests.simulators.faulty_proxy import Elsewhere

SESSIONS, HOURS, TRIES_MAX = range(4), st.integers(0, 200), 6


@cache
def authority() -> tuple[ssl.SSLContext, Path]:
    made = trustme.CA(key_type=trustme.KeyType.ECDSA)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.issue_cert("127.0.0.1", key_type=trustme.KeyType.ECDSA).configure_cert(context)
    path = Path(tempfile.mkdtemp()) / "ca.pem"
    made.cert_pem.write_to_path(str(path))
    return context, path


@dataclass
class Booked:
    """What we hold of a session, as the engine would."""

    at: datetime
    ref: EntryRef | None = None
    live: bool = True
    staff_deleted: bool = False


class Desk(RuleBasedStateMachine):
    """Staff and syncd on one calendar. Where both change a session, staff's time stands."""

    @initialize()
    def opens(self) -> None:
        self.elsewhere = Elsewhere()
        self.world: ExchangeWorld = new_world(*authority(), self.elsewhere)
        self.calendar = self.world.calendar()
        self.reader = Reader(self.calendar)
        self.booked: dict[int, Booked] = {}
        self.foreign: dict[str, Span] = {}

    # -- syncd -----------------------------------------------------------------------------------------------------

    @rule(n=st.sampled_from(SESSIONS), hour=HOURS)
    def books_or_moves(self, n: int, hour: int) -> None:
        held = self.booked.get(n)
        if held is None or not held.live:
            held = self.booked[n] = Booked(own_span(hour).starts_at)
        held.at = own_span(hour).starts_at
        self._write(n, held)

    @rule(n=st.sampled_from(SESSIONS))
    def cancels(self, n: int) -> None:
        held = self.booked.get(n)
        if held is None or not held.live:
            return
        held.live = False
        for _ in range(TRIES_MAX):
            try:
                self.calendar.remove(session_id(n), held.ref)
                return
            except Stale as stale:
                held.ref = stale.seen.ref if stale.seen else None
            except (OutcomeUnknown, Retryable):
                continue
        raise AssertionError("a cancellation never succeeded")

    def _write(self, n: int, held: Booked) -> None:
        """As the outbox does: what is unknown is repeated, what is stale is decided again."""
        for _ in range(TRIES_MAX):
            hours = round((held.at - own_span(0).starts_at).total_seconds() / 3600)
            try:
                held.ref = self.calendar.put(own_draft(n, at=hours), held.ref).ref
                return
            except Stale as stale:
                if stale.seen is None:
                    assert held.staff_deleted, "only staff make an event vanish"
                    held.live = False
                    return
                held.ref, held.at = stale.seen.ref, stale.seen.signature.starts_at
            except (OutcomeUnknown, Retryable):
                continue
        raise AssertionError("a write never succeeded")

    @rule()
    def polls(self) -> None:
        for _ in range(TRIES_MAX):
            full = self.reader.cursor is None
            try:
                evidence = self.reader.reads()
            except CursorExpired:
                self.reader.cursor = None
            except Retryable:
                continue
            else:
                break
        else:
            raise AssertionError("a poll never succeeded")
        seen_ids = {seen.ref.event_id for seen in seen_in(evidence)}
        gone_ids = {gone.ref.event_id for gone in gone_in(evidence)}
        for seen in seen_in(evidence):
            n = next(n for n in SESSIONS if session_id(n) == seen.session_id)
            held = self.booked[n]
            if held.live and held.ref is not None and held.ref.event_id == seen.ref.event_id:
                held.ref, held.at = seen.ref, seen.signature.starts_at
            elif held.live and held.ref is not None:
                self._look(n, held)  # its event under another id: ids change on move
        for n, held in self.booked.items():
            if held.live and held.ref is not None:
                absent = full and held.ref.event_id not in seen_ids  # as the store concludes (CAL-4)
                if absent or held.ref.event_id in gone_ids:
                    self._look(n, held)

    def _look(self, n: int, held: Booked) -> None:
        assert held.ref is not None
        for _ in range(TRIES_MAX):
            look = self.calendar.look(session_id(n), held.ref)
            if look.answer == "gone":
                assert held.staff_deleted, "no error is ever a deletion"
                held.live = False
                return
            if look.seen is not None:
                held.ref, held.at = look.seen.ref, look.seen.signature.starts_at
                return
        raise AssertionError("a look never found out")

    # -- staff -----------------------------------------------------------------------------------------------------

    def _present(self, n: int) -> str | None:
        """The event of a live session as it stands."""
        held = self.booked.get(n)
        if held is None or not held.live or held.ref is None:
            return None
        return held.ref.event_id if self.world.stands(held.ref.event_id) else None

    @rule(n=st.sampled_from(SESSIONS), hour=HOURS)
    def staff_move(self, n: int, hour: int) -> None:
        event_id = self._present(n)
        if event_id is not None:
            self.world.act(acts.Moves(event_id, own_span(hour)))

    @rule(n=st.sampled_from(SESSIONS))
    def staff_delete(self, n: int) -> None:
        event_id = self._present(n)
        if event_id is not None:
            self.world.act(acts.Deletes(event_id))
            self.booked[n].staff_deleted = True

    @rule(n=st.sampled_from(SESSIONS))
    def staff_write_notes(self, n: int) -> None:
        event_id = self._present(n)
        if event_id is not None:
            self.world.act(acts.Writes(event_id, "a note"))

    @rule(n=st.sampled_from(SESSIONS))
    def staff_drag_it_away_and_back(self, n: int) -> None:
        event_id = self._present(n)
        if event_id is not None:
            mailbox, world = self.world.mailbox, self.world.world
            away = world.move(mailbox, self.world.item(event_id), mailbox.folder(DELETED).folder_id)
            world.move(mailbox, away, mailbox.folder(CALENDAR).folder_id)

    @rule(n=st.sampled_from(SESSIONS), hour=HOURS)
    def staff_copy(self, n: int, hour: int) -> None:
        event_id = self._present(n)
        if event_id is not None:
            copy = self.world.act(acts.Duplicates(event_id, own_span(hour)))
            self.foreign[copy] = own_span(hour)

    @rule(hour=HOURS)
    def staff_add(self, hour: int) -> None:
        self.foreign[self.world.act(acts.Adds(entry(hour)))] = own_span(hour)

    @precondition(lambda self: self.foreign)
    @rule(data=st.data(), hour=HOURS, goes=st.booleans())
    def staff_change_theirs(self, data: st.DataObject, hour: int, goes: bool) -> None:
        event_id = data.draw(st.sampled_from(sorted(self.foreign)))
        if goes:
            del self.foreign[event_id]
            self.world.act(acts.Deletes(event_id))
        else:
            self.foreign[event_id] = own_span(hour)
            self.world.act(acts.Moves(event_id, own_span(hour)))

    # -- the world -------------------------------------------------------------------------------------------------

    @rule(n=st.sampled_from(SESSIONS))
    def a_living_event_is_reported_deleted(self, n: int) -> None:
        event_id = self._present(n)
        if event_id is not None:
            self.world.break_down(acts.PhantomDeletion(event_id))

    @rule(
        fault=st.sampled_from(
            (
                acts.DropsNextWriteAnswer(),
                acts.Answers(500, times=1),
                acts.Answers(401, times=1),
                acts.Answers(429, times=1),
                acts.LosesCursors(),
                acts.SmallPages(3),
                acts.RepeatsPage(),
            )
        )
    )
    def something_goes_wrong(self, fault: Fault) -> None:
        self.world.break_down(fault)

    @rule()
    def the_daemon_is_started_again(self) -> None:
        self.calendar = self.world.calendar()
        self.reader.calendar = self.calendar

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self._agrees()
            finally:
                self.world.close()
                self.elsewhere.close()

    def _agrees(self) -> None:
        self.world.heal()
        self.reader.cursor = None  # one full re-read, as falls due every few hours
        self.polls()
        self.polls()
        standing = {s.event_id: s for s in self.world.standing() if s.event_id not in self.foreign}
        living = {held.ref.event_id: held for held in self.booked.values() if held.live and held.ref is not None}
        there = {event_id: s.span.starts_at for event_id, s in standing.items()}
        assert there == {event_id: held.at for event_id, held in living.items()}, (there, self.booked)
        assert self.reader.busy(window()) == merged(self.foreign.values())
        assert self.calendar.busy(window()).spans == merged(self.foreign.values())
        assert self.world.mails() == ()


@pytest.mark.slow
def test_both_sides_agree_in_the_end() -> None:
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )

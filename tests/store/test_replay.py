"""Under one version of the code a replay gives every decision again, byte for byte (PRF-3, invariant 6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from syncd.domain.case import Case, SessionCase
from syncd.domain.decision import Answer, AnswerCode, Decision, Finding
from syncd.domain.evidence import BookingRequested, CancelRequested, Evidence, LinksRequested
from syncd.domain.keys import CaseKey, calendar_key, company_key, contact_key, session_key
from syncd.domain.session import Session, SessionState
from syncd.ports.source import Batch, BusyItem, BusyTime
from syncd.testing import builders as make
from syncd.testing.contracts.store_setting import S1, request_for
from tests.store.opening import Opened

S2 = session_key("s2")


def decide(case: Case, now: datetime) -> Decision:
    """Says everything that it was shown, so that a case rebuilt otherwise is told otherwise."""
    shown = tuple((name, repr(getattr(case, name))) for name in type(case).__slots__ if name != "key")
    made = Decision(case.key, now, (Finding("SHOWN", "all of it", shown),), review_at=now + timedelta(hours=1))
    if not isinstance(case, SessionCase):
        return made
    for item in case.fresh:
        if isinstance(item.payload, BookingRequested):
            state = _booked(case)
            answers = (Answer(item.key, AnswerCode.BOOKED, "B1"),)
            mail = make.mail_effect(case.key)
            made = replace(made, state=state, claims=make.claims_of(state), effects=(mail,), answers=answers)
        elif isinstance(item.payload, CancelRequested) and case.session is not None:
            made = replace(made, state=replace(case.session, state=SessionState.CANCELLED, revision=1))
    return made


def _booked(case: SessionCase) -> Session:
    later = {"s1": 0, "s2": 60}[case.session_id]
    entry = make.calendar_entry(make.entry_ref(case.session_id))
    return make.session(
        case.session_id, span=make.span(make.at(later, make.START)), terms_id=case.terms.id, entry=entry
    )


def assert_replays(world: Opened, key: CaseKey, decisions: int) -> None:
    pairs = list(world.sql.replay(key, decide))
    assert len(pairs) == decisions
    for stored, again in pairs:
        assert again == stored


def test_every_decision_is_given_again_byte_for_byte(world: Opened) -> None:
    store = world.store
    store.settle(S1, decide, make.NOW, (request_for("s1"),))
    meeting = BusyItem("x", "1", (BusyTime(make.span(make.at(90, make.START))),))
    store.absorb("cal-ann", Batch((make.evidence(make.entry_seen(), "seen"),), (meeting,), "1"), make.at(1))
    store.settle(S2, decide, make.at(2), (request_for("s2"),))
    store.source_failed("cal-ann", make.at(3), "503", "wait", paused=False)
    store.settle(S1, decide, make.at(4))
    store.claim(make.at(5), timedelta(minutes=1), 10)
    store.adopt(make.desk(name="Renamed"), make.terms(id="newer"), make.at(6))
    store.settle(company_key("acme"), decide, make.at(6))
    store.settle(contact_key("carol"), decide, make.at(6), (_links(),))
    store.settle(calendar_key("cal-ann"), decide, make.at(6))
    store.settle(S2, decide, make.at(7), (make.evidence(make.cancel_requested(), "no", subject=S2),))
    store.settle(company_key("acme"), decide, make.at(8))
    store.settle(S1, decide, make.at(9))
    for key, decisions in ((S1, 3), (S2, 2), (company_key("acme"), 2), (contact_key("carol"), 1)):
        assert_replays(world, key, decisions)
    assert_replays(world, calendar_key("cal-ann"), 1)


def test_evidence_that_changed_nothing_is_where_it_was(world: Opened) -> None:
    world.store.settle(S1, decide, make.NOW, (request_for("s1"),))
    for number in range(3):
        seen = make.evidence(make.entry_seen(), f"quiet-{number}")
        world.store.settle(S1, lambda case, now: Decision(case.key, now), make.at(number), (seen,))
    world.store.settle(S1, decide, make.at(5), (make.evidence(make.cancel_requested(), "cancel"),))
    assert_replays(world, S1, 2)


def test_a_cases_version_counts_its_decisions(world: Opened) -> None:
    world.store.settle(S1, decide, make.NOW, (request_for("s1"),))
    world.store.settle(S1, lambda case, now: Decision(case.key, now, review_at=now), make.at(1))
    world.store.settle(S1, decide, make.at(2))
    with world.sql.database.read() as connection:
        assert list(connection.exec_driver_sql("SELECT version FROM decision ORDER BY id").scalars()) == [1, 2]
        assert connection.exec_driver_sql("SELECT version FROM case_").scalar_one() == 2


def test_other_rules_show_as_other_bytes(world: Opened) -> None:
    world.store.settle(S1, decide, make.NOW, (request_for("s1"),))

    def stricter(case: Case, now: datetime) -> Decision:
        return replace(decide(case, now), state=None)

    ((stored, again),) = world.sql.replay(S1, stricter)
    assert stored != again


def test_a_replay_writes_nothing(world: Opened) -> None:
    world.store.settle(S1, decide, make.NOW, (request_for("s1"),))
    before = world.commits()
    list(world.sql.replay(S1, decide))
    assert world.commits() == before
    assert list(world.sql.replay(session_key("nobody"), decide)) == []


def _links() -> Evidence:
    return make.evidence(LinksRequested(), "links", subject=contact_key("carol"))

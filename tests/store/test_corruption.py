"""A corrupt row: its case is set aside and listed, the rest goes on (spec/reliability.md 3)."""

from __future__ import annotations

import sqlite3
import traceback

import pytest

from syncd.domain.effect import EffectState
from syncd.domain.keys import CaseKey, company_key, contact_key, session_key
from syncd.store.codec import UnreadableRow
from syncd.store.failures import Refused
from syncd.testing import builders as make
from syncd.testing.contracts.store_setting import S1, nothing, request_for
from tests.store.opening import Opened

S2 = session_key("s2")
LATER = make.span(make.at(60, make.START))


def damage(world: Opened, statement: str, *bound: str) -> None:
    raw = sqlite3.connect(world.url.removeprefix("sqlite:///"))
    with raw:
        assert raw.execute(statement, bound).rowcount == 1
    raw.close()


def damage_state(world: Opened, key: CaseKey) -> None:
    damage(world, "UPDATE case_ SET state = substr(state, 1, 40) WHERE key = ?", key)


def test_a_corrupt_session_is_set_aside_and_listed_and_the_rest_go_on(world: Opened) -> None:
    world.book()
    world.book(make.session("s2", span=LATER))
    damage_state(world, S1)
    world.store.record((request_for("s1", "again"), request_for("s2", "again")), make.NOW)
    for key in world.store.due(make.NOW, 10):
        try:
            world.store.settle(key, nothing, make.NOW)
        except UnreadableRow as error:
            world.store.set_aside(key, make.at(60), str(error))
    assert world.store.due(make.NOW, 10) == []
    ((key, until, reason),) = world.views.set_aside()
    assert (key, until) == (S1, make.at(60))
    assert "cannot be read as Session" in reason


def test_a_corrupt_session_is_left_out_of_lists_and_still_blocks_its_slot(world: Opened) -> None:
    world.book()
    world.book(make.session("s2", span=LATER))
    damage_state(world, S1)
    around = make.span(make.START, LATER.ends_at - make.START)
    assert [found.id for found in world.views.sessions_between(around)] == ["s2"]
    assert [neighbour.session_id for neighbour in world.views.neighbours(around, make.NOW)] == ["s1", "s2"]
    with pytest.raises(UnreadableRow):
        world.views.session("s1")


def test_nothing_is_decided_past_a_company_or_contact_that_cannot_be_read(world: Opened) -> None:
    world.decide(company_key("acme"), state=make.company())
    world.decide(contact_key("carol"), state=make.contact())
    world.book()
    before = world.commits()
    damage_state(world, company_key("acme"))
    with pytest.raises(UnreadableRow):
        world.store.settle(S1, nothing, make.NOW, (request_for("s1", "again"),))
    assert world.commits() == before
    assert world.views.companies() == ()


def test_corrupt_evidence_sets_its_case_aside_and_no_other(world: Opened) -> None:
    world.book()
    world.book(make.session("s2", span=LATER))
    damage(world, "UPDATE evidence SET payload = '{}' WHERE subject = ?", S1)
    with pytest.raises(UnreadableRow):
        world.store.settle(S1, nothing, make.NOW)
    assert world.store.settle(S2, nothing, make.NOW).decision is not None


@pytest.mark.parametrize("column", ["body", "kind"])
def test_a_corrupt_effect_is_parked_and_listed_and_the_others_are_claimed(world: Opened, column: str) -> None:
    bad, good = make.mail_effect(), make.put_effect()
    world.book(None, bad, good)
    damage(world, f"UPDATE effect SET {column} = '?' WHERE key = ?", bad.key)
    assert [claimed.effect for claimed in world.claim()] == [good]
    ((key, _, reason),) = world.views.set_aside()
    assert key == S1
    assert reason.startswith("unreadable")
    assert [row.state for row in world.views.outbox()] == [EffectState.CLAIMED]
    assert world.store.discard(bad.key, "it was damaged", make.NOW)
    assert world.views.set_aside() == ()


def test_an_effect_of_an_unknown_subject_stops_no_claim(world: Opened) -> None:
    world.book(None, make.mail_effect())
    damage(world, "UPDATE effect SET subject = 'martian:1' WHERE key = ?", make.mail_effect().key)
    assert len(world.claim()) == 1


def test_what_cannot_be_read_or_written_is_told_without_a_word_of_it(world: Opened) -> None:
    entry = make.calendar_entry(make.entry_ref("canary"))
    world.book(make.session(entry=entry))
    with pytest.raises(Refused) as refused:
        world.book(make.session("s2", span=LATER, entry=entry))  # an event is one session's (CAL-13)
    assert world.views.session("s2") is None
    world.decide(contact_key("carol"), state=make.contact(email="canary@secret.example"))
    damage(world, "UPDATE case_ SET state = replace(state, 'false', '5') WHERE key = 'contact:carol'")
    with pytest.raises(UnreadableRow) as unreadable:
        world.views.contact("carol")
    for failure, says in ((unreadable.value, "bool expected, int found"), (refused.value, "UNIQUE")):
        told = "".join(traceback.format_exception(failure)) + failure.hint
        assert says in told
        assert "canary" not in told

"""A text that was told of by a webhook and never listed: its own words count after a restart, and what still says
nothing waits for a person, who sets it aside with a reason (SMS-4, ATT-7.6)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.domain.correspondence import TextReceived
from syncd.domain.evidence import Evidence
from syncd.domain.keys import request_key
from syncd.engine.hooks import Fate, Hooks
from syncd.engine.observe import Observer, Outcome
from syncd.ports.source import Batch, Raw
from syncd.store.migrate import migrate
from syncd.store.sql_store import SqlStore, open_store
from syncd.testing.builders import at, desk, terms
from syncd.testing.contracts.calendar_world import ContractKeys
from syncd.testing.contracts.texts import ADA
from tests.connectors.twilio.worlds import World, texting


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    migrate(f"sqlite:///{tmp_path / 'syncd.db'}")
    with closing(open_store(f"sqlite:///{tmp_path / 'syncd.db'}")) as made:
        made.adopt(desk(), terms(), at(0))
        yield made


def told(world: World, store: SqlStore, body: str) -> None:
    hooks = Hooks(store, store.views, world.clock, ContractKeys(), {"texts": world.hook}, frozenset())
    form = world.twilio.texts_us(ADA, body)
    assert hooks.receive("texts", world.twilio.webhook(form))[1] is Fate.TAKEN


def texts_of(store: SqlStore, world: World) -> list[Evidence]:
    keys = ContractKeys()
    key = request_key(keys.name("request", "text", ADA, world.now.date().isoformat()))
    return [item for _, item in store.past.known(key) if isinstance(item.payload, TextReceived)]


def test_what_was_told_before_a_restart_and_is_never_listed_counts_from_its_arrival(store: SqlStore) -> None:
    with texting() as before, texting() as after:
        told(before, store, "running late")
        arrived = before.now
        observer = Observer(store, store.views, after.clock, ContractKeys(), frozenset())
        assert observer.observe(after.texts) is Outcome.QUIET, "the list may be a moment behind"
        assert len(store.unreadable("texts")) == 1
        after.pass_time(timedelta(minutes=2))
        assert observer.observe(after.texts) is Outcome.NEWS
        (heard,) = texts_of(store, before)
        assert (heard.received_at, heard.payload.body) == (arrived, "running late")  # type: ignore[union-attr]
        assert store.unreadable("texts") == ()
        assert observer.observe(after.texts) is Outcome.QUIET


def test_what_is_listed_in_time_counts_by_its_listing(store: SqlStore) -> None:
    with texting() as world:
        made_at = world.now
        form = world.twilio.texts_us(ADA, "running late")
        world.pass_time(timedelta(minutes=9))
        hooks = Hooks(store, store.views, world.clock, ContractKeys(), {"texts": world.hook}, frozenset())
        hooks.receive("texts", world.twilio.webhook(form))
        world.pass_time(timedelta(minutes=2))
        observer = Observer(store, store.views, world.clock, ContractKeys(), frozenset())
        assert observer.observe(world.texts) is Outcome.NEWS
        (heard,) = texts_of(store, world)
        assert heard.received_at == made_at
        assert store.unreadable("texts") == ()


def test_a_call_that_says_nothing_stays_before_a_person(store: SqlStore) -> None:
    with texting() as world:
        odd = Raw("odd", world.now, b"\xff\xfe", "a text was told of, and has not been read yet")
        assert world.texts.recall(odd) == Batch(raw=(odd,))
        store.keep_read("texts", Batch(raw=(odd,)), world.now)
        world.pass_time(timedelta(minutes=2))
        observer = Observer(store, store.views, world.clock, ContractKeys(), frozenset())
        assert observer.observe(world.texts) is Outcome.QUIET
        assert store.unreadable("texts") == (replace(odd),)

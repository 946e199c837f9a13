"""Does this connector keep the contract of `Texts` (ports/texts.py; spec/attendance.md 4; N5)?

Subclass `TextsContract` and give it a fixture `world`: a Texts and the carrier behind it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import pytest

from syncd.domain.correspondence import TextReceived
from syncd.domain.evidence import Evidence
from syncd.domain.phrases import TAUGHT
from syncd.ports.errors import Permanent
from syncd.ports.texts import Text, Texts

ADA = "+12125550123"
BEN = "+12125550143"
ONE = Text(ADA, "Your session begins at 10:00. Code 4821", "4821", "text.customer:kept/session:s1/0/text/0")


class TextsWorld(Protocol):
    """A Texts and its carrier. `now`: the carrier's time, which the connector's clock shares."""

    texts: Texts

    @property
    def now(self) -> datetime: ...

    def pass_time(self, by: timedelta) -> None: ...

    def taken(self) -> list[tuple[str, str]]:
        """(number, words) of all that the carrier took from us, in order."""
        ...

    def receive(self, sender: str, body: str) -> None:
        """Somebody texts us."""
        ...


def read(world: TextsWorld, cursor: str | None = None) -> tuple[list[Evidence], str | None]:
    """One round."""
    found: list[Evidence] = []
    for _ in range(100):
        batch = world.texts.observe(cursor, world.now)
        found += batch.evidence
        cursor = batch.cursor
        if batch.last:
            return found, cursor
    raise AssertionError("a round that never ends")


def bodies(found: list[Evidence]) -> list[tuple[str, str]]:
    texts = [e.payload for e in found if isinstance(e.payload, TextReceived)]
    return sorted((text.sender, text.body) for text in texts)


class TextsContract:
    @pytest.fixture
    def world(self) -> TextsWorld:
        raise TypeError("give the suite your carrier: override the fixture `world`")

    def test_a_text_is_handed_over_and_has_an_id(self, world: TextsWorld) -> None:
        assert world.texts.send(ONE)
        assert world.taken() == [(ADA, ONE.body)]

    def test_what_was_sent_is_found_by_its_words(self, world: TextsWorld) -> None:
        sent = world.texts.send(ONE)
        assert world.texts.look(ONE, world.now - timedelta(minutes=5)) == sent

    def test_what_was_not_sent_is_not_found(self, world: TextsWorld) -> None:
        world.texts.send(ONE)
        other = replace(ONE, body="Other words. Code 4821", effect_key="text.customer:kept/session:s1/0/text/1")
        assert world.texts.look(other, world.now - timedelta(minutes=5)) is None
        assert world.texts.look(replace(other, to=BEN), world.now - timedelta(minutes=5)) is None

    def test_what_people_write_is_read_once_a_key(self, world: TextsWorld) -> None:
        world.receive(ADA, "C 4821")
        world.receive(BEN, "Ünïcode 👍")
        found, cursor = read(world)
        assert bodies(found) == [(ADA, "C 4821"), (BEN, "Ünïcode 👍")]
        again, _ = read(world, cursor)
        assert {e.key for e in again} <= {e.key for e in found}, "the same text is the same evidence"
        assert {e.key for e in read(world)[0]} == {e.key for e in found}

    def test_what_comes_later_is_found_from_the_cursor(self, world: TextsWorld) -> None:
        world.receive(ADA, "one")
        first, cursor = read(world)
        world.pass_time(timedelta(days=2))
        world.receive(ADA, "two")
        later, _ = read(world, cursor)
        assert len({e.key for e in later} - {e.key for e in first}) == 1

    def test_a_text_is_received_when_its_carrier_had_it(self, world: TextsWorld) -> None:
        world.receive(ADA, "C")
        at = world.now
        world.pass_time(timedelta(minutes=7))
        found, _ = read(world)
        assert abs(found[0].received_at - at) < timedelta(seconds=2)

    def test_reading_tells_how_far_it_has_read(self, world: TextsWorld) -> None:
        read_at = world.texts.observe(None, world.now).read_at
        assert read_at is not None, "the watermark of ATT-7, condition 6"
        assert world.now - timedelta(minutes=1) <= read_at <= world.now

    def test_the_carriers_words_are_told_and_who_opts_out_is_not_texted(self, world: TextsWorld) -> None:
        stop = next(word for word, deed in world.texts.keywords.items() if deed == "out")
        world.receive(ADA, stop.upper())
        found, _ = read(world)
        assert isinstance(found[0].payload, TextReceived)
        assert found[0].payload.carrier == "out"
        with pytest.raises(Permanent) as refused:
            world.texts.send(ONE)
        assert refused.value.means == "out"
        world.texts.send(replace(ONE, to=BEN))

    def test_no_word_that_we_teach_is_one_of_the_carriers(self, world: TextsWorld) -> None:
        taught = {word.casefold() for words in TAUGHT.values() for word in words}
        assert taught & set(world.texts.keywords) == set()
        assert all(word == word.casefold() for word in world.texts.keywords)

    def test_the_probe_says_something(self, world: TextsWorld) -> None:
        assert world.texts.probe()

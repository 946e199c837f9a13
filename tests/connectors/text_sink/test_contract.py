"""The text sink keeps the contract of texts, over a real folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from connectors.text_sink import Settings, manifest
from syncd.ports.connector import Tools
from syncd.ports.texts import Texts
from syncd.runtime.demo.phone import Phone
from syncd.runtime.keys import InstallationKeys
from syncd.testing.clock import VirtualClock
from syncd.testing.contracts.texts import ADA, ONE, TextsContract
from tests.policy.play import NOW


@dataclass
class Sink:
    folder: Path
    clock: VirtualClock
    texts: Texts

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def pass_time(self, by: timedelta) -> None:
        self.clock.advance(by)

    def taken(self) -> list[tuple[str, str]]:
        files = sorted((self.folder / "texts" / "out").glob("*.json"))
        rows = [json.loads(place.read_text("utf-8")) for place in files]
        return [(row["to"], row["body"]) for row in rows]

    def receive(self, sender: str, body: str) -> None:
        """By the page of the sample."""
        Phone(self.folder / "texts").answer(sender, body, self.now)
        self.clock.advance(timedelta(microseconds=1))


@pytest.fixture
def sink(tmp_path: Path) -> Sink:
    clock = VirtualClock(NOW)
    tools = Tools(clock, InstallationKeys(["k" * 43]), lambda name: "", tmp_path)
    return Sink(tmp_path, clock, manifest.build("texts", Settings(number="+15713173122"), tools))


class TestTextSink(TextsContract):
    @pytest.fixture
    def world(self, sink: Sink) -> Sink:
        return sink


def test_the_page_shows_both_ways_newest_first(sink: Sink) -> None:
    sink.texts.send(ONE)
    sink.pass_time(timedelta(minutes=1))
    sink.receive(ADA, "1")
    shown = Phone(sink.folder / "texts").latest()
    assert [(each.body, each.ours) for each in shown] == [("1", False), (ONE.body, True)]


def test_half_a_file_is_no_text(sink: Sink) -> None:
    place = sink.folder / "texts" / "in"
    place.mkdir(parents=True)
    (place / "20260302T090000000000.json").write_text('{"from": "+1202555')
    batch = sink.texts.observe(None, sink.now)
    assert batch.evidence == ()
    (aside,) = batch.raw
    assert aside.unreadable.startswith("no text"), "it stands against a no-show until it is whole"
    whole = {"from": ADA, "body": "1", "at": sink.now.isoformat()}
    (place / "20260302T090000000000.json").write_text(json.dumps(whole))
    (mark,) = sink.texts.observe(batch.cursor, sink.now).raw
    assert (mark.key, mark.unreadable) == (aside.key, "")

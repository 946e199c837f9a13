"""`syncd mail`: what nobody could read, told by the doctor and set aside with a reason (INV-43, ATT-7.6)."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from syncd.domain.correspondence import SeenByStaff
from syncd.domain.keys import calendar_key
from syncd.ports.source import Batch, Raw
from syncd.store.sql_store import SqlStore, open_store
from syncd.testing.builders import at
from tests.cli.conftest import Command

TEXTS = """
[[connector]]
name = "texts"
kind = "text_sink"
number = "+12025550123"
"""


def opened(config: Path) -> SqlStore:
    return open_store(f"sqlite:///{config.parent / 'syncd.db'}")


@pytest.fixture
def aside(config: Path, run: Command) -> Path:
    """The configuration with a carrier of texts, one of which was told of and never read."""
    config.write_text(config.read_text() + TEXTS)
    assert run("migrate").code == 0
    assert run("tick").code == 0  # the desk is in force
    with closing(opened(config)) as store:
        raw = Raw("text/1", at(0), b"From=%2B12125550123", "a text was told of, and has not been read yet")
        store.keep_read("texts", Batch(raw=(raw,)), at(0))
    return config


def test_a_text_that_was_never_read_is_told_and_set_aside_with_a_reason(aside: Path, run: Command) -> None:
    rows = json.loads(run("mail", "list", "--json").out)
    assert [(row["source"], row["key"]) for row in rows] == [("texts", "text/1")]
    told = {part["part"]: part for part in json.loads(run("doctor", "--json").out)}
    assert "1 texts were told of" in told["texts texts"]["facts"][0]
    assert "syncd mail done" in told["texts texts"]["hint"]
    assert run("mail", "done", "text/1", "--by", "dana", "--reason", "The carrier lost it; I rang them.").code == 0
    assert json.loads(run("mail", "list", "--json").out) == []
    assert "texts texts" not in {part["part"] for part in json.loads(run("doctor", "--json").out)}
    with closing(opened(aside)) as store:
        (said,) = [item.payload for _, item in store.past.known(calendar_key("texts"))]
        assert said == SeenByStaff("text/1", "dana", "The carrier lost it; I rang them.")
        assert store.views.pressed_by_persons(10, None)[0].payload == said


def test_what_cannot_be_set_aside_is_said_with_a_hint(aside: Path, run: Command) -> None:
    for words, says in (
        (("text/1", "--by", "dane", "--reason", "x"), "dana"),
        (("text/1", "--by", "dana", "--reason", "  "), "say why"),
        (("text/2", "--by", "dana", "--reason", "x"), "text/1"),
    ):
        refused = run("mail", "done", *words)
        assert refused.code == 1
        assert says in refused.err
    assert len(json.loads(run("mail", "list", "--json").out)) == 1

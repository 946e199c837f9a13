"""Attendance feeds as they are installed: lists brought by hand, posts taken at the door, what the doctor compares, and
what `syncd check` and a start import of them."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.domain.desk import DialIn
from syncd.engine.hooks import Fate
from syncd.ports.connector import Role
from syncd.ports.hook import Call
from syncd.runtime.bootstrap import System, open_system
from syncd.runtime.configuration import read_configuration
from syncd.runtime.doctor import differences
from syncd.runtime.registry import Registry
from syncd.testing.builders import room
from syncd.testing.clock import VirtualClock
from syncd.testing.contracts.feed import START
from tests.cli.conftest import Command
from tests.process import environment

FEEDS = """
[[connector]]
name = "lists"
kind = "csv_feed"
rooms = ["red"]

[[connector]]
name = "pbx"
kind = "json_feed"
credential = "pbx"
rooms = { red = "conference/1" }
"""
SECRET = "known to both of us"
LIST = "channel,joined_at,left_at,name\nonline,2026-11-23T15:02:00Z,2026-11-23T15:20:00Z,Dana\n"
SPAN = ("--room", "red", "--from", "2026-11-23T14:45", "--to", "2026-11-23T16:30+01:00")


@pytest.fixture
def fed(config: Path, run: Command) -> Path:
    """The configuration with two feeds, and its database."""
    config.write_text(config.read_text() + FEEDS)
    folder = config.parent / "credentials"
    folder.mkdir(exist_ok=True)
    (folder / "pbx").write_text(SECRET)
    (folder / "pbx").chmod(0o600)
    assert run("migrate").code == 0
    return config


def covered(config: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(config.parent / "syncd.db")) as database:
        return list(database.execute("select feed, room_id from coverage order by id"))


def test_a_list_is_taken_once_and_a_wrong_one_not_at_all(fed: Path, run: Command, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(LIST)
    bad.write_text(LIST + "fax,2026-11-23T15:00:00,,Bo\n")
    refused = run("feed", "import", str(bad), *SPAN)
    assert refused.code == 3
    assert "line 3, channel" in refused.err
    assert "line 3, joined_at" in refused.err
    assert covered(fed) == []
    for _ in range(2):
        assert run("feed", "import", str(good), *SPAN).code == 0
    assert covered(fed) == [("lists", "red")]
    assert run("feed", "import", str(good), "--feed", "pbx", *SPAN).code != 0
    assert run("feed", "import", str(tmp_path / "none.csv"), *SPAN).code != 0


def test_a_feed_of_a_room_that_nobody_offers_is_a_mistake(fed: Path, run: Command) -> None:
    assert run("check").code == 0
    fed.write_text(fed.read_text().replace('rooms = ["red"]', 'rooms = ["red", "rde"]'))
    checked = run("check")
    assert checked.code == 1
    assert "“rde”" in checked.out + checked.err
    assert "red" in checked.out + checked.err


@contextmanager
def opened(config: Path, clock: VirtualClock) -> Iterator[System]:
    system = open_system(read_configuration(config, {}), lambda *_: None, clock)
    try:
        yield system
    finally:
        system.close()


def test_posts_reach_the_store_and_forged_old_and_doubled_ones_change_nothing(fed: Path) -> None:
    clock = VirtualClock(START)
    body = json.dumps(
        {"room": "conference/1", "watermark": START.isoformat(), "complete": True, "records": []}
    ).encode()
    stamp = str(int(START.timestamp()))
    mark = hmac.new(SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    call = Call("POST", "", {"x-syncd-timestamp": stamp, "x-syncd-signature": mark}, body, START)
    with opened(fed, clock) as system:
        for forged in (
            replace(call, headers={**call.headers, "x-syncd-signature": "0" * 64}),
            replace(call, raw=body + b" "),
            replace(call, at=START + timedelta(hours=1)),
            replace(call, raw=b"x" * 1_100_000),
        ):
            assert system.hooks.receive("pbx", forged)[1] is Fate.REFUSED
        assert covered(fed) == []
        assert system.hooks.receive("pbx", call)[1] is Fate.TAKEN
        assert covered(fed) == [("pbx", "red")]
        assert system.hooks.receive("pbx", call)[1] is Fate.TAKEN
        assert covered(fed) == [("pbx", "red")]


def test_the_doctor_finds_numbers_and_codes_that_the_provider_does_not_know() -> None:
    ours = room("red")
    assert differences(ours, ours.join) == ()
    silent = replace(ours.join, conference_id="", conference_digits="", numbers=())
    assert differences(ours, silent) == (), "what is not told is not missed"
    theirs = replace(ours.join, conference_id="1 2 3#", conference_digits="123", numbers=(DialIn("+4930901820", "DE"),))
    wrong, strange = differences(ours, theirs)
    assert "1 2 3#" in wrong
    assert ours.join.numbers[0].e164 in strange


def test_the_manifest_of_a_feed_imports_no_vendors_library() -> None:
    registry = Registry()
    kinds = [kind for kind in registry.kinds() if registry.manifest(kind).role is Role.FEED]
    assert len(kinds) >= 6
    script = (
        "import sys\nfrom syncd.runtime.registry import Registry\nfound = Registry()\n"
        f"for kind in {kinds!r}:\n    found.manifest(kind)\n"
        "print(*(name for name in ('httpx2', 'lxml', 'google.auth', 'googleapiclient', 'twilio', 'phonenumbers')"
        " if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment(), capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == []

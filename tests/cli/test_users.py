"""`syncd user`: who may sign in; a password never stands in a command."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from syncd.runtime.passwords import Argon2Passwords
from syncd.store.sql_store import open_store
from tests.cli.conftest import Command

LONG = "a sentence is a good password"


def test_a_user_is_added_listed_given_a_password_and_removed(
    run: Command, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("migrate")
    monkeypatch.setattr("sys.stdin", io.StringIO(LONG + "\n"))
    assert run("user", "add", "Dana", "--role", "lead", "--staff", "dana").code == 0
    told = json.loads(run("user", "list", "--json").out)
    assert told == [{"name": "dana", "role": "lead", "staff": "dana", "password": True}]
    monkeypatch.setattr("sys.stdin", io.StringIO(LONG + " indeed\n"))
    assert run("user", "password", "dana").code == 0
    store = open_store(f"sqlite:///{config.parent / 'syncd.db'}")
    kept = store.accounts.user("dana")
    store.close()
    assert kept is not None
    assert Argon2Passwords().check(kept.hash, LONG + " indeed")
    assert not Argon2Passwords().check(kept.hash, LONG)
    assert run("user", "remove", "dana").code == 0
    assert json.loads(run("user", "list", "--json").out) == []


def test_what_cannot_be_is_said_with_a_hint(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    run("migrate")
    for typed, arguments, says in (
        ("short\n", ("add", "x"), "12 characters"),
        ("", ("add", "x"), "standard input"),
        (LONG + "\n", ("add", "x", "--staff", "dan"), "dana"),
        (LONG + "\n", ("password", "nobody"), "syncd user list"),
        ("", ("remove", "nobody"), "syncd user list"),
    ):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        refused = run("user", *arguments)
        assert refused.code == 1
        assert says in refused.err

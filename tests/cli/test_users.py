"""`syncd user`: who may sign in; a password never stands in a command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from syncd.runtime.passwords import Argon2Passwords
from syncd.store.sql_store import open_store
from tests.cli.conftest import Command
from tests.process import Run, environment, syncd

pytestmark = pytest.mark.slow  # a process for each password

LONG = "a sentence is a good password"
Piped = Callable[..., Run]


@pytest.fixture
def piped(config: Path, tmp_path: Path) -> Piped:
    """A command with something on its standard input: that takes a process."""
    env = environment(tmp_path / "site")
    return lambda typed, *words: syncd(*words, "--config", config, cwd=tmp_path, env=env, typed=typed)


def test_a_user_is_added_listed_given_a_password_and_removed(run: Command, piped: Piped, config: Path) -> None:
    run("migrate")
    assert piped(LONG + "\n", "user", "add", "Dana", "--role", "lead", "--staff", "dana").code == 0
    told = json.loads(run("user", "list", "--json").out)
    assert told == [{"name": "dana", "role": "lead", "staff": "dana", "password": True}]
    assert piped(LONG + " indeed\n", "user", "password", "dana").code == 0
    store = open_store(f"sqlite:///{config.parent / 'syncd.db'}")
    kept = store.accounts.user("dana")
    store.close()
    assert kept is not None
    assert Argon2Passwords().check(kept.hash, LONG + " indeed")
    assert not Argon2Passwords().check(kept.hash, LONG)
    assert run("user", "remove", "dana").code == 0
    assert json.loads(run("user", "list", "--json").out) == []


def test_what_cannot_be_is_said_with_a_hint(run: Command, piped: Piped) -> None:
    run("migrate")
    for refused, says in (
        (piped("short\n", "user", "add", "x"), "12 characters"),
        (piped("", "user", "add", "x"), "standard input"),
        (run("user", "add", "x", "--staff", "dan", "--no-password"), "dana"),
        (run("user", "remove", "nobody"), "syncd user list"),
    ):
        assert refused.code == 1
        assert says in refused.err


def test_a_password_is_asked_for_once_all_else_is_right(run: Command, piped: Piped) -> None:
    """Who mistypes a name is told so before they type a password twice: here there is none to be had."""
    run("migrate")
    assert piped(LONG + "\n", "user", "add", "dana").code == 0
    for refused, says in (
        (run("user", "password", "dan"), "dana"),
        (run("user", "add", "dana"), "syncd user password"),
        (run("user", "add", "x", "--staff", "dan"), "dana"),
        (run("user", "add", ""), "no name to sign in by"),
    ):
        assert refused.code == 1
        assert says in refused.err
        assert "standard input" not in refused.err

"""Fees, releases and clearances by the command line: set from a day on, listed, and refused with a hint (E4, E8)."""

from __future__ import annotations

import json

from tests.cli.conftest import Command


def test_what_the_desk_sells(run: Command) -> None:
    assert run("migrate").code == 0
    assert run("tick").code == 0
    assert run("fees", "list").out.strip() == "nothing is sold"

    assert run("fees", "set", "online", "99.00 USD", "--by", "dana").code == 0
    assert run("fees", "set", "online", "49 usd", "--by", "dana", "--plan", "maintenance").code == 0
    assert run("fees", "set", "online", "129.00 USD", "--by", "dana", "--since", "2099-01-01").code == 0
    rows = json.loads(run("fees", "list", "--json").out)
    assert [(row["plan"], row["amount"]["cents"]) for row in rows] == [
        ("", 9_900),
        ("", 12_900),
        ("maintenance", 4_900),
    ]

    assert run("releases", "set", "r2", "deprecated", "--by", "dana", "--name", "Release 2").code == 0
    assert "deprecated" in run("releases", "list").out

    for arguments, says in (
        (("fees", "set", "onlin", "99 USD", "--by", "dana"), "online"),
        (("fees", "set", "online", "a lot", "--by", "dana"), "99.00 USD"),
        (("fees", "set", "online", "99 USD", "--by", "dane"), "dana"),
        (("fees", "set", "online", "99 USD", "--by", "dana", "--plan", "gold"), "maintenance"),
        (("releases", "set", "r3", "active", "--by", "dana"), "--name"),
        (("clear", "nobody@nowhere.example", "r2", "--by", "dana"), "contact's address"),
        (("clear", "nobody@nowhere.example", "r9", "--by", "dana"), "known are r2"),
    ):
        refused = run(*arguments)
        assert refused.code == 1, arguments
        assert says in refused.err

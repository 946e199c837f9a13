"""A connector is added without touching syncd: found by its entry point, judged, built and used (issue 2, 9)."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli import strangers
from tests.cli.conftest import Command


def test_a_strangers_settings_are_judged_like_ours(config: Path, run: Command) -> None:
    assert run("check").code == 0
    config.write_text(config.read_text().replace('folder = "sent"', 'foldr = "sent"'))
    judged = run("check", "--json")
    paths = {p["path"]: p["hint"] for p in json.loads(judged.out)["problems"] if p["severity"] == "error"}
    assert paths.keys() == {"connector[1].foldr", "connector[1].folder"}
    assert "“folder”" in paths["connector[1].foldr"]


def test_a_credential_that_a_stranger_needs_is_missed_offline(config: Path, run: Command) -> None:
    config.write_text(config.read_text().replace('folder = "sent"', 'folder = "sent"\ncredential = "absent"'))
    judged = run("check", "--json")
    (problem,) = [p for p in json.loads(judged.out)["problems"] if p["severity"] == "error"]
    assert problem["path"] == "connector[1].credential"
    assert "absent" in problem["hint"]


def test_a_strangers_directory_is_read_into_our_tables(run: Command) -> None:
    assert run("migrate").code == 0
    assert json.loads(run("directory", "import", "--json").out)["companies"] == 3
    assert run("tick", "--json").code == 0
    listed = json.loads(run("directory", "list", "--json").out)
    assert [(row["company"]["name"], row["company"]["code"]) for row in listed] == [
        ("Acme", "ACME1"),
        ("Bolt", "BOLT1"),
        ("Clay", "CLAY1"),
    ]


def test_the_doctor_tries_a_strangers_mail_server(run: Command) -> None:
    assert run("migrate").code == 0
    found = {one["part"]: one for one in json.loads(run("doctor", "--json").out)}
    assert found["mail"] == {"part": "mail", "well": True, "facts": ["the folder is there"], "hint": ""}
    assert found["directory portal"]["facts"] == ["3 companies"]
    assert not next(one for part, one in found.items() if part.startswith("calendar"))["well"]


def test_without_its_package_the_kind_is_unknown_and_said_so(tmp_path: Path, call: Command) -> None:
    judged = call("check", "-c", str(strangers.desk(tmp_path)))
    assert judged.code == 1
    assert "no connector of kind “post” is installed" in judged.out

"""A connector is added without touching syncd: found by its entry point, judged, built and used (issue 2, 9)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.house import strangers
from tests.process import Run, environment, syncd


@pytest.fixture
def place(tmp_path: Path) -> Path:
    strangers.install(tmp_path / "site")
    return tmp_path


def run(place: Path, *arguments: str) -> Run:
    config = strangers.desk(place / "desk")
    return syncd(*arguments, "--config", config, cwd=place, env=environment(place / "site"))


def test_a_strangers_settings_are_judged_like_ours(place: Path) -> None:
    assert run(place, "check").code == 0
    config = strangers.desk(place / "desk")
    config.write_text(config.read_text().replace('folder = "sent"', 'foldr = "sent"\ncredential = "absent"'))
    judged = syncd("check", "--json", "-c", config, cwd=place, env=environment(place / "site"))
    paths = {p["path"]: p["hint"] for p in json.loads(judged.out)["problems"] if p["severity"] == "error"}
    assert paths.keys() == {"connector[1].foldr", "connector[1].folder"}
    assert "“folder”" in paths["connector[1].foldr"]


def test_a_credential_that_a_stranger_needs_is_missed_offline(place: Path) -> None:
    config = strangers.desk(place / "desk")
    config.write_text(config.read_text().replace('folder = "sent"', 'folder = "sent"\ncredential = "absent"'))
    judged = syncd("check", "--json", "-c", config, cwd=place, env=environment(place / "site"))
    (problem,) = [p for p in json.loads(judged.out)["problems"] if p["severity"] == "error"]
    assert problem["path"] == "connector[1].credential"
    assert "absent" in problem["hint"]


def test_a_strangers_directory_is_read_into_our_tables(place: Path) -> None:
    assert run(place, "migrate").code == 0
    imported = run(place, "directory", "import", "--json")
    assert json.loads(imported.out)["companies"] == 3
    assert run(place, "tick", "--json").code == 0
    listed = json.loads(run(place, "directory", "list", "--json").out)
    assert [(row["company"]["name"], row["company"]["code"]) for row in listed] == [
        ("Acme", "ACME1"),
        ("Bolt", "BOLT1"),
        ("Clay", "CLAY1"),
    ]


def test_the_doctor_tries_a_strangers_mail_server(place: Path) -> None:
    assert run(place, "migrate").code == 0
    found = {one["part"]: one for one in json.loads(run(place, "doctor", "--json").out)}
    assert found["mail"] == {"part": "mail", "well": True, "facts": ["the folder is there"], "hint": ""}
    assert found["directory portal"]["facts"] == ["3 companies"]
    assert not next(one for part, one in found.items() if part.startswith("calendar"))["well"]


def test_without_its_package_the_kind_is_unknown_and_said_so(place: Path) -> None:
    judged = syncd("check", "-c", strangers.desk(place / "desk"), cwd=place)
    assert judged.code == 1
    assert "no connector of kind “post” is installed" in judged.out

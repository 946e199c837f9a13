"""The command line says what is wrong, where, and what to do, and ends with the code that the README lists."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.cli.conftest import Command

FIVE = (
    ('zone = "America/New_York"', 'zone = "America/New_Yrk"', "staff[0].zone", "America/New_York"),
    ('email = "dana@desk.example"', 'email = "dana at desk"', "staff[0].email", "@"),
    ('mon-fri = "09:00-17:00"', 'mon = "09:00-12:00, 11:00-13:00"', "staff[0].hours", "once"),
    ('kind = "caldav"', 'kind = "caldv"', "connector[0].kind", "caldav"),
    ('organizer = "support', 'organiser = "support', "desk.organiser", "organizer"),
)


def test_five_mistakes_in_one_configuration_are_all_named_with_place_and_hint(config: Path, run: Command) -> None:
    text = config.read_text()
    for right, mistake, _, _ in FIVE:
        assert right in text
        text = text.replace(right, mistake)
    config.write_text(text)
    shown, told = run("check"), run("check", "--json")
    assert shown.code == told.code == 1
    problems = {p["path"]: p["hint"] for p in json.loads(told.out)["problems"]}
    for _, _, path, hint in FIVE:
        assert hint in problems[path]
        assert path in shown.out
    assert problems.keys() - {path for _, _, path, _ in FIVE} == {"desk.organizer"}  # it is missing, misspelt as it is


def test_a_command_on_a_wrong_configuration_names_every_mistake_too(config: Path, run: Command) -> None:
    config.write_text(
        config.read_text().replace("America/New_York", "Nowhere").replace('kind = "caldav"', 'kind = "x"')
    )
    refused = run("explain", "x")
    assert refused.code == 3
    assert "staff[0].zone" in refused.err
    assert "connector[0].kind" in refused.err
    assert refused.out == ""


def test_without_a_database_a_reading_command_makes_none(config: Path, run: Command) -> None:
    refused = run("outbox", "list")
    assert refused.code == 3
    assert "syncd migrate" in refused.err
    assert not (config.parent / "syncd.db").exists()


def test_an_operators_hands(config: Path, run: Command) -> None:
    """One database for many commands: each start of a process costs a second."""
    assert run("migrate").code == 0
    assert run("tick").code == 0

    nobody = run("explain", "nobody@nowhere.example")
    assert nobody.code == 1
    assert "nothing is known" in nobody.err

    story = run("explain", "ACME-1")
    assert story.code == 0
    assert story.out.index("company-listed") < story.out.index("decided") < story.out.index("D2")
    told = json.loads(run("explain", "acme", "--json").out)
    assert told["key"] == "company:acme"
    assert told["decisions"][0]["decision"]["findings"][0]["rule"] == "D2"

    (calendar, directory) = json.loads(run("sources", "list", "--json").out)
    assert directory["state"]["source"] == "portal"
    assert calendar["about"] == "sessions of dana"
    assert calendar["state"]["failing_since"] is not None
    assert run("sources", "reread", calendar["state"]["source"]).code == 0
    unknown = run("sources", "reread", calendar["state"]["source"][:-1])
    assert unknown.code == 1
    assert calendar["state"]["source"] in unknown.err

    for command in (("outbox", "retry", "no/such"), ("outbox", "discard", "no/such", "--reason", "test")):
        refused = run(*command)
        assert refused.code == 1
        assert "set aside" in refused.err

    (config.parent / "book.txt").write_text("Acme")
    assert "3 companies" not in run("directory", "import").out
    listed = json.loads(run("directory", "list", "--json").out)
    assert len(listed) == 3


def tables(config: Path) -> list[str]:
    with closing(sqlite3.connect(config.parent / "syncd.db")) as database:
        return list(database.iterdump())


def test_a_dry_run_shows_what_would_be_done_and_changes_nothing(config: Path, run: Command) -> None:
    assert run("migrate").code == 0
    assert run("outbox", "list").code == 0
    before = tables(config)
    rehearsed = run("tick", "--dry-run", "--json")
    assert rehearsed.code == 0
    assert json.loads(rehearsed.out) == []
    assert tables(config) == before
    assert not (config.parent / "sent").exists()
    assert json.loads(run("directory", "list", "--json").out) == []


def test_no_command_shows_a_credential(config: Path, run: Command) -> None:
    canary = "canary-9d41c7"
    config.write_text(config.read_text().replace('folder = "sent"', 'folder = "sent"\ncredential = "post"'))
    (config.parent / "credentials").mkdir()
    (config.parent / "credentials" / "post").write_text(canary)
    (config.parent / "credentials" / "post").chmod(0o600)
    assert run("check").code == 0
    assert run("migrate").code == 0
    told = [run(*command) for command in (("check", "--json"), ("tick",), ("doctor",), ("sources", "list"))]
    assert not any(canary in one.out + one.err for one in told)


def test_a_place_that_cannot_be_written_says_so(config: Path, run: Command) -> None:
    (config.parent / "occupied").write_text("a file, no folder")
    config.write_text(config.read_text() + '\n[store]\nfolder = "occupied"\n')
    refused = run("migrate")
    assert refused.code == 3
    assert "store.folder" in refused.err


def test_a_fault_of_ours_has_a_status_of_its_own_and_shows_nobody(config: Path, run: Command) -> None:
    broken = config.parent.parent / "site" / "stranger_connectors.py"
    broken.write_text(broken.read_text().replace("return PostBox(", "raise ZeroDivisionError('ann@acme.example')  # ("))
    assert run("migrate").code == 0
    failed = run("tick")
    assert failed.code == 70
    assert "ZeroDivisionError" in failed.err
    assert "ann@acme.example" not in failed.err


def test_pages_of_their_own_need_postgresql(config: Path, run: Command) -> None:
    refused = run("web")
    assert refused.code == 3
    assert "SQLite" in refused.err


def test_files_fill_our_own_tables_where_no_directory_is_configured(config: Path, run: Command, tmp_path: Path) -> None:
    text = config.read_text()
    start = text.index('[[connector]]\nname = "portal"')
    config.write_text(text[:start] + text[text.index("[[connector]]", start + 5) :])
    (tmp_path / "companies.csv").write_text("id,name,code,plan\n1,Acme,ACME-1,support\n2,Bolt,BOLT-1,gold\n")
    assert run("migrate").code == 0
    nothing = run("directory", "import")
    assert nothing.code == 3
    assert "--companies" in nothing.err
    imported = run("directory", "import", "--companies", str(tmp_path / "companies.csv"))
    assert imported.code == 1
    assert "companies.csv:3" in imported.out
    assert run("tick").code == 0
    assert "Acme" in run("directory", "list").out


def test_a_command_line_that_makes_no_sense_is_the_usage_error(call: Command) -> None:
    assert call("outbox", "list", "--state", "lost").code == 2
    assert call("--version").out.startswith("syncd ")

"""The service, the gate and the documents keep the rules of the house."""

from __future__ import annotations

import re
import shutil
import subprocess
import warnings
from pathlib import Path

import pytest
import typer

from syncd.cli.commands import app

ROOT = Path(__file__).resolve().parents[2]
LINES_MAX = 400
TRACKED = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split(
    "\0"
)[:-1]
WORDS = [ROOT / name for name in TRACKED if not name.endswith((".png", ".jpg", ".svg", ".lock", ".ico"))]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze (Debian: systemd)")
def test_the_service_is_hardened_to_one_and_a_half_or_better() -> None:
    unit = ROOT / "systemd" / "syncd.service"
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", str(unit)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout[-2000:] + judged.stderr


def test_the_service_is_notified_watched_and_stopped_as_the_daemon_promises() -> None:
    unit = (ROOT / "systemd" / "syncd.service").read_text()
    facts = dict(re.findall(r"^(\w+)=(.*)$", unit, re.M))
    assert facts["Type"] == "notify"
    assert int(facts["WatchdogSec"]) >= 30
    assert int(facts["TimeoutStopSec"]) > 10
    assert facts["ExecReload"].startswith("kill -HUP")
    assert facts["LimitCORE"] == "0"
    assert "LoadCredential" in facts
    assert facts["RestartPreventExitStatus"].split() == ["2", "3"]


def test_the_gate_is_a_script_that_a_shell_can_read() -> None:
    gate = ROOT / ".ci" / "run"
    assert gate.stat().st_mode & 0o111
    assert subprocess.run(["sh", "-n", str(gate)], check=False).returncode == 0
    assert "make test" in gate.read_text()


@pytest.mark.skipif(not TRACKED, reason="needs a git checkout")
def test_no_file_names_a_place_on_some_machine_or_a_package_registry() -> None:
    places = re.compile(r"(?<![\w.])/(?:work|root|Users)/\w|/home/(?!\*)\w|(?:pypi|pythonhosted|npmjs)\.(?:org|com)")
    named = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in WORDS
        if path.exists() and path != Path(__file__)
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
        if places.search(line) and not path.name.endswith("package-lock.json")
    ]
    assert named == []


@pytest.mark.skipif(not TRACKED, reason="needs a git checkout")
def test_no_module_is_longer_than_one_reads() -> None:
    modules = [path for path in WORDS if path.suffix == ".py" and path.exists() and "migrations" not in path.parts]
    lengths = {path.relative_to(ROOT): len(path.read_text("utf-8").splitlines()) for path in modules}
    long = {str(path): lines for path, lines in lengths.items() if lines > LINES_MAX}
    for path, lines in long.items():
        warnings.warn(f"{path} has {lines} lines: is there a second room in there?", stacklevel=1)
    assert {path: lines for path, lines in long.items() if not path.startswith("tests/")} == {}


def commands(group: typer.Typer, prefix: str = "syncd") -> list[str]:
    found = [f"{prefix} {c.name or (c.callback.__name__ if c.callback else '')}" for c in group.registered_commands]
    for sub in group.registered_groups:
        assert sub.typer_instance is not None
        found += commands(sub.typer_instance, f"{prefix} {sub.name}")
    return found


@pytest.mark.parametrize("command", commands(app))
def test_every_command_is_explained_in_the_readme(command: str) -> None:
    assert f"`{command}" in (ROOT / "README.md").read_text("utf-8")

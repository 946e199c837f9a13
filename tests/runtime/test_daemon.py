"""The daemon as a process: ready, watched, reloaded, stopped in time, killed and started again (REL-10, spec 3)."""

from __future__ import annotations

import os
import re
import resource
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli import strangers
from tests.process import environment, syncd
from tests.runtime.daemons import STOP_SECONDS_MAX, DaemonProcess, get


@pytest.fixture
def config(tmp_path: Path) -> Path:
    strangers.install(tmp_path / "site")
    path = strangers.desk(tmp_path / "desk")
    path.write_text(path.read_text() + "\n[web]\nport = 0\n")
    return path


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return environment(tmp_path / "site")


@pytest.fixture
def daemon(config: Path, env: dict[str, str]) -> Iterator[DaemonProcess]:
    with DaemonProcess(config.parent, env, "run", "--config", config) as running:
        yield running


def test_a_daemon_is_ready_serves_its_pages_feeds_the_watchdog_and_stops(daemon: DaemonProcess) -> None:
    port = daemon.ready()
    status, page = get(port, "/book")
    assert status == 200
    assert "Test desk" in page
    assert get(port, "/metrics")[0] == 200
    assert get(port, "/mailbox/")[0] == 404
    daemon.heard("WATCHDOG=1")
    assert daemon.stop() == 0
    assert "daemon.stopped" in daemon.words()


def test_a_first_start_makes_database_and_secret_for_its_own_eyes(daemon: DaemonProcess, config: Path) -> None:
    daemon.ready()
    daemon.stop()
    assert (config.parent / "syncd.db").exists()
    assert (config.parent / "installation.secret").stat().st_mode & 0o077 == 0


def test_a_second_daemon_is_refused_and_the_first_goes_on(
    daemon: DaemonProcess, config: Path, env: dict[str, str]
) -> None:
    port = daemon.ready()
    second = syncd("run", "--config", config, cwd=config.parent, env=env)
    assert second.code == 4
    assert f"process {daemon.process.pid}" in second.err
    assert "syncd.lock" in second.err
    assert get(port, "/healthz")[0] == 200


def test_a_killed_daemon_starts_again_on_what_it_had(config: Path, env: dict[str, str]) -> None:
    with DaemonProcess(config.parent, env, "run", "--config", config) as first:
        first.ready()
        first.heard("WATCHDOG=1")
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait()
    with DaemonProcess(config.parent, env, "run", "--config", config) as second:
        second.ready()
        assert second.stop() == 0
    listed = syncd("directory", "list", "-c", config, cwd=config.parent, env=env)
    assert "Acme" in listed.out


def test_a_call_that_hangs_does_not_keep_the_daemon_from_stopping(config: Path, env: dict[str, str]) -> None:
    book = config.parent / "book.txt"
    book.unlink()
    os.mkfifo(book)  # whoever opens it waits for a writer who never comes
    with DaemonProcess(config.parent, env, "run", "--config", config) as daemon:
        daemon.ready()
        daemon.heard("WATCHDOG=1")
        daemon.process.send_signal(signal.SIGTERM)
        try:
            code = daemon.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            pytest.fail("it did not stop in the promised time")
        assert code == 0
        assert re.search(r'"left": 1', daemon.words())


def test_a_hang_up_takes_up_a_changed_configuration(daemon: DaemonProcess, config: Path) -> None:
    port = daemon.ready()
    config.write_text(config.read_text().replace("Test desk", "Renamed desk"))
    daemon.hang_up()
    daemon.heard("RELOADING=1")
    daemon.heard("configuration taken up")
    assert "Renamed desk" in get(port, "/book")[1]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("America/New_York", "America/New_Yrk"), "America/New_York"),
        (('kind = "book"', 'kind = "boook"'), "book"),
        (("port = 0", "port = 1"), "restart"),
        (('file = "book.txt"', 'file = "book.txt"\n\n[store]\nfolder = "elsewhere"'), "restart"),
    ],
)
def test_a_configuration_that_cannot_be_taken_up_says_why_and_the_former_stays(
    daemon: DaemonProcess, config: Path, change: tuple[str, str], why: str
) -> None:
    port = daemon.ready()
    config.write_text(config.read_text().replace(*change).replace("Test desk", "Renamed desk"))
    daemon.hang_up()
    daemon.heard("was refused")
    assert daemon.said("configuration.refused")
    assert why in daemon.words()
    assert "Test desk" in get(port, "/book")[1]


def test_an_unreadable_calendar_is_told_once_and_by_the_doctor(
    daemon: DaemonProcess, config: Path, env: dict[str, str]
) -> None:
    daemon.ready()
    assert daemon.said("source.failed")
    daemon.heard("WATCHDOG=1")
    assert daemon.words().count('"event": "source.failed"') == 1
    examined = syncd("doctor", "-c", config, cwd=config.parent, env=env)
    assert examined.code == 1
    assert "failing since" in examined.out


def test_a_damaged_database_ends_the_start_with_a_status_that_is_not_restarted(
    config: Path, env: dict[str, str]
) -> None:
    with DaemonProcess(config.parent, env, "run", "--config", config) as daemon:
        daemon.ready()
        daemon.stop()
    file = config.parent / "syncd.db"
    with file.open("r+b") as raw:
        raw.write(b"this is no database" * 100)
    refused = syncd("run", "-c", config, cwd=config.parent, env=env)
    assert refused.code == 3
    assert "damaged" in refused.err
    assert "backup" in refused.err


def test_another_schema_is_refused_with_what_to_run(config: Path, env: dict[str, str]) -> None:
    assert syncd("migrate", "-c", config, cwd=config.parent, env=env).code == 0
    with closing(sqlite3.connect(config.parent / "syncd.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    refused = syncd("run", "-c", config, cwd=config.parent, env=env)
    assert refused.code == 3
    assert "9999" in refused.err


def test_a_secret_that_is_gone_is_not_replaced(config: Path, env: dict[str, str]) -> None:
    assert syncd("migrate", "-c", config, cwd=config.parent, env=env).code == 0
    (config.parent / "installation.secret").unlink()
    refused = syncd("run", "-c", config, cwd=config.parent, env=env)
    assert refused.code == 3
    assert "restore the file from a backup" in refused.err


def test_a_port_that_is_taken_is_said_with_what_to_set(
    daemon: DaemonProcess, config: Path, env: dict[str, str]
) -> None:
    port = daemon.ready()
    other = config.parent.parent / "other"
    strangers.desk(other)
    refused = syncd("run", "-c", other / "syncd.toml", "--port", str(port), cwd=other, env=env)
    assert refused.code == 3
    assert "web.port" in refused.err


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs prlimit (Linux) to take a process's disk away")
def test_a_full_disk_is_told_once_loses_nothing_and_is_recovered_from(config: Path, env: dict[str, str]) -> None:
    config.write_text(config.read_text() + '\n[engine]\ndirectory_poll = "1 s"\n')
    log_room = 65_536  # the daemon's log lies on the same disk
    with DaemonProcess(config.parent, env, "run", "--config", config) as daemon:
        daemon.ready()
        assert daemon.said("source.failed")
        daemon.heard("WATCHDOG=1")
        assert (config.parent / "syncd.db-wal").stat().st_size > log_room
        unlimited = resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (log_room, resource.RLIM_INFINITY))
        (config.parent / "book.txt").write_text("Acme Bolt Clay Dune")
        assert daemon.said("store.failed")
        for _ in range(3):
            daemon.heard("WATCHDOG=1")
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, unlimited)
        assert daemon.said("store.recovered")
        assert daemon.stop() == 0
    assert daemon.words().count('"event": "store.failed"') == 1
    assert "Dune" in syncd("directory", "list", "-c", config, cwd=config.parent, env=env).out

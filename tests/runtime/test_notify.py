"""systemd hears what sd_notify(3) says, through a path or an abstract socket; nobody hears us where nobody asks."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.runtime.alarm import Alarm
from syncd.runtime.notify import Notifier


@pytest.fixture(params=["path", "abstract"])
def ear(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    name = str(tmp_path / "notify") if request.param == "path" else f"@syncd-test-{os.getpid()}-{id(request)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(name.replace("@", "\0", 1))
        listening.settimeout(10)
        yield listening, name


def test_each_state_is_one_datagram(ear: tuple[socket.socket, str]) -> None:
    listening, name = ear
    notifier = Notifier({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "60000000"}, os.getpid())
    assert notifier.watchdog_seconds == 60
    notifier.ready("2 calendars\nall well")
    notifier.watchdog()
    notifier.stopping()
    heard = [listening.recv(1000).decode() for _ in range(3)]
    assert heard == ["READY=1\nSTATUS=2 calendars all well", "WATCHDOG=1", "STOPPING=1"]
    notifier.reloading()
    assert listening.recv(1000).startswith(b"RELOADING=1\nMONOTONIC_USEC=")


def test_a_watchdog_that_nobody_hears_holds_nobody_up(ear: tuple[socket.socket, str]) -> None:
    listening, name = ear
    notifier = Notifier({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "60000000"}, os.getpid())
    for _ in range(1_000):  # far more than the socket's queue takes; with a wait each, this would never end
        notifier.watchdog()
    assert listening.recv(1000) == b"WATCHDOG=1"


def test_a_watchdog_that_is_meant_for_another_process_is_not_fed(ear: tuple[socket.socket, str]) -> None:
    listening, name = ear
    notifier = Notifier({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "1", "WATCHDOG_PID": "1"}, os.getpid())
    notifier.watchdog()
    notifier.stopping()
    assert listening.recv(1000) == b"STOPPING=1"


def test_without_a_socket_or_with_a_dead_one_nothing_happens(tmp_path: Path) -> None:
    Notifier({}, os.getpid()).ready("x")
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}, os.getpid()).ready("x")


def test_an_alarm_is_heard_from_a_thread_from_a_signal_and_from_before() -> None:
    alarm = Alarm()
    assert not alarm.wait(0)
    alarm.ring()
    alarm.ring()
    assert alarm.wait(0)
    assert not alarm.wait(0)
    threading.Thread(target=alarm.ring).start()
    assert alarm.wait(20)
    before = signal.signal(signal.SIGUSR1, lambda *_: alarm.ring())
    try:
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        assert alarm.wait(20)
    finally:
        signal.signal(signal.SIGUSR1, before)
    for _ in range(100_000):
        alarm.ring()
    assert alarm.wait(0)
    assert not alarm.wait(0)
    alarm.close()
    alarm.ring()

"""One engine per database; the lock ends with its process, however that ends (REL-10)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from syncd.runtime.lock import AlreadyRunning, EngineLock

HOLD = """
import sys
from pathlib import Path
from syncd.runtime.lock import EngineLock
EngineLock(Path(sys.argv[1])).acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_one_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "syncd.lock"
    with EngineLock(path), pytest.raises(AlreadyRunning, match=str(os.getpid())) as caught:
        EngineLock(path).acquire()
    assert str(path) in caught.value.hint
    with EngineLock(path):
        pass


def test_one_can_ask_who_holds_it_without_being_in_the_way(tmp_path: Path) -> None:
    lock = EngineLock(tmp_path / "syncd.lock")
    assert lock.holder() is None
    with lock:
        assert EngineLock(lock.path).holder() == str(os.getpid())
    assert lock.holder() is None
    with lock:
        pass


def test_a_killed_process_leaves_the_lock_free(tmp_path: Path) -> None:
    path = tmp_path / "syncd.lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(AlreadyRunning, match=str(holder.pid)):
            EngineLock(path).acquire()
        holder.kill()
        holder.wait(10)
    with EngineLock(path):
        pass

"""News of a mailbox wake its reading; a watch that cannot tell leaves it to the poll."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from syncd.ports.errors import Retryable
from syncd.ports.source import Batch, Raw
from syncd.runtime.watch import MailWatch

SECONDS = 5.0


class Telling:
    """A mailbox whose waits end as told: news, none, a failure; then it cannot tell."""

    id = lane = "box"

    def __init__(self, *told: bool | Exception) -> None:
        self._told = list(told)
        self.silent, self.closed = threading.Event(), threading.Event()

    def wait(self, at_most: timedelta) -> bool | None:
        if not self._told:
            self.silent.set()
            return None
        told = self._told.pop(0)
        if isinstance(told, Exception):
            raise told
        return told

    def close(self) -> None:
        self.closed.set()

    def observe(self, cursor: str | None, now: datetime) -> Batch:
        raise AssertionError("a watch does not read")

    def translate(self, raw: Raw) -> Batch:
        raise AssertionError("a watch does not read")

    def probe(self) -> tuple[str, ...]:
        return ()


def watched(box: Telling) -> tuple[list[str], list[str]]:
    came: list[str] = []
    reports: list[str] = []
    watch = MailWatch(box, lambda: came.append("came"), lambda what, where, error: reports.append(what))
    watch.start()
    assert box.silent.wait(SECONDS) or reports
    watch.stop()
    assert box.closed.wait(SECONDS), "a watch that is stopped gives its connections back"
    return came, reports


def test_each_piece_of_news_is_told_and_silence_is_not() -> None:
    assert watched(Telling(False, True, False, True)) == (["came", "came"], [])


def test_a_surprise_of_the_connector_is_reported_and_ends_nothing() -> None:
    assert watched(Telling(True, KeyError("ours"))) == (["came"], ["watch.broke"])


def test_a_connection_that_fails_is_left_to_the_reading_which_tells() -> None:
    box = Telling(Retryable("hung up"))
    came: list[str] = []
    watch = MailWatch(box, lambda: came.append("came"), lambda *told: came.append("reported"))
    watch.start()
    assert not box.silent.wait(0.2), "it waits a while before it tries again"
    watch.stop()
    assert box.closed.wait(SECONDS)
    assert came == []

"""The log tells an outage when it begins, changes and ends, and a fault once at its place; not at every try."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from syncd.ports.errors import Retryable, Unavailable
from syncd.runtime import outages
from syncd.runtime.outages import STORE, Outages


def test_an_outage_is_told_when_it_begins_changes_and_ends() -> None:
    told = Outages()
    with capture_logs() as lines:
        for error in ("refused", "refused", "401", "401"):
            told.began("cal-1", Retryable(error, hint="look"))
        told.ended("cal-1")
        told.ended("cal-1")
        told.began("cal-1", Retryable("refused"))
    assert [(line["event"], line.get("error")) for line in lines] == [
        ("source.failed", "refused"),
        ("source.failed", "401"),
        ("source.recovered", None),
        ("source.failed", "refused"),
    ]


def test_the_store_is_told_of_by_its_own_name() -> None:
    told = Outages()
    with capture_logs() as lines:
        told.began(STORE, Unavailable("the disk is full"))
        told.ended(STORE)
    assert [line["event"] for line in lines] == ["store.failed", "store.recovered"]


@pytest.mark.parametrize(("what", "traced"), [("case.broke", True), ("case.waits", False)])
def test_a_fault_of_ours_comes_with_its_traceback(what: str, traced: bool) -> None:
    told = Outages()
    with capture_logs() as lines:
        for _ in range(3):
            told.noted(what, "session:1", ValueError("ours"))
        told.noted(what, "session:2", ValueError("ours"))
    assert [line["id"] for line in lines] == ["session:1", "session:2"]
    assert all((line["exc_info"] is not None) is traced for line in lines)


def test_what_was_told_is_not_remembered_without_end() -> None:
    told = Outages()
    with capture_logs() as lines:
        for number in range(outages.TOLD_MAX + 5):
            told.noted("row.unreadable", str(number), ValueError("x"))
    assert len(lines) == outages.TOLD_MAX + 5
    assert len(told._told) <= outages.TOLD_MAX

"""The pool makes calls side by side, never two of one lane, and never holds the process back."""

from __future__ import annotations

import threading
from collections.abc import Callable

from syncd.runtime.pool import Pool

WAIT = 20.0


def nothing() -> None:
    pass


def pool(size: int, broke: Callable[[Exception], None] = lambda error: None) -> Pool:
    return Pool(size, nothing, broke)


def test_calls_of_different_lanes_run_side_by_side() -> None:
    together = threading.Barrier(3)
    three = pool(3)
    for lane in ("a", "b", ""):
        assert three.submit("act", lane, lambda: nothing() if together.wait(WAIT) is not None else None)
    assert three.close(WAIT) == 0


def test_a_busy_lane_takes_no_second_call_until_the_first_is_over() -> None:
    go, over = threading.Event(), threading.Event()
    two = Pool(2, over.set, lambda error: None)
    assert two.submit("act", "cal", lambda: nothing() if go.wait(WAIT) else None)
    assert not two.submit("observe", "cal", nothing)
    assert two.busy_lanes() == ("cal",)
    assert two.submit("act", "", nothing)
    go.set()
    assert two.close(WAIT) == 0
    assert over.wait(WAIT)
    assert two.busy_lanes() == ()


def test_what_hangs_is_counted_and_left_behind() -> None:
    go = threading.Event()
    one = pool(1)
    one.submit("act", "a", lambda: nothing() if go.wait(WAIT) else None)
    one.submit("act", "b", nothing)
    assert one.held("act") == one.held() == 2
    assert one.close(0.05) == 2
    assert not one.submit("act", "c", nothing)
    go.set()
    assert one.close(WAIT) == 0


def test_a_call_that_raises_is_reported_and_its_thread_goes_on() -> None:
    errors: list[Exception] = []

    def breaks() -> None:
        raise ValueError("ours")

    one = pool(1, errors.append)
    for _ in range(3):
        one.submit("act", "", breaks)
    assert one.close(WAIT) == 0
    assert [str(error) for error in errors] == ["ours"] * 3

"""What does a busy, a broken or a strange server come to? CAL-10, CAL-28, EWS-8."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest

from syncd.ports.errors import Misconfigured, Retryable
from syncd.testing.contracts.calendar_acts import (
    Adds,
)
from syncd.testing.contracts.calendar_reader import window
from syncd.testing.contracts.calendar_setting import entry, own_draft, session_id
from syncd.testing.contracts.calendar_world import CANARY, NOW
from tests.connectors.exchange.world import ExchangeWorld
from tests.simulators.ews.soap import Fault, Refused

Make = Callable[..., ExchangeWorld]


def operations(world: ExchangeWorld) -> list[str]:
    return [asked.operation for asked in world.server.service.asked]


@pytest.mark.parametrize(
    ("values", "after"),
    [({"BackOffMilliseconds": "300000"}, timedelta(minutes=5)), ({}, None), ({"BackOffMilliseconds": "0"}, None)],
    ids=["with-back-off", "without", "nought"],
)
def test_a_busy_server_says_how_long(world: ExchangeWorld, values: dict[str, str], after: timedelta | None) -> None:
    """CAL-28: a fault, not a status."""
    calendar = world.calendar()
    world.server.service.faults.soap = Fault("ErrorServerBusy", "The server cannot service this request.", values)
    for asked in (
        lambda: calendar.observe(None, NOW),
        lambda: calendar.busy(window()),
        lambda: calendar.put(own_draft(1), None),
    ):
        before = world.requests()
        with pytest.raises(Retryable) as caught:
            asked()
        assert caught.value.retry_after == after
        assert world.requests() - before == 1


def test_a_busy_server_says_how_long_in_a_response_message_too(world: ExchangeWorld) -> None:
    calendar = world.calendar()
    written = calendar.put(own_draft(1), None)
    world.server.service.faults.message = Refused("ErrorServerBusy", values={"BackOffMilliseconds": "90000"})
    for asked in (lambda: calendar.observe(None, NOW), lambda: calendar.busy(window())):
        with pytest.raises(Retryable) as caught:
            asked()
        assert caught.value.retry_after == timedelta(seconds=90)
    assert calendar.look(session_id(1), written.ref).answer == "unknown"


@pytest.mark.parametrize(
    "code",
    [
        "ErrorMailboxStoreUnavailable",
        "ErrorExceededConnectionCount",
        "ErrorInternalServerTransientError",
        "ErrorTooManyObjectsOpened",
        "ErrorTimeoutExpired",
        "ErrorMailboxMoveInProgress",
    ],
)
def test_passing_trouble_may_be_asked_again_and_is_asked_once(world: ExchangeWorld, code: str) -> None:
    calendar = world.calendar()
    world.server.service.faults.soap = Fault(code)
    with pytest.raises(Retryable):
        calendar.observe(None, NOW)
    assert world.requests() == 1


def test_an_unknown_version_is_posted_once(world: ExchangeWorld) -> None:
    """EWS-8: the library would try ten times over."""
    calendar = world.calendar()
    world.server.service.faults.soap = Fault("ErrorInvalidSchemaVersionForMailboxVersion")
    with pytest.raises(Misconfigured) as caught:
        calendar.observe(None, NOW)
    assert "`version`" in caught.value.hint
    assert world.requests() == 1


# --- one mailbox's trouble is its own -----------------------------------------------------------------------------


def test_a_mailbox_that_cannot_be_read_keeps_no_other_from_being_read(world: ExchangeWorld) -> None:
    """EWS-8."""
    account = world.account()
    good = account.open(world.binding())
    world.staff(Adds(entry(1)))
    world.address = "nobody@desk.example"
    bad = account.open(world.binding(calendar_id="bob"))
    for _ in range(3):
        with pytest.raises(Misconfigured):
            bad.busy(window())
        assert good.busy(window()).spans == (entry(1).span,)


def test_what_the_library_logs_tells_nothing(world: ExchangeWorld, caplog: pytest.LogCaptureFixture) -> None:
    """CAL-10: it would log whole messages, the words of own events among them."""
    caplog.set_level(logging.DEBUG)
    calendar = world.calendar()
    calendar.put(own_draft(1, title=CANARY), None)
    world.server.service.faults.soap = Fault("ErrorInternalServerError", f"{CANARY} in a fault")
    with pytest.raises(Retryable) as caught:
        calendar.observe(None, NOW)
    assert CANARY not in caplog.text
    assert CANARY not in repr(caught.value)
    assert caught.value.__context__ is None

"""A log line has ids and no people; ours and those of libraries alike (spec/reliability.md 5)."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from syncd.config.credentials import Secret
from syncd.runtime import logging as runtime_logging

CANARIES = ("ann.canary@acme.example", "+15713173122", "canary-secret", "dG9rZW4tY2FuYXJ5LXRva2VuLWNhbmFyeQ")


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    out = io.StringIO()
    runtime_logging.configure("info", "json", out)
    yield out
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def test_an_event_is_one_json_line_with_its_name_time_and_ids(lines: io.StringIO) -> None:
    structlog.get_logger().info("effect.performed", effect="mail.customer/session:x/0", attempt=2)
    (line,) = [json.loads(text) for text in lines.getvalue().splitlines()]
    assert line["event"] == "effect.performed"
    assert line["attempt"] == 2
    assert line["level"] == "info"
    assert line["timestamp"].endswith("Z")


def test_no_canary_passes_by_value_message_exception_or_library(lines: io.StringIO) -> None:
    address, number, secret, token = CANARIES
    log = structlog.get_logger()
    log.info("a", to=address, numbers=[number], secret=Secret(secret), nested={"x": {"y": address}})
    message = f"mail to {address} from {number}"
    log.warning(message)
    logging.getLogger("some.library").warning("GET https://desk.example/s/%s?x=1 for %s", token, address)
    try:
        raise ValueError(f"could not tell {address} at {number}")
    except ValueError:
        log.exception("b")
        logging.getLogger("other.library").exception("failed")
    text = lines.getvalue()
    assert len(text.splitlines()) == 5
    assert not [canary for canary in CANARIES if canary in text]


def test_a_line_is_never_endless(lines: io.StringIO) -> None:
    structlog.get_logger().info("a", text="x" * 1_000_000)
    assert len(lines.getvalue()) < 2 * runtime_logging.TEXT_MAX


def test_debug_lines_and_chatty_libraries_are_silent_at_info(lines: io.StringIO) -> None:
    structlog.get_logger().debug("a")
    logging.getLogger("httpx2").info("HTTP Request: GET …")
    assert lines.getvalue() == ""


def test_instants_and_versions_are_not_taken_for_people() -> None:
    text = "2027-03-28T10:00:00+00:00 1.2.3 session:4f2a +0200 caldav-1f3a9c2e 127.0.0.1:8000"
    assert runtime_logging.blotted(text) == text

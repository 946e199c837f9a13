"""Who is on the line: conferences and calls against the simulator (CON-9, ATT-1, ATT-3, ATT-8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from connectors.twilio import VoiceSettings, voice_manifest
from syncd.domain.attendance import OpenWindow, Stage
from syncd.domain.attended import AttendanceSeen
from syncd.domain.desk import Channel
from syncd.domain.spans import Span
from syncd.ports.errors import Retryable
from syncd.ports.source import Batch
from tests.connectors.twilio.worlds import line
from tests.simulators.twilio.simulator import ACCOUNT, NUMBER, Twilio

ADA, BEN = "+12125550123", "+12125550143"


@pytest.fixture
def on_line() -> Iterator[tuple[Twilio, Any]]:
    with line() as made:
        yield made


def poll(on_line: tuple[Twilio, Any]) -> Batch:
    twilio, feed = on_line
    span = Span(twilio.now - timedelta(minutes=15), twilio.now + timedelta(minutes=15))
    batch: Batch = feed.poll([OpenWindow("s1", "red", "dana", span)], None, twilio.now)
    return batch


def seen(batch: Batch) -> dict[str, Stage]:
    found = [e.payload for e in batch.evidence if isinstance(e.payload, AttendanceSeen)]
    return {each.hints.phone_e164: each.stage for each in found}


def test_a_caller_in_the_conference_is_known_by_the_number_of_the_call(on_line: tuple[Twilio, Any]) -> None:
    conference = on_line[0].conference("500554260")
    for number in (ADA, BEN, "+12125550199"):  # on a second page
        on_line[0].calls_in(number, conference)
    assert seen(poll(on_line)) == dict.fromkeys((ADA, BEN, "+12125550199"), Stage.JOINED)


def test_a_lone_caller_is_found_though_the_conference_has_not_begun(on_line: tuple[Twilio, Any]) -> None:
    on_line[0].calls_in(ADA, on_line[0].conference("500554260", status="init"))
    assert seen(poll(on_line)) == {ADA: Stage.JOINED}


def test_a_wrong_pin_has_dialed_and_still_counts_after_it_hung_up(on_line: tuple[Twilio, Any]) -> None:
    call = on_line[0].calls_in(ADA)
    assert seen(poll(on_line)) == {ADA: Stage.DIALED}
    on_line[0].hangs_up(call)
    assert seen(poll(on_line)) == {ADA: Stage.DIALED}


def test_who_is_in_another_room_is_not_in_this_one(on_line: tuple[Twilio, Any]) -> None:
    on_line[0].calls_in(ADA, on_line[0].conference("other"))
    assert seen(poll(on_line)) == {ADA: Stage.DIALED}, "a caller that we cannot place counts for the customer (ATT-8)"


def test_a_caller_without_a_number_is_somebody(on_line: tuple[Twilio, Any]) -> None:
    on_line[0].calls_in("+266696687", on_line[0].conference("500554260"))
    assert seen(poll(on_line)) == {"": Stage.JOINED}


def test_an_empty_line_is_covered_from_the_window_on(on_line: tuple[Twilio, Any]) -> None:
    batch = poll(on_line)
    (reading,) = batch.readings
    assert batch.evidence == ()
    assert reading.since == on_line[0].now - timedelta(minutes=15)
    assert reading.upto == on_line[0].now - timedelta(seconds=5)


@pytest.mark.parametrize("fault", ["server_errors", "break_off", "lose_requests", "missing_page", "slow_down"])
def test_an_error_covers_nothing(on_line: tuple[Twilio, Any], fault: str) -> None:
    conference = on_line[0].conference("500554260")
    for number in (ADA, BEN, "+12125550199"):
        on_line[0].calls_in(number, conference)
    setattr(on_line[0].faults, fault, 1)
    with pytest.raises(Retryable):
        poll(on_line)


def test_the_same_answer_read_again_is_no_news(on_line: tuple[Twilio, Any]) -> None:
    on_line[0].calls_in(ADA, on_line[0].conference("500554260"))
    first = {e.key for e in poll(on_line).evidence}
    on_line[0].now += timedelta(seconds=15)
    assert {e.key for e in poll(on_line).evidence} == first


def test_it_declares_the_line_alone() -> None:
    assert voice_manifest.offers is not None
    settings = VoiceSettings(account=ACCOUNT, credential="t", rooms={"red": "1"}, numbers=(NUMBER,))
    able = voice_manifest.offers("line", settings)["red"]
    assert (able.channels, able.live, able.history) == ((Channel.PHONE,), True, True)

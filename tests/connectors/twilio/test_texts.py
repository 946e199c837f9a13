"""Twilio's texts against the simulator: the contract, ambiguous sends, refusals, webhooks (SMS-1 to SMS-5, SMS-9)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from connectors.twilio.hook import TwilioHook
from connectors.twilio.keywords import LONG_CODE, MEANS, TOLL_FREE, keywords_of
from syncd.domain.correspondence import TextReceived, TextReported
from syncd.ports.errors import Misconfigured, OutcomeUnknown, Permanent, Retryable
from syncd.ports.hook import Call
from syncd.testing.contracts.texts import ADA, ONE, TextsContract, bodies, read
from tests.connectors.twilio.worlds import World, texting
from tests.policy.play import NOW
from tests.simulators.twilio.simulator import HOOK

SINCE = timedelta(minutes=5)


@pytest.fixture
def world() -> Iterator[World]:
    with texting() as made:
        yield made


class TestTwilio(TextsContract):
    @pytest.fixture
    def world(self) -> Iterator[World]:
        with texting() as made:
            yield made


def test_an_answer_that_is_lost_is_an_unknown_outcome_and_is_found_by_its_words(world: World) -> None:
    world.twilio.faults.lose_answers = 1
    with pytest.raises(OutcomeUnknown):
        world.texts.send(ONE)
    for other in range(5):  # on a later page
        world.texts.send(replace(ONE, body=f"Other words {other}. Code 4821"))
    assert world.texts.look(ONE, world.now - SINCE) == world.twilio.messages[0]["sid"]


@pytest.mark.parametrize("fault", ["lose_requests", "server_errors", "break_off"])
def test_what_may_have_been_taken_is_an_unknown_outcome(world: World, fault: str) -> None:
    setattr(world.twilio.faults, fault, 1)
    with pytest.raises(OutcomeUnknown):
        world.texts.send(ONE)
    found = world.texts.look(ONE, world.now - SINCE)
    assert (found is not None) is (fault == "break_off")


def test_the_same_words_of_yesterday_are_not_taken_for_todays(world: World) -> None:
    world.texts.send(ONE)
    world.pass_time(timedelta(hours=2))
    assert world.texts.look(ONE, world.now - SINCE) is None


def test_less_haste_is_retryable_after_what_was_asked(world: World) -> None:
    world.twilio.faults.slow_down = 1
    with pytest.raises(Retryable) as asked:
        world.texts.send(ONE)
    assert asked.value.retry_after == timedelta(seconds=7)
    assert world.taken() == []


def test_nobody_there_is_retryable(world: World) -> None:
    with texting(base_url="http://127.0.0.1:9") as lost, pytest.raises(Retryable):
        lost.texts.send(ONE)


@pytest.mark.parametrize("code", sorted(MEANS))
def test_what_an_error_says_of_the_number(world: World, code: int) -> None:
    world.twilio.faults.refuse[ADA] = code
    with pytest.raises(Permanent) as refused:
        world.texts.send(ONE)
    assert refused.value.means == MEANS[code]
    assert str(code) in str(refused.value)
    assert ADA not in f"{refused.value}{refused.value.hint}"


def test_a_number_that_is_not_ours_is_for_a_person(world: World) -> None:
    world.twilio.faults.refuse[ADA] = 21606
    with pytest.raises(Misconfigured):
        world.texts.send(ONE)


def test_a_wrong_secret_is_for_a_person() -> None:
    with texting() as made:
        made.texts._client._tools = replace(made.texts._client._tools, credential=lambda name: "wrong")
        with pytest.raises(Misconfigured) as refused:
            made.texts.observe(None, made.now)
        assert refused.value.hint


def test_a_missing_page_fails_the_poll(world: World) -> None:
    for number in range(5):
        world.receive(ADA, f"text {number}")
    world.twilio.faults.missing_page = 1
    with pytest.raises(Retryable):
        world.texts.observe(None, world.now)
    assert len(read(world)[0]) == 5


def test_a_webhook_wakes_the_poll_that_knows_when_the_text_was_made(world: World) -> None:
    form = world.twilio.texts_us(ADA, "C 4821")
    made_at = world.now
    world.pass_time(timedelta(seconds=40))
    answer = world.hook.receive(world.twilio.webhook(form))
    assert (answer.status, answer.wakes) == (200, ("texts",))
    assert answer.body.endswith(b"<Response></Response>"), "replies are effects"
    assert answer.batch is not None
    (kept,) = answer.batch.raw
    assert kept.unreadable, "until it is read, it stands against a no-show (ATT-7.6)"
    (read_now,) = world.texts.observe(None, world.now).raw
    assert (read_now.key, read_now.unreadable) == (kept.key, "")
    world.hook.receive(world.twilio.webhook(form))
    found, cursor = read(world)
    assert [e.received_at for e in found] == [made_at]
    world.hook.receive(world.twilio.webhook(form))
    assert {e.key for e in read(world, cursor)[0]} == {e.key for e in found}, "a replay is no news"


def test_a_webhook_counts_from_its_arrival_where_the_list_does_not_answer(world: World) -> None:
    form = world.twilio.texts_us(ADA, "KEEP")
    world.hook.receive(world.twilio.webhook(form))
    world.twilio.faults.server_errors = 1
    batch = world.texts.observe(None, world.now)
    (heard,) = batch.evidence
    assert (heard.received_at, batch.last) == (world.now, False), "and the list is still unread: no watermark moves"
    assert {e.key for e in read(world)[0]} == {heard.key}, "the list brings it again, as no news"


def test_a_lost_webhook_is_polled(world: World) -> None:
    world.twilio.texts_us(ADA, "MOVE")
    assert bodies(read(world)[0]) == [(ADA, "MOVE")]


def test_an_advanced_opt_out_tells_what_it_did(world: World) -> None:
    form = world.twilio.texts_us(ADA, "Arrêtez") | {"OptOutType": "STOP"}
    world.hook.receive(world.twilio.webhook(form))
    payload = read(world)[0][0].payload
    assert isinstance(payload, TextReceived)
    assert payload.carrier == "out"


@pytest.mark.parametrize("wrong", ["signature", "token", "url", "parameter", "method", "no signature"])
def test_a_forged_call_is_refused_without_a_reason(world: World, wrong: str) -> None:
    form = world.twilio.texts_us(ADA, "C")
    call = world.twilio.webhook(form, token="another" if wrong == "token" else "token-of-the-account")
    if wrong == "signature":
        call = replace(call, headers={**call.headers, "x-twilio-signature": "AAAA"})
    elif wrong == "url":
        call = replace(call, url="https://elsewhere.example/hooks/texts")
    elif wrong == "parameter":
        call = replace(call, raw=urlencode({**form, "Body": "STOP"}).encode())
    elif wrong == "method":
        call = replace(call, method="GET")
    elif wrong == "no signature":
        call = replace(call, headers={})
    answer = world.hook.receive(call)
    assert (answer.status, answer.body, answer.batch) == (401, b"", None)


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"a=b&" * 5_000, b"", b"%%%"])
def test_what_strangers_send_raises_nothing(world: World, raw: bytes) -> None:
    assert world.hook.receive(Call("POST", HOOK, {}, raw, NOW)).status in (401, 413)


def test_an_oversize_call_is_refused_unread(world: World) -> None:
    call = world.twilio.webhook({"MessageSid": "SM1", "From": ADA, "Body": "x" * 70_000})
    assert world.hook.receive(call).status == 413


def test_statuses_bring_our_reference_back_in_any_order(world: World) -> None:
    world.texts.send(ONE)
    reports = []
    for status, code in (("delivered", None), ("sent", None), ("undelivered", 30006)):
        url, form = world.twilio.status_of(0, status, code)
        assert url.startswith(f"{HOOK}?ref="), "the reference stands in the callback (SMS-1)"
        batch = world.hook.receive(world.twilio.webhook(form, url)).batch
        assert batch is not None
        reports += [e.payload for e in batch.evidence]
    said = [(r.effect_key, r.status, r.means) for r in reports if isinstance(r, TextReported)]
    key = ONE.effect_key
    assert said == [(key, "delivered", ""), (key, "sent", ""), (key, "undelivered", "unusable")]


def test_a_toll_free_number_has_the_words_of_its_network() -> None:
    assert keywords_of("+18005550123", {"arret": "out"}) == TOLL_FREE
    assert keywords_of("+12025550123", {"Arret": "out"}) == {**LONG_CODE, "arret": "out"}


def test_the_vendors_own_signature_is_accepted() -> None:
    folder = os.environ.get("SYNCD_CONFORMANCE")
    if folder is None:
        pytest.skip("SYNCD_CONFORMANCE is not set")
    sample = json.loads((Path(folder) / "conference" / "twilio_inbound_sms_cancel.json").read_text("utf-8"))
    heard: list[TextReceived] = []
    hook = TwilioHook("twilio", LONG_CODE, lambda: sample["auth_token"], lambda text, at: heard.append(text))
    headers = {"x-twilio-signature": sample["X-Twilio-Signature"]}
    answer = hook.receive(Call("POST", sample["url"], headers, urlencode(sample["form"]).encode(), NOW))
    assert answer.status == 200
    assert [(text.sender, text.carrier) for text in heard] == [("+15551230001", "out")]

"""Does push wake, and only when it is genuine? Subscriptions and notifications; losing them costs latency alone."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.msgraph import push
from connectors.msgraph.calendar import Calendar
from connectors.msgraph.push import Heard
from syncd.ports.errors import Permanent
from syncd.testing.contracts.calendar_acts import Adds
from syncd.testing.contracts.calendar_reader import Reader
from syncd.testing.contracts.calendar_setting import entry, own_draft, own_span
from syncd.testing.contracts.calendar_world import NOW, ContractKeys
from tests.connectors.msgraph.world import GraphWorld
from tests.simulators.graph.notify import TOKEN
from tests.simulators.graph.server import Request, Response, TlsServer

IDS = ("ada", "bob")
STATE = push.client_state(ContractKeys(), "ada")


@dataclass
class HookServer:
    """What `/hooks/…` will do with a request, over TLS: judge it by `push.hear`, and answer as it says."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    mute: bool = False

    def answer(self, request: Request) -> Response:
        if self.mute:
            return Response(404)
        heard = push.hear(request.query, request.body, ContractKeys(), IDS)
        self.heard.append(heard)
        if heard.echo is not None:
            return Response(200, heard.echo.encode(), {"Content-Type": "text/plain"})
        return Response(202 if heard.genuine else 403)


@pytest.fixture
def hook(world: GraphWorld) -> Iterator[HookServer]:
    server = HookServer()
    listener = TlsServer(world.simulator.context, server.answer)
    server.url = f"https://127.0.0.1:{listener.port}/hooks/graph"
    client = httpx2.Client(verify=_trusting(world), timeout=10)

    def post(url: str, query: dict[str, str], body: bytes) -> tuple[int, str, str]:
        answer = client.post(f"{url}&{urlencode(query)}" if query else url, content=body)
        return answer.status_code, answer.headers.get("content-type", ""), answer.text

    world.graph.subscriptions.post = post
    yield server
    client.close()
    listener.close()


def _trusting(world: GraphWorld) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(world.ca_file))


def calendar_of(world: GraphWorld) -> Calendar:
    calendar = world.calendar()
    assert isinstance(calendar, Calendar)
    return calendar


def test_a_change_wakes_its_calendar(world: GraphWorld, hook: HookServer) -> None:
    calendar = calendar_of(world)
    subscription = calendar.push.subscribe(hook.url, NOW)
    assert subscription.expires_at == NOW + push.LASTS
    assert NOW < subscription.renew_at < subscription.expires_at
    assert hook.heard == [Heard(True, TOKEN)] * 2
    calendar.put(own_draft(1), None)
    assert {heard.wake for heard in hook.heard[2:]} == {frozenset({"ada"})}


def test_graph_is_told_a_state_that_only_we_can_know(world: GraphWorld, hook: HookServer) -> None:
    calendar_of(world).push.subscribe(hook.url, NOW)
    (held,) = world.graph.subscriptions.held.values()
    assert held["clientState"] == STATE
    assert STATE not in held["notificationUrl"]
    assert len(STATE) <= 128
    assert STATE != push.client_state(ContractKeys(), "bob") != push.client_state(ContractKeys("x", b"other"), "bob")


def test_a_subscription_lives_longer_when_it_is_asked_for_again(world: GraphWorld, hook: HookServer) -> None:
    """By another process, too: nothing of it is kept."""
    first = calendar_of(world).push.subscribe(hook.url, NOW)
    again = calendar_of(world).push.subscribe(hook.url, NOW + timedelta(days=1))
    assert (again.id, again.expires_at) == (first.id, NOW + timedelta(days=1) + push.LASTS)
    assert len(world.graph.subscriptions.held) == 1


def test_each_calendar_has_a_subscription_of_its_own(world: GraphWorld, hook: HookServer) -> None:
    for name in IDS:
        calendar = world.calendar(calendar_id=name)
        assert isinstance(calendar, Calendar)
        calendar.push.subscribe(hook.url, NOW)
    assert len(world.graph.subscriptions.held) == 2


def test_a_subscription_that_lapsed_is_made_anew(world: GraphWorld, hook: HookServer) -> None:
    calendar = calendar_of(world)
    first = calendar.push.subscribe(hook.url, NOW)
    world.graph.now += timedelta(days=3)
    assert calendar.push.subscribe(hook.url, world.graph.now).id != first.id


def test_a_subscription_is_ended_once(world: GraphWorld, hook: HookServer) -> None:
    calendar = calendar_of(world)
    calendar.push.subscribe(hook.url, NOW)
    calendar.push.unsubscribe(hook.url)
    calendar.push.unsubscribe(hook.url)
    assert world.graph.subscriptions.held == {}


def test_an_address_that_does_not_echo_is_refused(world: GraphWorld, hook: HookServer) -> None:
    hook.mute = True
    with pytest.raises(Permanent):
        calendar_of(world).push.subscribe(hook.url, NOW)


@pytest.mark.parametrize("lifecycle", ["reauthorizationRequired", "subscriptionRemoved"])
def test_a_lapsing_subscription_is_to_be_renewed(world: GraphWorld, hook: HookServer, lifecycle: str) -> None:
    calendar_of(world).push.subscribe(hook.url, NOW)
    world.graph.subscriptions.tell(lifecycle)
    assert hook.heard[-1] == Heard(True, None, frozenset({"ada"}), frozenset({"ada"}))


def test_notifications_that_were_missed_wake_the_calendar(world: GraphWorld, hook: HookServer) -> None:
    calendar_of(world).push.subscribe(hook.url, NOW)
    world.graph.subscriptions.tell("missed")
    assert hook.heard[-1] == Heard(True, None, frozenset({"ada"}))


def test_losing_push_loses_nothing(world: GraphWorld, hook: HookServer) -> None:
    calendar = calendar_of(world)
    calendar.push.subscribe(hook.url, NOW)
    reader = Reader(calendar)
    reader.reads()
    world.graph.subscriptions.lost = True
    world.staff(Adds(entry(1)))
    reader.reads()
    assert reader.busy() == (own_span(1),)


class TestHearing:
    """`hear` alone: what does not prove itself wakes nobody and is told nothing."""

    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"{",
            b"[]",
            b"null",
            b'{"value": 1}',
            b'{"value": [1, null, {}]}',
            b'{"value": [{"clientState": null}]}',
            b'{"value": [{"clientState": 7}]}',
            b'{"value": [{"clientState": ""}]}',
            b'{"value": [{"clientState": "guessed"}]}',
            json.dumps({"value": [{"clientState": STATE[:-1]}]}).encode(),
            json.dumps({"value": [{"clientState": STATE.upper()}]}).encode(),
            json.dumps({"value": [{"clientState": "ä" * 40}]}).encode(),
            b'{"value": [{"clientState": "' + STATE.encode() + b'"}], "x": "' + b"y" * 1_100_000 + b'"}',
            b"[" * 100_000,
        ],
        ids=range(15),
    )
    def test_what_is_not_genuine_wakes_nobody(self, raw: bytes) -> None:
        assert push.hear({}, raw, ContractKeys(), IDS) == Heard(False)

    def test_of_several_only_the_genuine_count(self) -> None:
        bob = push.client_state(ContractKeys(), "bob")
        raw = json.dumps({"value": [{"clientState": "guessed"}, {"clientState": bob}]}).encode()
        assert push.hear({}, raw, ContractKeys(), IDS) == Heard(True, None, frozenset({"bob"}))

    def test_a_calendar_that_is_no_longer_configured_is_not_woken(self) -> None:
        raw = json.dumps({"value": [{"clientState": STATE}]}).encode()
        assert push.hear({}, raw, ContractKeys(), ("bob",)) == Heard(False)

    @pytest.mark.parametrize("token", ["", "x" * 5000, "a\nb", "a\x00"])
    def test_an_odd_validation_token_is_not_echoed(self, token: str) -> None:
        assert push.hear({"validationToken": token}, b"", ContractKeys(), IDS) == Heard(False)

    def test_a_validation_token_is_echoed_as_it_was_meant(self) -> None:
        query = dict(parse_qsl(urlsplit(f"https://h.example/?{urlencode({'validationToken': TOKEN})}").query))
        assert push.hear(query, b"", ContractKeys(), IDS).echo == TOKEN

    @given(st.binary(max_size=300))
    def test_no_request_breaks_it(self, raw: bytes) -> None:
        assert push.hear({}, raw, ContractKeys(), IDS) == Heard(False)

"""Who may come in, and how often may one knock? Basic, NTLM and OAuth; EWS-2 to EWS-4, EWS-8, CAL-27."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from connectors.exchange.signin import sign_in
from syncd.ports.errors import Misconfigured, OutcomeUnknown, Retryable
from syncd.testing.contracts.calendar_acts import Adds, Answers
from syncd.testing.contracts.calendar_reader import window
from syncd.testing.contracts.calendar_setting import entry, own_draft
from syncd.testing.contracts.calendar_world import NOW
from tests.connectors.exchange.world import PASSWORD, SERVICE, ExchangeWorld
from tests.simulators.ews.access import User
from tests.simulators.ews.auth import ntlm_users
from tests.simulators.ews.faults import WRITES, HttpAnswer
from tests.simulators.ews.server import TOKEN_PATH

Make = Callable[..., ExchangeWorld]
TYPE_1, TYPE_3 = 1, 3


@pytest.fixture
def by_ntlm(make_world: Make, tmp_path: Path) -> Iterator[ExchangeWorld]:
    world = make_world(settings={"auth": "ntlm"})
    world.server.service.doors.offers = ("NTLM",)
    with ntlm_users(world.server.service.doors.users, tmp_path):
        yield world


def with_oauth(make_world: Make, grant: str = "client", **more: Any) -> ExchangeWorld:
    world = make_world()
    oauth = {
        "token_url": world.server.host + TOKEN_PATH,
        "client_id": "syncd-client",
        "credential": "secret",
        "scope": "https://mail.desk.example/.default",
        "grant": grant,
    }
    delegated = {"token_credential": "token"} if grant == "delegated" else {}
    world.settings = {"auth": "oauth", "oauth": oauth | delegated, "username": None, "credential": None} | more
    world.server.service.doors.offers = ("Bearer",)
    return world


# --- NTLM ---------------------------------------------------------------------------------------------------------


def test_ntlm_is_shaken_once_and_then_the_connection_is_known(by_ntlm: ExchangeWorld) -> None:
    calendar = by_ntlm.calendar()
    calendar.put(own_draft(1), None)
    calendar.observe(None, NOW)
    assert by_ntlm.server.service.doors.ntlm_messages == [TYPE_1, TYPE_3]
    assert by_ntlm.server.service.doors.sign_ins == [(SERVICE, True)]
    assert len(by_ntlm.standing()) == 1


def test_a_wrong_ntlm_password_is_tried_twice_at_most(by_ntlm: ExchangeWorld) -> None:
    by_ntlm.secret = "wrong horse"
    calendar = by_ntlm.calendar()
    for _ in range(5):
        with pytest.raises(Misconfigured):
            calendar.observe(None, NOW)
    assert by_ntlm.server.service.doors.sign_ins == [("?", False)] * 2


def test_a_server_that_offers_no_ntlm_is_a_hint_about_auth(make_world: Make) -> None:
    world = make_world(settings={"auth": "ntlm"})
    with pytest.raises(Misconfigured) as caught:
        world.calendar().probe()
    assert "`auth`" in caught.value.hint


# --- a wrong password ---------------------------------------------------------------------------------------------


def test_a_wrong_password_is_tried_at_most_twice_an_hour_and_parks_the_account(world: ExchangeWorld) -> None:
    """xl #57, #108: six hours of polling, reads and writes."""
    world.secret = "wrong horse"
    account = world.account()
    calendar = account.open(world.binding())
    tried: list[float] = []
    for minute in range(0, 6 * 60, 2):
        world.clock.seconds = minute * 60.0
        before = len(world.server.service.doors.sign_ins)
        with pytest.raises(Misconfigured) as caught:
            calendar.observe(None, NOW + timedelta(minutes=minute))
        with pytest.raises(Misconfigured):
            calendar.put(own_draft(1), None)
        assert SERVICE in str(caught.value)
        assert "locked out" in caught.value.hint
        tried += [minute * 60.0] * (len(world.server.service.doors.sign_ins) - before)
    assert len(tried) == 7
    assert all(len([t for t in tried if at <= t < at + 3600]) <= 2 for at in tried)


def test_a_parked_account_keeps_all_its_mailboxes_from_the_network(world: ExchangeWorld) -> None:
    world.world.mailbox("bob@desk.example")
    world.secret = "wrong horse"
    account = world.account()
    with pytest.raises(Misconfigured):
        account.open(world.binding()).busy(window())
    before = world.requests()
    world.address = "bob@desk.example"
    with pytest.raises(Misconfigured):
        account.open(world.binding(calendar_id="bob")).busy(window())
    assert world.requests() == before


def test_a_refusal_now_and_then_parks_nothing(world: ExchangeWorld) -> None:
    """An overloaded server says 401 too."""
    calendar = world.calendar()
    for _ in range(5):
        world.suffers(Answers(401, times=1))
        assert calendar.busy(window()).spans == ()


def test_a_write_that_was_not_let_in_looks_before_it_is_repeated(world: ExchangeWorld) -> None:
    calendar = world.calendar()
    world.server.service.faults.http = HttpAnswer(401, times=1, only=WRITES)
    with pytest.raises(OutcomeUnknown):
        calendar.put(own_draft(1), None)
    calendar.put(own_draft(1), None)
    assert len(world.standing()) == 1
    operations = [asked.operation for asked in world.server.service.asked]
    assert operations.count("CreateItem") == 1
    assert operations[-4:] == ["FindItem", "CreateItem", "GetItem", "UpdateItem"]


# --- OAuth --------------------------------------------------------------------------------------------------------


def test_a_clients_token_is_fetched_once_and_used_for_all(make_world: Make) -> None:
    world = with_oauth(make_world)
    calendar = world.calendar()
    calendar.put(own_draft(1), None)
    calendar.observe(None, NOW)
    (asked,) = world.server.service.token_requests
    assert (asked["grant_type"], asked["client_id"]) == ("client_credentials", "syncd-client")
    assert {each.acting_as for each in world.server.service.asked} == {"ada@desk.example"}


def test_the_first_call_after_token_expiry_succeeds(make_world: Make) -> None:
    """xl #1345."""
    world = with_oauth(make_world)
    world.staff(Adds(entry(1)))
    calendar = world.calendar()
    with time_machine.travel(NOW, tick=False) as clock:
        calendar.observe(None, NOW)
        clock.shift(timedelta(hours=2))
        assert calendar.busy(window()).spans == (entry(1).span,)
        clock.shift(timedelta(hours=2))
        calendar.put(own_draft(1), None)
    assert len(world.standing()) == 2
    assert [form["grant_type"] for form in world.server.service.token_requests] == ["client_credentials"] * 3


def test_a_token_that_the_server_no_longer_takes_is_replaced(make_world: Make) -> None:
    world = with_oauth(make_world)
    world.staff(Adds(entry(1)))
    calendar = world.calendar()
    calendar.observe(None, NOW)
    world.server.service.doors.tokens.clear()
    assert calendar.busy(window()).spans == (entry(1).span,)


def test_a_refused_client_is_a_hint_about_its_secret(make_world: Make) -> None:
    world = with_oauth(make_world)
    world.secret = "wrong horse"
    with pytest.raises(Misconfigured) as caught:
        world.calendar().observe(None, NOW)
    assert "client" in str(caught.value)
    assert "secret" in caught.value.hint
    assert len(world.server.service.token_requests) <= 2


def test_a_token_that_never_lasts_ends_in_a_hint_and_not_in_a_loop(make_world: Make) -> None:
    world = with_oauth(make_world)
    issued = {"access_token": "short", "token_type": "Bearer", "expires_in": -5}
    world.server.service.token_answers = [(200, issued)] * 50
    with pytest.raises(Misconfigured):
        world.calendar().observe(None, NOW)
    assert len(world.server.service.token_answers) >= 40
    assert world.requests() == 0


def test_an_issuer_that_is_down_may_be_asked_again_and_stalls_nothing(make_world: Make) -> None:
    world = with_oauth(make_world)
    world.staff(Adds(entry(1)))
    calendar = world.calendar()
    world.server.service.token_answers = [(500, {})]
    with pytest.raises(Retryable):
        calendar.busy(window())
    assert calendar.busy(window()).spans == (entry(1).span,)


def delegated(make_world: Make, refresh_token: str = "again") -> ExchangeWorld:
    world = with_oauth(make_world, "delegated", access="delegate")
    world.server.service.doors.users[SERVICE].mailbox = "ada@desk.example"
    token = {"access_token": "old", "refresh_token": refresh_token, "expires_at": 1.0, "token_type": "Bearer"}
    world.credentials = {"token": json.dumps(token), "secret": PASSWORD}
    return world


def test_a_persons_own_sign_in_is_refreshed(make_world: Make) -> None:
    world = delegated(make_world)
    calendar = world.calendar()
    calendar.put(own_draft(1), None)
    (asked,) = world.server.service.token_requests
    assert (asked["grant_type"], asked["refresh_token"]) == ("refresh_token", "again")
    assert len(world.standing()) == 1
    assert {each.acting_as for each in world.server.service.asked} == {"ada@desk.example"}


def test_a_withdrawn_sign_in_asks_for_a_new_one(make_world: Make) -> None:
    world = delegated(make_world)
    world.server.service.token_answers = [(400, {"error": "invalid_grant"})]
    with pytest.raises(Misconfigured) as caught:
        world.calendar().observe(None, NOW)
    assert "syncd connect" in caught.value.hint


@pytest.mark.parametrize("stored", ["", "{}", "not json", '["a"]', '{"access_token": "a"}'])
def test_a_stored_token_that_cannot_be_refreshed_asks_for_a_new_sign_in(make_world: Make, stored: str) -> None:
    world = delegated(make_world)
    world.credentials["token"] = stored
    with pytest.raises(Misconfigured) as caught:
        world.calendar().observe(None, NOW)
    assert "syncd connect" in caught.value.hint


# --- `syncd connect` ----------------------------------------------------------------------------------------------


def connecting(make_world: Make) -> ExchangeWorld:
    world = delegated(make_world)
    oauth = world.settings["oauth"]
    assert isinstance(oauth, dict)
    oauth["authorize_url"] = world.server.host + "/adfs/oauth2/authorize"
    world.server.service.doors.codes = {"a-code"}
    return world


def person(code: str, state: str | None = None) -> Callable[[str], str]:
    """Signs in, and is sent back with this code."""

    def ask(address: str) -> str:
        asked = parse_qs(urlsplit(address).query)
        assert asked["client_id"] == ["syncd-client"]
        assert asked["response_type"] == ["code"]
        return f"{asked['redirect_uri'][0]}?code={code}&state={state or asked['state'][0]}"

    return ask


def test_a_delegated_sign_in_gives_a_token_that_the_connector_can_use(make_world: Make) -> None:
    world = connecting(make_world)
    settings, tools = world.built_with()
    world.credentials["token"] = sign_in(settings, tools, person("a-code"))
    world.calendar().put(own_draft(1), None)
    assert len(world.standing()) == 1
    assert [form["grant_type"] for form in world.server.service.token_requests] == ["authorization_code"]


@pytest.mark.parametrize(
    "ask",
    [
        person("another"),
        person("a-code", state="forged"),
        lambda address: "",
        lambda address: "https://localhost/?error=x",
    ],
    ids=["wrong-code", "forged-state", "nothing", "refused"],
)
def test_a_sign_in_that_fails_says_what_to_do(make_world: Make, ask: Callable[[str], str]) -> None:
    world = connecting(make_world)
    with pytest.raises(Misconfigured) as caught:
        sign_in(*world.built_with(), ask)
    assert "Begin again" in caught.value.hint
    assert world.server.service.doors.tokens == {}


def test_an_issuer_that_does_not_answer_may_be_tried_again(make_world: Make) -> None:
    world = connecting(make_world)
    world.server.service.token_answers = [(500, {})]
    with pytest.raises(Retryable):
        sign_in(*world.built_with(), person("a-code"))


def test_a_token_without_a_way_to_refresh_it_is_not_kept(make_world: Make) -> None:
    world = connecting(make_world)
    world.server.service.token_answers = [(200, {"access_token": "a", "token_type": "Bearer", "expires_in": 60})]
    with pytest.raises(Misconfigured) as caught:
        sign_in(*world.built_with(), person("a-code"))
    assert "offline_access" in caught.value.hint


def test_a_source_without_delegated_sign_in_says_so(world: ExchangeWorld) -> None:
    with pytest.raises(Misconfigured) as caught:
        sign_in(*world.built_with(), person("a-code"))
    assert "`authorize_url`" in caught.value.hint


# --- one account, many mailboxes ----------------------------------------------------------------------------------


def test_one_connection_serves_all_mailboxes_of_an_account(by_ntlm: ExchangeWorld) -> None:
    """EWS-3, EWS-4: ten mailboxes, one sign-in; and a quiet poll is one request."""
    account = by_ntlm.account()
    calendars = []
    for n in range(10):
        by_ntlm.address = f"staff{n}@desk.example"
        by_ntlm.world.mailbox(by_ntlm.address)
        calendars.append(account.open(by_ntlm.binding(calendar_id=f"staff{n}")))
    cursors = [calendar.observe(None, NOW).cursor for calendar in calendars]
    before = by_ntlm.requests()
    batches = [calendar.observe(cursor, NOW) for calendar, cursor in zip(calendars, cursors, strict=True)]
    assert by_ntlm.requests() - before == 10
    assert [batch.cursor for batch in batches] == cursors
    assert by_ntlm.server.service.doors.ntlm_messages == [TYPE_1, TYPE_3]


def test_calls_from_many_threads_take_turns_on_one_connection(by_ntlm: ExchangeWorld) -> None:
    """EWS-3, CAL-29: the engine's pool asks several mailboxes at once."""
    by_ntlm.staff(Adds(entry(1)))
    account = by_ntlm.account()
    calendars = [account.open(by_ntlm.binding(calendar_id=f"reader-{n}")) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(calendar.busy, window()) for calendar in calendars * 3]
        answers = [each.result(timeout=60) for each in asked]
    assert {answer.spans for answer in answers} == {(entry(1).span,)}
    assert by_ntlm.server.service.doors.ntlm_messages == [TYPE_1, TYPE_3]


def test_two_accounts_of_the_same_name_share_neither_connection_nor_settings(world: ExchangeWorld) -> None:
    """EWS-3: the library keeps connections by endpoint and credentials, and ignores later settings."""
    world.settings = {"view_items_max": 5}
    first = world.calendar()
    first.observe(None, NOW)
    world.secret = "wrong horse"
    with pytest.raises(Misconfigured):
        world.calendar().observe(None, NOW)
    first.observe(None, NOW)


def test_a_delegate_reads_with_rights_in_the_calendar_alone(world: ExchangeWorld) -> None:
    world.settings = {"access": "delegate"}
    world.server.service.doors.users[SERVICE] = User(SERVICE, PASSWORD, mailbox="svc@desk.example")
    world.world.mailbox("svc@desk.example")
    world.mailbox.rights[SERVICE] = "Editor"
    calendar = world.calendar()
    written = calendar.put(own_draft(1), None)
    assert calendar.look(own_draft(1).session_id, written.ref).answer == "found"
    calendar.remove(own_draft(1).session_id, written.ref)
    assert calendar.look(own_draft(1).session_id, written.ref).answer == "gone"
    assert {each.acting_as for each in world.server.service.asked} == {"svc@desk.example"}

"""`syncd connect`: an operator consents in a browser, and the credential that comes of it reads a calendar."""

from __future__ import annotations

import io
import json
import logging
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import structlog
import trustme

from connectors.google_calendar import Settings
from connectors.google_calendar.signin import LOOPBACK, SignIn
from syncd.ports.errors import Misconfigured, Retryable
from syncd.runtime.clock import SystemClock
from syncd.runtime.logging import QUIET, configure
from syncd.testing.contracts.calendar_world import NOW, STAFF_EMAIL
from tests.connectors.google_calendar.world import SCOPES, GoogleWorld
from tests.simulators.google.signin import CLIENT_SECRET
from tests.simulators.google.simulator import GoogleSimulator

WHEN = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def over_tls(authority: trustme.CA) -> Iterator[GoogleSimulator]:
    """OAuth libraries refuse a token endpoint without TLS, as they should."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    google = GoogleSimulator(SystemClock().now, context)
    yield google
    google.stop()


@pytest.fixture
def world(over_tls: GoogleSimulator, authority: trustme.CA, tmp_path: Path) -> Iterator[GoogleWorld]:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    world = GoogleWorld(over_tls)
    world.settings["ca_file"] = tmp_path / "ca.pem"
    yield world
    over_tls.heal()
    assert over_tls.unfit == []


def settings(world: GoogleWorld, **changes: Any) -> Settings:
    hosts = {"endpoint": world.google.endpoint, "token_hosts": (world.google.host,)}
    return Settings.model_validate({"credential": "google", **world.settings, **hosts, **changes})


def client(world: GoogleWorld) -> str:
    return world.google.sign_in.client_file(f"{world.google.server.origin}/auth", world.google.token_uri)


def consents(world: GoogleWorld, sign_in: SignIn, scopes: frozenset[str] | None = None) -> str:
    """A person opens the address, ticks and presses; where the browser ends."""
    return world.google.sign_in.authorize(STAFF_EMAIL, parse_qs(urlsplit(sign_in.url).query), scopes)


def test_a_consent_becomes_a_credential_that_reads_the_calendar(world: GoogleWorld) -> None:
    sign_in = SignIn(client(world), settings(world))
    address = consents(world, sign_in)
    assert address.startswith(LOOPBACK)
    world.credential = sign_in.finish(address, WHEN)
    assert json.loads(world.credential)["type"] == "authorized_user"
    assert world.calendar().observe(None, NOW).last


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The daemon's own logging, at its most talkative."""
    root, out = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in QUIET}
    configure("debug", "json", out)
    yield out
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


def test_neither_code_nor_token_reaches_the_log(world: GoogleWorld, log: io.StringIO) -> None:
    sign_in = SignIn(client(world), settings(world))
    address = consents(world, sign_in)
    world.credential = sign_in.finish(address, WHEN)
    world.calendar().observe(None, NOW)
    tokens = [*world.google.sign_in.granted, *world.google.sign_in.refresh_tokens]
    assert len(tokens) >= 3
    assert not any(secret in log.getvalue() for secret in (*tokens, CLIENT_SECRET, parse_qs(address)["code"][0]))


def test_only_the_permissions_that_are_needed_are_asked_for_and_offline(world: GoogleWorld) -> None:
    query = parse_qs(urlsplit(SignIn(client(world), settings(world, search_all_calendars=False)).url).query)
    assert {scope.rsplit("/", 1)[-1] for scope in query["scope"][0].split()} == {"calendar.events", "calendar.freebusy"}
    assert query["access_type"] == ["offline"]


def test_an_app_in_test_mode_is_remembered_as_one(world: GoogleWorld) -> None:
    world.google.sign_in.test_mode = True
    sign_in = SignIn(client(world), settings(world))
    world.credential = sign_in.finish(consents(world, sign_in), WHEN)
    world.google.sign_in.refresh_tokens.clear()
    with pytest.raises(Misconfigured) as caught:
        world.calendar().probe()
    assert "test mode" in caught.value.hint
    assert json.loads(world.credential)["refresh_token_expires_in"] == timedelta(days=7).total_seconds() - 1


def test_another_sign_ins_answer_is_refused(world: GoogleWorld) -> None:
    first, second = (SignIn(client(world), settings(world)) for _ in range(2))
    with pytest.raises(Misconfigured, match="another sign-in"):
        second.finish(consents(world, first), WHEN)
    assert world.google.sign_in.asked == 0


@pytest.mark.parametrize("address", ["", "nonsense", "http://127.0.0.1:8765/", "http://127.0.0.1/?state=&code=x"])
def test_what_is_no_answer_is_refused(world: GoogleWorld, address: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        SignIn(client(world), settings(world)).finish(address, WHEN)
    assert caught.value.hint


def test_a_person_who_declines_is_told_what_to_do(world: GoogleWorld) -> None:
    sign_in = SignIn(client(world), settings(world))
    state = parse_qs(urlsplit(sign_in.url).query)["state"][0]
    with pytest.raises(Misconfigured, match="access_denied") as caught:
        sign_in.finish(f"{LOOPBACK}?error=access_denied&state={state}", WHEN)
    assert caught.value.hint


def test_a_permission_that_was_not_ticked_is_missed_at_once(world: GoogleWorld) -> None:
    sign_in = SignIn(client(world), settings(world))
    some = frozenset(scope for scope in SCOPES if "freebusy" not in scope)
    with pytest.raises(Misconfigured, match="not every permission"):
        sign_in.finish(consents(world, sign_in, some), WHEN)


def test_a_code_is_good_once(world: GoogleWorld) -> None:
    sign_in = SignIn(client(world), settings(world))
    address = consents(world, sign_in)
    sign_in.finish(address, WHEN)
    with pytest.raises(Misconfigured, match="invalid_grant"):
        sign_in.finish(address, WHEN)


def test_an_unreachable_sign_in_may_be_tried_again(world: GoogleWorld) -> None:
    sign_in = SignIn(client(world), settings(world))
    address = consents(world, sign_in)
    world.google.server.down()
    with pytest.raises(Retryable):
        sign_in.finish(address, WHEN)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"installed": {}}', '{"type": "service_account"}'])
def test_what_is_no_client_is_refused(world: GoogleWorld, text: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        SignIn(text, settings(world))
    assert caught.value.hint


def test_a_client_that_points_elsewhere_is_refused(world: GoogleWorld) -> None:
    elsewhere = world.google.sign_in.client_file("https://evil.example/auth", "https://evil.example/token")
    with pytest.raises(Misconfigured, match="token_hosts"):
        SignIn(elsewhere, settings(world))


def test_a_server_that_does_not_prove_itself_is_not_spoken_to(world: GoogleWorld, tmp_path: Path) -> None:
    """CAL-30: over TLS with another authority nothing is sent, and a person is told why."""
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    world.settings["ca_file"] = tmp_path / "other.pem"
    with pytest.raises(Misconfigured, match="certificate"):
        world.calendar().observe(None, NOW)
    assert world.google.sign_in.asked == 0
    assert world.requests() == 0

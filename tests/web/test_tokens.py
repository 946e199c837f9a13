"""Links and presses prove what they were signed for, and nothing else (C7, REL-5); too often is too often (E3)."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.engine.links import session_token
from syncd.runtime.keys import InstallationKeys
from syncd.web import throttle
from syncd.web.throttle import Throttle, network_of
from syncd.web.tokens import (
    new_form,
    new_press,
    open_form,
    open_press,
    open_session,
    read_slot,
    slot_value,
)

EXAMPLES_MAX = 40
KEYS = InstallationKeys(["k" * 43])
HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)


def test_a_session_link_names_session_and_reader() -> None:
    token = session_token(KEYS, "s1", "a@x.example.com")
    link = open_session(KEYS, token)
    assert link is not None
    assert link.session_id == "s1"
    payload = token.split(".")[0]
    assert b"a@x" not in urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), (
        "no personal data in an address (PRV-2)"
    )


def test_no_token_opens_what_another_was_signed_for() -> None:
    form, press = new_form(KEYS), new_press(KEYS, "cancel", "s1")
    assert open_session(KEYS, form) is None
    assert open_form(KEYS, press) is None
    assert open_press(KEYS, press, "cancel", "s2") is None
    assert open_press(KEYS, press, "reschedule", "s1") is None
    assert open_press(KEYS, KEYS.sign("press", "s1"), "cancel", "s1") is None
    assert open_press(KEYS, press, "cancel", "s1")


def test_two_forms_and_two_presses_are_never_the_same() -> None:
    assert open_form(KEYS, new_form(KEYS)) != open_form(KEYS, new_form(KEYS))
    presses = {open_press(KEYS, new_press(KEYS, "cancel", "s"), "cancel", "s") for _ in range(50)}
    assert len(presses) == 50


@settings(max_examples=EXAMPLES_MAX)
@given(st.text(max_size=800))
def test_no_made_up_token_opens(token: str) -> None:
    assert open_session(KEYS, token) is None
    assert open_form(KEYS, token) is None
    assert open_press(KEYS, token, "cancel", "s") is None


def test_a_slot_is_named_by_instant_and_staff() -> None:
    assert slot_value(NOW, "dana~x") == "2026-11-30T08:00:00Z~dana~x"
    assert read_slot("2026-11-30T08:00:00Z~dana~x") == (NOW, "dana~x")


@settings(max_examples=EXAMPLES_MAX)
@given(st.text(max_size=150))
def test_no_made_up_slot_is_an_error(value: str) -> None:
    found = read_slot(value)
    assert found is None or found[0].tzinfo is not None


def test_who_was_refused_too_often_waits_and_others_do_not() -> None:
    counts = Throttle(3, 100, HOUR)
    for minute in range(3):
        assert counts.closed_until("a", NOW) is None
        counts.mark("a", NOW + timedelta(minutes=minute))
    assert counts.closed_until("a", NOW + timedelta(minutes=3)) == NOW + HOUR
    assert counts.closed_until("b", NOW + timedelta(minutes=3)) is None
    assert counts.closed_until("a", NOW + HOUR) is None


def test_many_networks_together_close_the_door_for_all() -> None:
    counts = Throttle(100, 5, HOUR)
    for n in range(5):
        counts.mark(f"net-{n}", NOW + timedelta(seconds=n))
    assert counts.closed_until("elsewhere", NOW + timedelta(minutes=1)) == NOW + HOUR
    assert counts.closed_until("elsewhere", NOW + HOUR) is None


def test_networks_are_not_remembered_without_end() -> None:
    counts = Throttle(1, 10 * throttle.NETWORKS_MAX, HOUR)
    for n in range(throttle.NETWORKS_MAX + 1):
        counts.mark(f"net-{n}", NOW)
    assert counts.closed_until("net-0", NOW) is None
    assert counts.closed_until(f"net-{throttle.NETWORKS_MAX}", NOW) is not None


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        (None, "unknown"),
    ],
)
def test_an_ipv6_household_is_one_network(host: str | None, network: str) -> None:
    assert network_of(host) == network

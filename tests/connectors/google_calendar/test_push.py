"""GOO-11: a notice wakes a poll of the right calendar, forged ones wake nothing, and channels are renewed in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.google_calendar import push
from connectors.google_calendar.push import Channel, Notice
from syncd.ports.errors import Misconfigured, Permanent, Retryable
from syncd.testing.contracts.calendar_acts import Adds
from syncd.testing.contracts.calendar_setting import entry
from syncd.testing.contracts.calendar_world import NOW, ContractKeys
from tests.connectors.google_calendar.world import GoogleWorld

HOOK = "https://desk.example/hooks/google"
KEYS = ContractKeys()


def received(headers: dict[str, str], keys: ContractKeys = KEYS, connector: str = "google") -> Notice:
    return push.receive(headers, connector, keys, NOW)


def notices(google: GoogleWorld) -> list[Notice]:
    """What has been sent so far, as our hook understands it."""
    found = [received(each.headers) for each in google.google.state.notifications]
    google.google.state.notifications.clear()
    return found


def watched(google: GoogleWorld) -> Channel:
    now = google.server_time()
    calendar = google.account().open(google.binding())
    return calendar.watch(HOOK, now)


def test_a_change_wakes_its_calendar_and_the_opening_of_the_channel_does_not(google: GoogleWorld) -> None:
    channel = watched(google)
    (opened,) = notices(google)
    assert (opened.status, opened.calendar_id) == (200, None)
    google.staff(Adds(entry(1)))
    (changed,) = notices(google)
    assert (changed.status, changed.calendar_id) == (200, google.calendar_id)
    assert changed.channel is not None
    assert (changed.channel.id, changed.channel.resource_id) == (channel.id, channel.resource_id)


@pytest.mark.parametrize("token", [None, "", "nonsense", "google~ada~00", "x" * 5000, "\u00e4"])
def test_a_notice_without_our_token_is_refused_without_a_word(google: GoogleWorld, token: str | None) -> None:
    watched(google)
    google.staff(Adds(entry(1)))
    headers = dict(google.google.state.notifications[-1].headers)
    del headers["X-Goog-Channel-Token"]
    if token is not None:
        headers["X-Goog-Channel-Token"] = token
    assert received(headers) == Notice(401)


def test_a_notice_of_another_installation_or_connector_is_refused(google: GoogleWorld) -> None:
    watched(google)
    google.staff(Adds(entry(1)))
    headers = google.google.state.notifications[-1].headers
    assert received(headers).status == 200
    assert received(headers, ContractKeys("inst-b", b"other")) == Notice(401)
    assert received(headers, connector="another") == Notice(401)
    assert received({}) == Notice(401)


def test_headers_are_known_however_they_are_spelled(google: GoogleWorld) -> None:
    watched(google)
    google.staff(Adds(entry(1)))
    headers = google.google.state.notifications[-1].headers
    for spelled in (str.lower, str.upper):
        assert received({spelled(k): v for k, v in headers.items()}).calendar_id == google.calendar_id


def test_opening_a_channel_again_finds_it_open(google: GoogleWorld) -> None:
    """As after each start of the daemon: nothing is kept, and nothing is opened twice."""
    first, again = watched(google), watched(google)
    assert again == replace(first, resource_id=None)
    assert len(google.google.state.channels) == 1


def test_a_channel_is_renewed_before_it_lapses_and_without_a_gap(google: GoogleWorld) -> None:
    calendar = google.account().open(google.binding())
    now = google.server_time()
    first = calendar.watch(HOOK, now)
    assert now < first.renew_at <= now + push.PERIOD
    second = calendar.watch(HOOK, first.renew_at)
    assert second.id != first.id
    assert second.renew_at - first.renew_at == push.PERIOD
    assert first.expires_at - first.renew_at == push.OVERLAP > timedelta()
    assert google.google.state.channels[first.id].expires_at == first.expires_at


def test_a_channel_that_lapsed_says_nothing_more(google: GoogleWorld) -> None:
    watched(google)
    notices(google)
    google.google.state.skew = push.PERIOD + push.OVERLAP
    google.staff(Adds(entry(1)))
    assert notices(google) == []


def test_a_channel_is_closed_by_what_its_notices_carry(google: GoogleWorld) -> None:
    watched(google)
    google.staff(Adds(entry(1)))
    channel = received(google.google.state.notifications[-1].headers).channel
    assert channel is not None
    calendar = google.account().open(google.binding())
    calendar.unwatch(channel)
    calendar.unwatch(channel)
    assert google.google.state.channels == {}
    with pytest.raises(Permanent):
        calendar.unwatch(replace(channel, resource_id=None))


def test_another_address_is_another_channel(google: GoogleWorld) -> None:
    calendar = google.account().open(google.binding())
    now = google.server_time()
    assert calendar.watch(HOOK, now).id != calendar.watch("https://other.example/hooks/google", now).id


@pytest.mark.parametrize(("address", "hint"), [("http://desk.example/x", "https"), (HOOK, "verify its domain")])
def test_an_address_that_google_does_not_send_to_is_named(google: GoogleWorld, address: str, hint: str) -> None:
    google.google.state.unverified.add("desk.example")
    calendar = google.account().open(google.binding())
    with pytest.raises(Misconfigured) as caught:
        calendar.watch(address, NOW)
    assert hint in caught.value.hint


def test_a_channel_that_cannot_be_opened_now_is_opened_later(google: GoogleWorld) -> None:
    google.google.server.down()
    with pytest.raises(Retryable):
        google.account().open(google.binding()).watch(HOOK, NOW)

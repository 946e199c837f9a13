"""Who are we, and whom do we trust? Settings, passwords, tokens, TLS, and what the probe says (CAL-27, CAL-30)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest
import trustme
from pydantic import ValidationError

from connectors.caldav import Settings, manifest
from syncd.ports.connector import Role
from syncd.ports.errors import Misconfigured
from syncd.testing.contracts.calendar_setting import own_draft
from syncd.testing.contracts.calendar_world import NOW
from tests.connectors.caldav.world import DavWorld
from tests.simulators.faulty_proxy import FaultyProxy

MakeWorld = Callable[..., DavWorld]


@pytest.fixture
def world(make_world: MakeWorld) -> DavWorld:
    return make_world("radicale")


@pytest.mark.parametrize(
    "given",
    [
        {"url": "http://calendar.example/"},
        {"url": "ftp://calendar.example/"},
        {"url": "calendar.example"},
        {"url": "https://"},
        {"url": "https://ada:secret@calendar.example/"},
        {"url": "https://calendar.example/?x"},
        {"url": "https://calendar.example/", "auth": "bearer"},
        {"url": "https://calendar.example/", "username": "ada"},
        {"url": "https://calendar.example/", "credential": "password"},
        {"url": "https://calendar.example/", "verify": False},
        {"url": "https://calendar.example/", "timeout_seconds": 0},
        {"url": "https://calendar.example/", "page_items_max": 0},
    ],
)
def test_settings_that_cannot_work_or_are_not_safe_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate(given)
    assert "secret" not in str(caught.value.errors(include_input=False))


@pytest.mark.parametrize("url", ["https://calendar.example/dav/", "http://127.0.0.1:5232/", "http://[::1]:5232"])
def test_settings_that_are_safe_are_taken(url: str) -> None:
    assert Settings.model_validate({"url": url}).url == url


def test_the_manifest_says_who_it_is() -> None:
    assert (manifest.kind, manifest.role, manifest.settings) == ("caldav", Role.CALENDAR, Settings)


def test_a_calendar_on_another_host_is_refused(world: DavWorld) -> None:
    world.address = "https://elsewhere.example/ada/"
    with pytest.raises(Misconfigured) as caught:
        world.calendar()
    assert caught.value.hint


def test_the_password_is_sent_at_once_and_nowhere_kept(world: DavWorld) -> None:
    world.credential = lambda name: f"<{name}>"
    calendar = world.calendar()
    calendar.observe(None, NOW)
    expected = "Basic " + b64encode(b"ada:<password>").decode()
    assert {seen.headers["Authorization"] for seen in world.proxy.seen} == {expected}
    assert "<password>" not in repr(vars(calendar))


def test_cal_27_a_credential_that_was_renewed_is_read_anew(world: DavWorld) -> None:
    tokens = iter(["old", "new"])
    world.credential = lambda name: next(tokens)
    world.settings = {"auth": "bearer", "credential": "token", "username": None}
    calendar = world.calendar()
    world.proxy.faults.status, world.proxy.faults.times = 401, 1
    calendar.put(own_draft(1), None)
    assert len(world.standing()) == 1
    assert [seen.headers["Authorization"] for seen in world.proxy.seen] == ["Bearer old", "Bearer new"]


class TestTls:
    @pytest.fixture
    def authority(self) -> trustme.CA:
        return trustme.CA()

    @pytest.fixture
    def world(self, make_world: MakeWorld, authority: trustme.CA) -> Iterator[DavWorld]:
        world = make_world("radicale")
        context = SSLContext(PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        plain, world.proxy = world.proxy, FaultyProxy(world.server.port, tls=context)
        yield world
        world.proxy.down()
        world.proxy = plain

    def test_cal_30_a_certificate_that_is_not_trusted_lets_nothing_through(self, world: DavWorld) -> None:
        with pytest.raises(Misconfigured) as caught:
            world.calendar().observe(None, NOW)
        assert "ca_file" in caught.value.hint
        assert world.proxy.seen == []

    def test_cal_30_the_servers_own_authority_can_be_named(
        self, world: DavWorld, authority: trustme.CA, tmp_path: Path
    ) -> None:
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        world.settings = {"ca_file": str(tmp_path / "ca.pem")}
        assert world.calendar().observe(None, NOW).last

    def test_an_authority_that_cannot_be_read_says_so(self, world: DavWorld, tmp_path: Path) -> None:
        (tmp_path / "ca.pem").write_text("no certificate")
        world.settings = {"ca_file": str(tmp_path / "ca.pem")}
        with pytest.raises(Misconfigured) as caught:
            world.calendar().probe()
        assert caught.value.hint


class TestProbe:
    def test_it_says_what_it_found(self, world: DavWorld) -> None:
        facts = world.calendar().probe()
        assert {"calendar 'Sessions'", "server: Radicale", "changes: by sync token"} <= set(facts)
        assert "invitations: by syncd alone" in facts

    def test_a_wrong_path_is_answered_with_the_calendars_there_are(self, world: DavWorld) -> None:
        real, world.address = world.address, "/ada/mistyped/"
        with pytest.raises(Misconfigured) as caught:
            world.calendar().probe()
        assert real in caught.value.hint

    def test_what_is_no_calendar_is_said_to_be_none(self, world: DavWorld) -> None:
        world.address = "/ada/"
        with pytest.raises(Misconfigured) as caught:
            world.calendar().probe()
        assert world.path in caught.value.hint

    def test_a_calendar_that_may_not_be_written_is_told_before_the_first_session(self, world: DavWorld) -> None:
        world.proxy.faults.replace = tuple(
            (f"<privilege><{right} /></privilege>".encode(), b"") for right in ("all", "write", "write-content")
        )
        with pytest.raises(Misconfigured) as caught:
            world.calendar().probe()
        assert caught.value.hint

    def test_a_clock_that_is_off_is_told(self, world: DavWorld) -> None:
        assert [fact for fact in world.calendar().probe() if fact.startswith("clock: ")]
        world.clock.at = world.server_time()
        assert not [fact for fact in world.calendar().probe() if fact.startswith("clock: ")]

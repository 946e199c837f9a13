"""Who are we to Microsoft? Secret, certificate and delegated sign-in, against the strict token endpoint (GRA-1)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from connectors.msgraph import build
from connectors.msgraph.signin import sign_in
from syncd.ports.errors import Misconfigured, OutcomeUnknown, Retryable
from syncd.testing.contracts.calendar_acts import Adds
from syncd.testing.contracts.calendar_reader import window
from syncd.testing.contracts.calendar_setting import entry, own_draft, own_span
from syncd.testing.contracts.calendar_world import NOW
from tests.connectors.msgraph.world import GraphClock, GraphWorld


@pytest.fixture(scope="session")
def keys() -> tuple[str, x509.Certificate]:
    """A private key with its certificate in one PEM text, and the certificate."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "syncd")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return (secret + certificate.public_bytes(serialization.Encoding.PEM)).decode(), certificate


def connected(world: GraphWorld) -> str:
    """What `syncd connect` is given when the person has typed the code."""
    told: list[tuple[str, str]] = []
    world.settings = {"sign_in": "delegated"}
    tokens = sign_in(
        world.configured(),
        world.ca_file.parent,
        GraphClock(world.graph),
        lambda where, code: told.append((where, code)),
    )
    assert told == [(f"{world.simulator.authority}/devicelogin", "ABCD-EFGH")]
    return tokens


def test_a_secret_signs_in_once_for_many_requests(world: GraphWorld) -> None:
    calendar = world.calendar()
    for _ in range(3):
        calendar.busy(window())
    assert world.simulator.entra.asked == ["client_credentials"]


def test_calendars_of_one_account_share_its_sign_in(world: GraphWorld) -> None:
    account = build("graph", world.configured(), world.tools())
    for name in ("ada", "bob"):
        account.open(world.binding(calendar_id=name)).busy(window())
    assert world.simulator.entra.asked == ["client_credentials"]


def test_a_certificate_signs_in(world: GraphWorld, keys: tuple[str, x509.Certificate]) -> None:
    world.settings = {"sign_in": "certificate"}
    world.credentials["graph"], world.simulator.entra.certificate = keys
    world.staff(Adds(entry(1)))
    assert world.calendar().busy(window()).spans == (own_span(1),)


def test_a_certificate_that_was_not_uploaded_is_refused(world: GraphWorld, keys: tuple[str, x509.Certificate]) -> None:
    world.settings = {"sign_in": "certificate"}
    world.credentials["graph"] = keys[0]
    with pytest.raises(Misconfigured) as caught:
        world.calendar().busy(window())
    assert "AADSTS700027" in str(caught.value)


@pytest.mark.parametrize(
    "broken",
    [
        "not a key",
        "-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n"
        "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n",
    ],
)
def test_a_credential_that_is_no_certificate_says_so_and_is_not_shown(world: GraphWorld, broken: str) -> None:
    world.settings = {"sign_in": "certificate"}
    world.credentials["graph"] = broken
    with pytest.raises(Misconfigured) as caught:
        world.calendar().busy(window())
    assert "PEM" in caught.value.hint
    assert "nonsense" not in f"{caught.value}{caught.value.hint}"


class TestDelegated:
    def test_a_person_signs_in_by_a_code_and_is_read_for(self, world: GraphWorld) -> None:
        world.credentials["graph"] = connected(world)
        world.staff(Adds(entry(1)))
        assert world.calendar().busy(window()).spans == (own_span(1),)

    def test_the_person_may_take_their_time(self, world: GraphWorld) -> None:
        world.simulator.entra.pending = 1
        assert json.loads(connected(world))

    def test_a_person_who_refuses_is_told_of(self, world: GraphWorld) -> None:
        world.simulator.entra.refusal = 65001
        with pytest.raises(Misconfigured) as caught:
            connected(world)
        assert "AADSTS65001" in str(caught.value)

    def test_a_source_of_another_sign_in_is_not_connected(self, world: GraphWorld) -> None:
        with pytest.raises(Misconfigured) as caught:
            sign_in(world.configured(), world.ca_file.parent, GraphClock(world.graph), lambda *_: None)
        assert "delegated" in caught.value.hint

    def test_a_lapsed_token_is_renewed_and_what_came_is_kept(self, world: GraphWorld) -> None:
        """Entra gives a new refresh token each time; the old one lives on for a while only."""
        world.credentials["graph"] = connected(world)
        kept: dict[str, str] = {}
        tools = replace(world.tools(), keep=kept.__setitem__)
        calendar = build("graph", world.configured(), tools).open(world.binding())
        calendar.busy(window())
        assert kept == {}
        world.simulator.entra.lapse()
        calendar.busy(window())
        assert world.simulator.entra.asked[-1] == "refresh_token"
        world.credentials["graph"] = kept["graph"]
        world.simulator.entra.refresh_tokens = {"refresh-3"}
        world.simulator.entra.lapse()
        assert world.calendar().busy(window()).spans == ()

    @pytest.mark.parametrize(("number", "word"), [(50173, "revoked"), (700082, "lapsed"), (50076, "more")])
    def test_a_sign_in_that_ended_says_how_to_go_on(self, world: GraphWorld, number: int, word: str) -> None:
        world.credentials["graph"] = connected(world)
        calendar = world.calendar()
        world.simulator.entra.lapse()
        world.simulator.entra.refusal = number
        with pytest.raises(Misconfigured) as caught:
            calendar.busy(window())
        assert word in str(caught.value)
        assert "syncd connect" in caught.value.hint

    @pytest.mark.parametrize("stored", ["", "{", "[]", '"text"', "{}", '{"AccessToken": 7}'])
    def test_a_credential_that_holds_no_sign_in_says_so(self, world: GraphWorld, stored: str) -> None:
        world.settings = {"sign_in": "delegated"}
        world.credentials["graph"] = stored
        with pytest.raises(Misconfigured) as caught:
            world.calendar().busy(window())
        assert "syncd connect" in caught.value.hint


class TestConduct:
    def test_the_first_call_after_token_expiry_succeeds(self, world: GraphWorld) -> None:
        """exchangelib #1345: here with a token that has really lapsed."""
        calendar = world.calendar()
        calendar.busy(window())
        world.simulator.entra.lapse()
        world.staff(Adds(entry(1)))
        before = world.requests()
        assert calendar.busy(window()).spans == (own_span(1),)
        assert world.requests() - before == 2

    def test_cal_27_a_write_that_meets_a_lapsed_token_looks_before_it_is_repeated(self, world: GraphWorld) -> None:
        calendar = world.calendar()
        calendar.busy(window())
        world.graph.knobs.status, world.graph.knobs.times, world.graph.knobs.writes_only = 401, 1, True
        with pytest.raises(OutcomeUnknown):
            calendar.put(own_draft(1), None)
        before = len(world.graph.record)
        calendar.put(own_draft(1), None)
        assert [each.split(" ")[0] for each in world.graph.record[before:]][:2] == ["GET", "POST"]
        assert len(world.standing()) == 1

    def test_cal_27_a_wrong_secret_is_tried_once(self, world: GraphWorld) -> None:
        world.credentials["graph"] = "wrong"
        with pytest.raises(Misconfigured) as caught:
            world.calendar().observe(None, NOW)
        assert world.simulator.entra.asked == ["client_credentials"]
        assert "wrong" not in caught.value.hint
        assert world.requests() == 0

    def test_cal_27_tokens_that_graph_never_accepts_are_renewed_once(self, world: GraphWorld) -> None:
        calendar = world.calendar()
        world.graph.knobs.status = 401
        with pytest.raises(Misconfigured):
            calendar.busy(window())
        assert len(world.simulator.entra.asked) == 2

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_cal_28_a_throttled_sign_in_says_how_long(self, world: GraphWorld, status: int) -> None:
        world.simulator.entra.overload = (status, "120")
        with pytest.raises(Retryable) as caught:
            world.calendar().busy(window())
        assert caught.value.retry_after == timedelta(minutes=2)
        world.simulator.entra.overload = None
        assert world.calendar().busy(window()).spans == ()

    def test_cal_30_a_token_endpoint_off_the_host_is_never_spoken_to(self, world: GraphWorld) -> None:
        world.simulator.entra.token_host = f"https://127.0.0.1:{world.simulator.stranger.port}"
        with pytest.raises(Misconfigured):
            world.calendar().busy(window())
        assert world.elsewhere() == 0

    def test_cal_30_a_certificate_of_another_authority_is_not_trusted(self, world: GraphWorld) -> None:
        world.settings = {"ca_file": None}
        with pytest.raises(Misconfigured) as caught:
            world.calendar().busy(window())
        assert "ca_file" in caught.value.hint

    def test_no_error_and_no_log_shows_a_secret(self, world: GraphWorld, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level("DEBUG")
        calendar = world.calendar()
        calendar.busy(window())
        (token,) = world.simulator.entra.tokens
        assert token not in caplog.text
        assert world.credentials["graph"] not in caplog.text

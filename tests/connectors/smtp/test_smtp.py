"""Does the smtp connector keep the contract of MailOut, against a real server, and tell faults apart by what to do?"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from pydantic import ValidationError

from connectors.smtp import manifest
from connectors.smtp.client import SmtpOut
from connectors.smtp.settings import SmtpSettings
from syncd.ports.connector import Role, Tools
from syncd.ports.errors import Misconfigured, OutcomeUnknown, Permanent, Retryable
from syncd.ports.mail import Envelope, MailOut
from syncd.runtime.keys import InstallationKeys
from syncd.testing.chaos import Chaos, Trouble
from syncd.testing.clock import VirtualClock
from syncd.testing.contracts.mail import MailOutContract, envelope
from syncd.testing.sim_mail import SimMail
from tests.connectors.smtp.server import PASSWORD, USER, Server, silent_server

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MAIL = envelope()


def out(server_port: int, folder: Path, **settings: Any) -> SmtpOut:
    """The connector, built as the runtime does."""

    def credential(name: str) -> str:
        return {"mail-password": PASSWORD, "old-password": "wrong"}[name]

    tools = Tools(VirtualClock(START), InstallationKeys(["k" * 43]), credential, folder)
    values = {"host": "127.0.0.1", "port": server_port, "tls": "none", "timeout_seconds": 5, "helo_name": "syncd.test"}
    built = manifest.build("mail", SmtpSettings.model_validate({**values, **settings}), tools)
    assert isinstance(built, SmtpOut)
    return built


@dataclass
class SmtpWorld:
    out: MailOut
    server: Server

    def accepted(self) -> list[Envelope]:
        return list(self.server.accepted)

    def refuse_next(self, *, for_good: bool) -> None:
        self.server.say("rcpt", "550 5.1.1 no such user" if for_good else "451 4.3.0 try again later")

    def lose_next_answer(self) -> None:
        self.server.lose_answers = 1

    def drop_connections(self) -> None:
        self.server.drop_connections()

    def go_away(self) -> None:
        self.server.go_away()

    def come_back(self) -> None:
        self.server.come_back()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server().running() as running:
        yield running


class TestSmtp(MailOutContract):
    @pytest.fixture
    def world(self, server: Server, tmp_path: Path) -> Iterator[SmtpWorld]:
        made = out(server.port, tmp_path)
        yield SmtpWorld(made, server)
        made.close()


class TestTheSimulatedServer(MailOutContract):
    @pytest.fixture
    def world(self) -> SimWorld:
        return SimWorld(SimMail(VirtualClock(START).now, Chaos()))


class OneTrouble(Chaos):
    """Chance that strikes once, as told."""

    coming: Trouble | None = None

    def draw(self, *troubles: Trouble) -> Trouble | None:
        struck, self.coming = self.coming, None
        return struck


class RefusedOnce(set[str]):
    """Every address, once."""

    def __contains__(self, address: object) -> bool:
        first = bool(self)
        self.clear()
        return first


@dataclass
class SimWorld:
    """The simulation's own mail server, held to the same contract."""

    out: SimMail

    def accepted(self) -> list[Envelope]:
        return [Envelope("desk@desk.example", each.recipient, each.message) for each in self.out.delivered]

    def refuse_next(self, *, for_good: bool) -> None:
        if for_good:
            self.out.refused = RefusedOnce({"the next"})
        else:
            self._strike(Trouble.THROTTLED)

    def lose_next_answer(self) -> None:
        self._strike(Trouble.LOST_REPLY)

    def _strike(self, trouble: Trouble) -> None:
        chaos = OneTrouble()
        chaos.coming = trouble
        self.out.chaos = chaos

    def drop_connections(self) -> None:
        """It has none."""

    def go_away(self) -> None:
        self.out.down = True

    def come_back(self) -> None:
        self.out.down = False


def test_the_manifest_says_what_it_is() -> None:
    assert (manifest.kind, manifest.role) == ("smtp", Role.MAIL_OUT)


def test_one_connection_carries_many_messages(server: Server, tmp_path: Path) -> None:
    connector = out(server.port, tmp_path)
    for number in range(5):
        connector.send(envelope(number))
    assert (len(server.accepted), server.connections) == (5, 1)
    connector.close()


def test_an_idle_connection_is_not_trusted(server: Server, tmp_path: Path) -> None:
    connector = out(server.port, tmp_path, idle_seconds=0)
    connector.send(envelope(1))
    connector.send(envelope(2))
    assert server.connections == 2


def test_a_connection_that_the_server_closes_for_idleness_is_replaced(server: Server, tmp_path: Path) -> None:
    connector = out(server.port, tmp_path)
    connector.send(envelope(1))
    server.say("mail", "421 4.4.2 idle for too long")
    connector.send(envelope(2))
    assert [e.message for e in server.accepted] == [envelope(1).message, envelope(2).message]


@pytest.mark.parametrize(
    ("stage", "answer", "error"),
    [
        ("greet", "554 5.7.1 not welcome", Misconfigured),
        ("mail", "450 4.1.8 later", Retryable),
        ("mail", "421 4.3.2 shutting down", Retryable),
        ("mail", "530 5.7.0 authentication required", Misconfigured),
        ("mail", "550 5.7.60 not your address", Misconfigured),
        ("mail", "552 5.3.4 too large", Permanent),
        ("rcpt", "450 4.2.1 greylisted", Retryable),
        ("rcpt", "550 5.1.1 no such user", Permanent),
        ("rcpt", "553 5.1.3 bad address", Permanent),
        ("data", "451 4.3.0 later", Retryable),
        ("data", "554 5.7.1 looks like spam", Permanent),
        ("data", "999 what is this", OutcomeUnknown),
    ],
)
def test_an_answer_is_told_by_what_to_do_next(
    server: Server, tmp_path: Path, stage: str, answer: str, error: type[Exception]
) -> None:
    connector = out(server.port, tmp_path)
    if stage == "greet":
        server.say("greet", answer)  # EHLO, and then HELO
    server.say(stage, answer)
    with pytest.raises(error) as raised:
        connector.send(MAIL)
    if stage != "greet":
        assert answer[:3] in str(raised.value)
    assert server.accepted == []


def test_a_server_that_never_answers_is_retryable(tmp_path: Path) -> None:
    with silent_server() as port, pytest.raises(Retryable):
        out(port, tmp_path, timeout_seconds=1).send(MAIL)


def test_a_server_that_refuses_every_connection_for_good_needs_a_person(tmp_path: Path) -> None:
    with silent_server(b"554 no SMTP service here\r\n") as port, pytest.raises(Misconfigured) as raised:
        out(port, tmp_path).send(MAIL)
    assert raised.value.hint


@pytest.mark.parametrize(
    "address", ["no-address", "ü@customer.example", "a@b\r\nRCPT TO:<eve@x.example>", "@x.example"]
)
def test_an_address_that_no_server_takes_is_permanent_and_never_sent(
    server: Server, tmp_path: Path, address: str
) -> None:
    with pytest.raises(Permanent):
        out(server.port, tmp_path).send(Envelope("desk@desk.example", address, MAIL.message))
    assert server.connections == 0


def test_an_address_in_another_script_goes_out_in_punycode(server: Server, tmp_path: Path) -> None:
    out(server.port, tmp_path).send(Envelope("desk@desk.example", "ada@bücher.example", MAIL.message))
    assert server.accepted[0].recipient == "ada@xn--bcher-kva.example"


# -- TLS and sign-in ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


def secured(authority: trustme.CA, name: str = "localhost") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return "ca.pem"


def test_mail_goes_over_starttls_signed_in(authority: trustme.CA, ca_file: str, tmp_path: Path) -> None:
    with Server(starttls=secured(authority), sign_in=True).running() as server:
        connector = out(
            server.port,
            tmp_path,
            host="localhost",
            tls="starttls",
            ca_file=ca_file,
            username=USER,
            credential="mail-password",
        )
        connector.send(MAIL)
        assert server.accepted == [MAIL]
        facts = " ".join(connector.probe())
        assert "secured by TLSv1" in facts
        assert USER in facts
        assert PASSWORD not in facts
        connector.close()


def test_mail_goes_over_tls_from_the_first_byte(authority: trustme.CA, ca_file: str, tmp_path: Path) -> None:
    with Server(tls=secured(authority)).running() as server:
        connector = out(server.port, tmp_path, host="localhost", tls="tls", ca_file=ca_file)
        connector.send(MAIL)
        assert server.accepted == [MAIL]
        connector.close()


def test_a_wrong_password_needs_a_person(authority: trustme.CA, ca_file: str, tmp_path: Path) -> None:
    with Server(starttls=secured(authority), sign_in=True).running() as server:
        connector = out(
            server.port,
            tmp_path,
            host="localhost",
            tls="starttls",
            ca_file=ca_file,
            username=USER,
            credential="old-password",
        )
        with pytest.raises(Misconfigured) as raised:
            connector.send(MAIL)
        assert "535" in str(raised.value)
        assert "credential" in raised.value.hint


def test_a_server_without_starttls_never_gets_the_mail_readable(server: Server, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as raised:
        out(server.port, tmp_path, host="localhost", tls="starttls").send(MAIL)
    assert "STARTTLS" in str(raised.value)
    assert server.accepted == []


def test_a_certificate_of_an_unknown_authority_is_told_as_such(authority: trustme.CA, tmp_path: Path) -> None:
    with Server(tls=secured(authority)).running() as server, pytest.raises(Misconfigured) as raised:
        out(server.port, tmp_path, host="localhost", tls="tls").send(MAIL)
    assert "ca_file" in raised.value.hint


def test_a_certificate_for_another_name_is_told_as_such(authority: trustme.CA, ca_file: str, tmp_path: Path) -> None:
    with Server(tls=secured(authority, "other.example")).running() as server, pytest.raises(Misconfigured) as raised:
        out(server.port, tmp_path, host="localhost", tls="tls", ca_file=ca_file).send(MAIL)
    assert "another name" in raised.value.hint


def test_tls_at_a_port_that_begins_readable_is_told_as_such(server: Server, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as raised:
        out(server.port, tmp_path, host="localhost", tls="tls").send(MAIL)
    assert "starttls" in raised.value.hint


def test_a_ca_file_that_is_none_is_told_as_such(server: Server, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(Misconfigured) as raised:
        out(server.port, tmp_path, host="localhost", tls="tls", ca_file="ca.pem").send(MAIL)
    assert "PEM" in raised.value.hint


def test_a_sign_in_that_the_server_does_not_offer_is_told_as_such(server: Server, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as raised:
        out(server.port, tmp_path, username=USER, credential="mail-password").send(MAIL)
    assert "submission" in raised.value.hint


# -- settings ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_readable_mail_stays_on_this_machine(host: str) -> None:
    assert SmtpSettings(host=host, tls="none").at == 25


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "mail.example.com", "tls": "none"},
        {"host": "10.0.0.1", "tls": "none"},
        {"host": "https://mail.example.com"},
        {"username": "desk"},
        {"credential": "password"},
        {"port": 0},
        {"tls": "ssl"},
        {"timeout_seconds": 0},
        {"password": "secret"},
    ],
)
def test_a_setting_that_cannot_work_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SmtpSettings(**wrong)


@pytest.mark.parametrize(("tls", "port"), [("starttls", 587), ("tls", 465)])
def test_each_way_has_its_own_port(tls: str, port: int) -> None:
    assert SmtpSettings(host="mail.example.com", tls=tls).at == port

"""The behaviour suite on real dovecots, with IDLE and without, and what is this connector's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from connectors.imap.cursor import parse
from syncd.ports.errors import CursorExpired, Misconfigured, Retryable
from syncd.runtime.clock import SystemClock
from syncd.testing.contracts.mail_in import MailInContract, mail, read
from tests.connectors.imap.world import ImapWorld, mailbox
from tests.simulators.caldav_servers import free_port
from tests.simulators.dovecot import MISSING, Dovecot, dovecot

pytestmark = [pytest.mark.slow, pytest.mark.skipif(MISSING is not None, reason=str(MISSING))]


@pytest.fixture(scope="module")
def idling() -> Iterator[Dovecot]:
    with dovecot() as server:
        yield server


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Dovecot, Path]]:
    """Without IDLE, with TLS; and the authority's certificate."""
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    issued = authority.issue_cert("localhost", "127.0.0.1")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    for index, blob in enumerate(issued.cert_chain_pems):
        blob.write_to_path(folder / "cert.pem", append=index > 0)
    with dovecot(idle=False, certificate=(folder / "cert.pem", folder / "key.pem")) as server:
        yield server, folder / "ca.pem"


class TestDovecot(MailInContract):
    @pytest.fixture
    def world(self, idling: Dovecot) -> Iterator[ImapWorld]:
        made = ImapWorld(idling)
        yield made
        made.close()


def test_without_idle_it_says_so_and_is_polled_over_starttls(secured: tuple[Dovecot, Path]) -> None:
    server, authority = secured
    box = mailbox(server.imap, server.folder, "plain", tls="starttls", ca_file=str(authority))
    now = SystemClock().now()
    start = read(box, None, now)
    assert box.wait(timedelta(milliseconds=100)) is None
    server.deliver(mail(1), "plain@desk.example")
    assert len(read(box, start.cursor, SystemClock().now()).evidence) == 1
    assert any("TLS" in fact for fact in box.probe())
    box.close()


def test_a_certificate_that_nobody_signed_is_a_person_to_act(secured: tuple[Dovecot, Path]) -> None:
    server, _ = secured
    box = mailbox(server.imap, server.folder, "plain", tls="starttls")
    with pytest.raises(Misconfigured) as caught:
        box.observe(None, SystemClock().now())
    assert "ca_file" in caught.value.hint


def test_a_refused_sign_in_and_a_missing_folder_have_their_hints(idling: Dovecot) -> None:
    refused = mailbox(idling.imap, idling.folder, "nobody-here", "incorrect")
    with pytest.raises(Misconfigured) as caught:
        refused.probe()
    assert "sign-in" in str(caught.value)
    assert "incorrect" not in str(caught.value)
    elsewhere = mailbox(idling.imap, idling.folder, "somebody", folder="No such folder")
    with pytest.raises(Misconfigured) as caught:
        elsewhere.observe(None, SystemClock().now())
    assert "INBOX" in caught.value.hint


def test_a_server_that_is_down_is_waited_for(tmp_path: Path) -> None:
    box = mailbox(free_port(), tmp_path, "somebody")
    with pytest.raises(Retryable):
        box.observe(None, SystemClock().now())
    with pytest.raises(CursorExpired):
        parse("9 of another version")


def test_a_mail_that_is_too_large_is_put_aside_by_its_head(idling: Dovecot) -> None:
    box = mailbox(idling.imap, idling.folder, "large", bytes_max=10_000)
    start = read(box, None, SystemClock().now())
    idling.deliver(mail(1, "x" * 70 + "\r\n" * 6_000), "large@desk.example")
    idling.deliver(mail(2), "large@desk.example")
    found = read(box, start.cursor, SystemClock().now())
    assert [bool(raw.unreadable) for raw in found.raw] == [True, False]
    assert b"Mail 1" in found.raw[0].body
    assert len(found.raw[0].body) < 2_000
    assert len(found.evidence) == 1
    box.close()


def test_the_first_reading_looks_back_as_far_as_the_settings_say(idling: Dovecot) -> None:
    idling.deliver(mail(1), "early@desk.example")
    assert read(mailbox(idling.imap, idling.folder, "early"), None, SystemClock().now()).evidence == ()
    back = mailbox(idling.imap, idling.folder, "early", look_back_days=2)
    assert len(read(back, None, SystemClock().now()).evidence) == 1

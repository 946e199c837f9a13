"""What does a mail mean? Every row of the table of spec/invitations.md 4, real programs' shapes, hostile input."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.imap.translate import key_of, translate
from syncd.domain.correspondence import (
    AutoReplyReceived,
    BounceReceived,
    CounterReceived,
    RefreshReceived,
    ReplyReceived,
    WordsReceived,
)
from syncd.domain.evidence import Payload
from syncd.ports.source import Raw
from tests.simulators import mail_clients
from tests.simulators.mail_clients import Invitation, gmail, outlook

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
START = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
TO = "support+abcdefgh@desk.example"
ABOUT = Invitation(
    "support@desk.example",
    TO,
    "carl@acme.example",
    "<m1@desk.example>",
    "uid-1",
    2,
    START,
    START + timedelta(minutes=30),
    "REQUEST",
)
MAILS = Path(os.environ.get("SYNCD_CONFORMANCE", "")) / "ics" / "mails"
ID = "mx.desk.example"


def understood(raw: bytes) -> Payload:
    batch = translate(Raw(key_of(raw), AT, raw), "box", ID)
    assert [r.unreadable for r in batch.raw] == [""]
    (only,) = batch.evidence
    return only.payload


def put_aside(raw: bytes) -> str:
    batch = translate(Raw(key_of(raw), AT, raw), "box", ID)
    assert batch.evidence == ()
    return batch.raw[0].unreadable


@pytest.mark.parametrize("client", [mail_clients.gmail, mail_clients.outlook, mail_clients.apple])
@pytest.mark.parametrize("partstat", ["ACCEPTED", "TENTATIVE", "DECLINED"])
def test_each_program_s_answer_is_one_reply(
    client: Callable[[str, mail_clients.Invitation, str, datetime], bytes], partstat: str
) -> None:
    found = understood(client(TO, ABOUT, partstat, AT))
    assert isinstance(found, ReplyReceived)
    assert (found.email, found.partstat, found.uid, found.sequence) == ("carl@acme.example", partstat, "uid-1", 2)
    assert (found.dtstamp, found.delegated, found.authentic, found.comment) == (AT, False, False, "")
    assert found.trace.tags == ("abcdefgh",)


def test_a_counter_proposes_its_dtstart_in_windows_zones_too() -> None:
    found = understood(outlook(TO, ABOUT, "TENTATIVE", AT, counter=ABOUT.moved(timedelta(hours=2))))
    assert isinstance(found, CounterReceived)
    assert found.starts_at == START + timedelta(hours=2)
    assert found.ends_at == START + timedelta(hours=2, minutes=30)
    assert found.trace.references == ("m1",)


def test_a_time_without_a_zone_proposes_nothing() -> None:
    raw = (
        gmail(TO, ABOUT, "TENTATIVE", AT)
        .replace(b"REPLY", b"COUNTER")
        .replace(b"DTSTART:20260304T150000Z", b"DTSTART:20260304T150000")
    )
    found = understood(raw.split(b"--0000000000mixed\r\nContent-Type: application/ics")[0] + b"--0000000000mixed--\r\n")
    assert isinstance(found, CounterReceived)
    assert found.starts_at is None


def test_refresh_asks_for_a_copy() -> None:
    raw = mail_clients.apple(TO, ABOUT, "NEEDS-ACTION", AT).replace(b"REPLY", b"REFRESH")
    assert isinstance(understood(raw), RefreshReceived)


def test_a_method_that_contradicts_its_part_is_put_aside() -> None:
    assert "METHOD" in put_aside(
        mail_clients.apple(TO, ABOUT, "DECLINED", AT).replace(b"method=REPLY", b"method=CANCEL")
    )


def test_a_reply_without_method_in_its_part_or_with_a_delegate_is_read() -> None:
    raw = mail_clients.apple(TO, ABOUT, "DECLINED", AT)
    assert isinstance(understood(raw.replace(b" method=REPLY;", b"")), ReplyReceived)
    sent_by = understood(raw.replace(b'CN=3D"Carl', b'SENT-BY=3D"mailto:pa@acme.example";CN=3D"Carl'))
    assert isinstance(sent_by, ReplyReceived)
    assert sent_by.delegated


def test_our_own_request_quoted_back_is_words_with_a_claim() -> None:
    found = understood(mail_clients.apple(TO, ABOUT, "ACCEPTED", AT).replace(b"REPLY", b"REQUEST"))
    assert isinstance(found, WordsReceived)
    assert "REQUEST" in found.claim


@pytest.mark.parametrize(
    "header", ["Auto-Submitted: auto-replied", "Precedence: bulk", "Return-Path: <>", "List-Id: <l.acme.example>"]
)
def test_an_automatic_mail_is_that_and_nothing_else_a_declined_in_it_included(header: str) -> None:
    declined = f"{header}\r\n".encode() + mail_clients.apple(TO, ABOUT, "DECLINED", AT)
    assert isinstance(understood(declined), AutoReplyReceived)
    assert isinstance(understood(mail_clients.words("carl@acme.example", TO, "x", "y", AT, header)), AutoReplyReceived)


def test_what_a_program_generates_is_automatic_unless_it_carries_a_person_s_answer() -> None:
    generated = "Auto-Submitted: auto-generated"
    assert isinstance(understood(mail_clients.words("a@b.example", TO, "x", "y", AT, generated)), AutoReplyReceived)
    assert isinstance(understood(gmail(TO, ABOUT, "DECLINED", AT)), ReplyReceived)


@pytest.mark.parametrize("alone", [True, False])
def test_a_delivery_report_names_who_failed_and_what_came_back(alone: bool) -> None:
    sent = gmail(TO, ABOUT, "DECLINED", AT)  # whatever is inside is not read for iTIP
    found = understood(mail_clients.bounce(TO, sent, "carl@acme.example", AT, headers_alone=alone))
    assert isinstance(found, BounceReceived)
    assert (found.email, found.action, found.status) == ("carl@acme.example", "failed", "5.1.1")
    assert found.trace.references == (f"calendar-uid-1-{AT:%H%M%S}",)
    delayed = mail_clients.bounce(TO, sent, "carl@acme.example", AT).replace(b"Action: failed", b"Action: delayed")
    assert getattr(understood(delayed), "action", "") == "delayed"


def test_an_unstructured_bounce_is_one_too() -> None:
    raw = mail_clients.words("MAILER-DAEMON@old.example", TO, "failure notice", "<carl@acme.example>: no such user", AT)
    found = understood(b"Return-Path: <>\r\n" + raw)
    assert isinstance(found, BounceReceived)
    assert found.action == "unstructured"


PASS = "mx.desk.example; spf=pass; dmarc=pass (p=none) header.from=acme.example"


@pytest.mark.parametrize(
    ("proof", "proved"),
    [
        (PASS, True),
        (PASS.replace("mx.desk", "mx.evil"), False),
        (PASS.replace("dmarc=pass", "dmarc=fail"), False),
        (PASS.replace("header.from=acme", "header.from=evil"), False),
        (PASS + "; dmarc=fail header.from=acme.example", False),
        (PASS.replace("dmarc=pass (p=none)", "spf=fail (dmarc=pass header.from=acme.example)"), False),
        ("mx.desk.example; dmarc=fail header.from=acme.example\nAuthentication-Results: " + PASS, False),
        ("", False),
    ],
)
def test_only_the_trusted_server_s_own_word_on_the_sender_counts(proof: str, proved: bool) -> None:
    found = understood(outlook("support@desk.example", ABOUT, "DECLINED", AT, proof=proof))
    assert isinstance(found, ReplyReceived)
    assert (found.trace.proved == "carl@acme.example") is proved


def test_two_senders_prove_nothing() -> None:
    raw = outlook("support@desk.example", ABOUT, "DECLINED", AT, proof=PASS)
    for twice in (
        raw.replace(b"From: Carl", b"From: mallory@acme.example\r\nFrom: Carl"),
        raw.replace(b"<carl@acme.example>", b"<carl@acme.example>, mallory@acme.example"),
    ):
        found = understood(twice)
        assert isinstance(found, ReplyReceived)
        assert found.trace.proved == ""


def test_html_is_shown_as_its_words() -> None:
    raw = mail_clients.words(
        "carl@acme.example", TO, "=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "<p>Hi<script>x()</script></p><p>there", AT
    )
    found = understood(raw.replace(b"text/plain", b"text/html"))
    assert isinstance(found, WordsReceived)
    assert (found.subject, found.text) == ("Grüße", "Hi\nthere")


def test_servers_on_the_way_change_no_key_and_other_words_do() -> None:
    raw = mail_clients.words("carl@acme.example", TO, "Hi", "there", AT)
    assert key_of(raw) == key_of(b"Received: from a by b\r\n" + raw) == key_of(raw.replace(b"\r\n", b"\n"))
    assert key_of(raw) != key_of(raw.replace(b"there", b"where"))


@pytest.mark.timeout(60)  # a hang, not a speed
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" * 3_000,
        b"From: \x80@\xff\r\nSubject: =?nope?b?!!!?=\r\nContent-Type: text/plain; charset=nope\r\n\r\n\xff\xfe",
        b"Content-Type: text/calendar; method=REPLY\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%",
        b"Content-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n",
        b"References: " + b"<a@b> " * 100_000 + b"\r\n\r\nx",
        b"To: " + b"a+b@c.example, " * 50_000 + b"\r\n\r\nx",
        b"Content-Type: text/html\r\n\r\n" + b"<p" * 200_000,
        b"Authentication-Results: mx.desk.example; " + b"(" * 100_000 + b"\r\nFrom: a@b.example\r\n\r\nx",
    ],
)
def test_hostile_mail_is_read_or_put_aside(raw: bytes) -> None:
    (kept,) = (batch := translate(Raw("k", AT, raw), "box", ID)).raw
    assert bool(kept.unreadable) is not bool(batch.evidence)


def test_deep_nesting_is_put_aside() -> None:
    raw = b"x"
    for depth in range(60):
        raw = (
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (depth, depth)
            + raw
            + b"\r\n--b%d--\r\n" % depth
        )
    assert "deeper" in put_aside(raw)


@given(st.binary(max_size=400), st.integers(0, 1500))
def test_any_damage_to_an_answer_is_survived(junk: bytes, at: int) -> None:
    raw = gmail(TO, ABOUT, "ACCEPTED", AT)
    translate(Raw("k", AT, raw[:at] + junk + raw[at + len(junk) :]), "box", ID)


@pytest.mark.skipif(not MAILS.is_dir(), reason="SYNCD_CONFORMANCE is not set")
def test_every_mail_of_the_collection_is_read_or_put_aside() -> None:
    files = sorted(MAILS.glob("*/*.eml"))
    assert len(files) > 30
    kinds = set()
    for file in files:
        raw = file.read_bytes()
        batch = translate(Raw(key_of(raw), AT, raw), "box", ID)
        assert len(batch.raw) == 1
        assert bool(batch.raw[0].unreadable) is not bool(batch.evidence), file.name
        kinds |= {e.payload.kind for e in batch.evidence}
        assert batch == replace(batch, raw=(replace(batch.raw[0], body=raw),)), "the bytes are kept as they came"
    assert {"reply-received", "bounce-received", "words-received"} <= kinds

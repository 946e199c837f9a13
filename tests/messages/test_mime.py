"""Do headers and bodies say what was meant, whatever people type? (RFC 2045, 2047, 5322; INV-4, 8)"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr, parsedate_to_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.messages import mime
from syncd.messages.tidy import CONTROL, one_line

AT = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


def message(subject: str = "One", name: str = "Ada", text: str = "text\n", html: str = "<p>html</p>\n") -> bytes:
    return mime.assemble(
        mime.Message(
            mime.Mailbox("Desk", "desk@desk.example"),
            mime.Mailbox(name, "ada@customer.example"),
            None,
            subject,
            AT,
            "id@desk.example",
            ("first@desk.example", "before@desk.example"),
            "en",
            text,
            html,
            "boundary",
        )
    )


def parsed(raw: bytes) -> EmailMessage:
    made = message_from_bytes(raw, policy=SMTP)
    assert isinstance(made, EmailMessage)
    return made


def well_formed(raw: bytes) -> None:
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|[\x80-\xff]", raw)
    head, _, body = raw.partition(b"\r\n\r\n")
    assert all(len(line) <= 78 for line in head.split(b"\r\n"))
    assert all(len(line) <= 76 for line in body.split(b"\r\n") if b":" not in line and not line.startswith(b"--"))


TYPED = st.text(st.characters(), max_size=120) | st.sampled_from(
    [
        "=?utf-8?q?forged?=",
        "a\r\nBcc: eve@x.example",
        "x" * 300,
        "ü" * 60,
        "漢字" * 40,
        '"quoted" \\ back',
        "a, b; c: <d>",
        "",
    ]
)


@given(TYPED, TYPED)
@settings(max_examples=60, deadline=None)
def test_names_and_subjects_arrive_as_typed_on_one_line_and_add_no_header(subject: str, name: str) -> None:
    raw = message(subject, name)
    well_formed(raw)
    found = parsed(raw)
    assert " ".join(str(found["Subject"]).split()) == one_line(subject)
    assert found["To"].addresses[0].addr_spec == "ada@customer.example"
    shown, _ = parseaddr(message_from_bytes(raw)["To"])  # the newer parser puts blanks between encoded words
    assert str(make_header(decode_header(shown))) == one_line(name)
    assert found["Bcc"] is None
    assert not found.defects


@given(st.text(st.characters(), max_size=400))
@settings(max_examples=60, deadline=None)
def test_bodies_arrive_as_written_without_control_characters(text: str) -> None:
    found = parsed(message(text=text, html=text))
    well_formed(message(text=text, html=text))
    lines = CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    for part in list(found.walk())[1:]:
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        assert payload.decode().replace("\r\n", "\n").rstrip("\n") == lines.rstrip("\n")


def test_the_thread_is_named_from_its_first_mail_to_the_one_before() -> None:
    found = parsed(message())
    assert found["In-Reply-To"] == "<first@desk.example>"
    assert str(found["References"]).split() == ["<first@desk.example>", "<before@desk.example>"]


@pytest.mark.parametrize("month", range(1, 13))
def test_the_date_is_one_in_utc(month: int) -> None:
    at = AT.replace(month=month)
    assert parsedate_to_datetime(mime.date(at)) == at
    assert mime.date(at).endswith(" +0000")


def test_a_long_plain_subject_is_folded_at_its_blanks() -> None:
    raw = message("Invitation: " + "many words " * 20)
    assert b"Subject: Invitation: many words" in raw
    well_formed(raw)

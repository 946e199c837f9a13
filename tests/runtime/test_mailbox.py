"""The sample mailbox shows what was sent, and nothing in it can act (spec/pages.md, sample mailbox)."""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from syncd.runtime.demo.mailbox import SHOWN_MAX, mailbox_app
from tests.web.wire import Wire

CALENDAR = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
TRAP = "<script>alert(1)</script>"


def invitation(subject: str = "Invitation: Support") -> bytes:
    message = EmailMessage(policy=SMTP)
    message["Subject"], message["From"], message["To"] = subject, "desk@lantern.example", "ann@acme.example"
    message["Date"] = "Tue, 01 Dec 2026 10:00:00 +0000"
    message.set_content(f"Hello {TRAP}")
    message.add_alternative(f"<p>Hello</p>{TRAP}", subtype="html")
    message.add_alternative(CALENDAR, subtype="calendar", params={"method": "REQUEST"})
    return message.as_bytes()


@pytest.fixture
def box(tmp_path: Path) -> mailbox.Maildir:
    return mailbox.Maildir(tmp_path / "box", create=True)


@pytest.fixture
def pages(tmp_path: Path, box: mailbox.Maildir) -> Iterator[Wire]:
    wire = Wire(Starlette(routes=[Mount("/mailbox", mailbox_app(tmp_path / "box"))]), "http://127.0.0.1")
    yield wire
    wire.close()


def test_an_empty_box_says_how_mail_comes_there(pages: Wire) -> None:
    assert "Nothing has been sent yet" in pages.get("/mailbox/").text


def test_the_list_shows_who_what_and_when(pages: Wire, box: mailbox.Maildir) -> None:
    box.add(invitation())
    listed = pages.get("/mailbox/")
    for words in ("Invitation: Support", "ann@acme.example", "1 Dec 2026", "REQUEST"):
        assert words.replace("1 Dec", "01 Dec") in listed.text
    assert "script" not in listed.headers["content-security-policy"]


def test_a_message_is_shown_as_text_html_calendar_and_source(pages: Wire, box: mailbox.Maildir) -> None:
    key = box.add(invitation())
    text = pages.get(f"/mailbox/{key}").text
    assert "Hello &lt;script&gt;" in text
    assert TRAP not in text
    html = pages.get(f"/mailbox/{key}?part=html").text
    assert 'sandbox=""' in html
    assert TRAP not in html
    assert "BEGIN:VCALENDAR" in pages.get(f"/mailbox/{key}?part=calendar").text
    assert "MIME-Version" in pages.get(f"/mailbox/{key}?part=source").text


def test_the_html_is_served_where_nothing_runs_and_nothing_is_loaded(pages: Wire, box: mailbox.Maildir) -> None:
    answer = pages.get(f"/mailbox/{box.add(invitation())}/html")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script-src" not in policy


def test_the_calendar_part_is_saved_as_a_file(pages: Wire, box: mailbox.Maildir) -> None:
    answer = pages.get(f"/mailbox/{box.add(invitation())}/invite.ics")
    assert answer.content.decode() == CALENDAR
    assert answer.headers["content-type"].startswith("text/calendar")


@pytest.mark.parametrize("key", ["none", "..%2f..%2fetc", "%2e%2e", "a" * 300, "new"])
def test_another_name_is_no_message(pages: Wire, key: str) -> None:
    assert pages.get(f"/mailbox/{key}").status_code == 404


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe\x00", b"Content-Type: text/plain; charset=nothing\r\n\r\nx", b"Subject: =?x?q?"]
)
def test_what_is_no_proper_mail_is_shown_as_it_is(pages: Wire, box: mailbox.Maildir, raw: bytes) -> None:
    key = box.add(raw)
    assert pages.get("/mailbox/").status_code == 200
    assert pages.get(f"/mailbox/{key}?part=source").status_code == 200


def test_a_full_box_shows_the_newest_and_counts_the_rest(pages: Wire, box: mailbox.Maildir) -> None:
    for number in range(SHOWN_MAX + 3):
        box.add(f"Subject: number {number}\r\n\r\n".encode())
    assert "3 older ones are not shown" in pages.get("/mailbox/").text

"""Does our block leave staff's words alone, and are a server's words understood? Pure parts, without a server."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html

from connectors.exchange.body import notes_in, says, with_block
from connectors.exchange.failures import HINTS, Failure, as_error, back_off
from connectors.exchange.items import Item, instant, read_item
from connectors.exchange.translate import span_of
from syncd.domain.spans import Span
from syncd.ical.staff_event import BLOCK_BEGINS, BLOCK_ENDS
from syncd.ports.errors import CursorExpired, Misconfigured, OutcomeUnknown, Permanent, Retryable, SyncdError

# --- our block ----------------------------------------------------------------------------------------------------

NOTES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), include_characters="\n"), max_size=60)
BLOCKS = st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=1, max_size=20), min_size=1)


def shown(body: str) -> str:
    """As a person reads an HTML body."""
    root = html.document_fromstring(body)
    for each in root.iter("br", "p", "div"):
        each.tail = "\n" + (each.tail or "")
    return str(root.xpath("string()"))


@settings(max_examples=40)
@given(NOTES, BLOCKS, BLOCKS, NOTES)
def test_a_block_in_a_text_is_replaced_and_nothing_else(
    before: str, first: list[str], second: list[str], after: str
) -> None:
    body = with_block(before, "Text", "\n".join(first)) + f"\n{after}"
    again = with_block(body, "Text", "\n".join(second))
    assert says(again, "\n".join(second))
    assert again.count(BLOCK_BEGINS) == again.count(BLOCK_ENDS) == 1
    assert notes_in(again).split() == f"{before}\n{after}".split()
    assert with_block(again, "Text", "\n".join(second)) == again


@settings(max_examples=40)
@given(NOTES, BLOCKS, BLOCKS)
def test_a_block_in_html_is_replaced_and_nothing_else(notes: str, first: list[str], second: list[str]) -> None:
    paragraph = etree.Element("p")
    paragraph.text = notes
    staffs = etree.tostring(paragraph, encoding="unicode", method="html")
    body = with_block(f"<html><body>{staffs}</body></html>", "HTML", "\n".join(first))
    again = with_block(body, "HTML", "\n".join(second))
    assert says(shown(again), "\n".join(second))
    assert notes_in(shown(again)).split() == shown(staffs or "<p></p>").split()


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("", []),
        ("<p>a</p>", ["a"]),
        ("plain words", ["plain words"]),
        ("<body>a<br>b</body>", ["a", "b"]),
        ("<html><body><p>a</body></html><!-- </body> -->", ["a"]),
        (f"<p>note {BLOCK_BEGINS}</p><p>old</p><p>{BLOCK_ENDS} tail</p><p>b</p>", ["note", "tail", "b"]),
        (f"<ul><li>x</li></ul><div>{BLOCK_BEGINS}<br>old<br>{BLOCK_ENDS}</div>y", ["x", "y"]),
        (f"<p>a</p><!--[if x]--><p>{BLOCK_BEGINS}</p><!--[endif]--><p>old<b>er</b></p><p>{BLOCK_ENDS}</p>", ["a"]),
        (f"<p>{BLOCK_ENDS}</p><p>backwards</p><p>{BLOCK_BEGINS}</p>", ["backwards"]),
        ("<div>" * 200 + "deep" + "</div>" * 200, ["deep"]),
        (
            f"<p>a<br>{BLOCK_BEGINS.replace(' are ', chr(13) + chr(10) + 'are ')}</p><p>old</p><p>{BLOCK_ENDS}</p>",
            ["a"],
        ),
    ],
    ids=range(11),
)
def test_any_html_takes_the_block_and_keeps_its_words(body: str, kept: list[str]) -> None:
    made = with_block(body, "HTML", "Join: <a> & b")
    text = shown(made)
    assert "Join: <a> & b" in text
    assert "old" not in text.replace("older", "")
    assert all(words in text for words in kept)
    again = with_block(made, "HTML", "Third")
    assert "Join" not in again
    assert with_block(again, "HTML", "Third") == again


# --- instants -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-03-03T10:00:00Z", datetime(2026, 3, 3, 10, tzinfo=UTC)),
        ("2026-03-03T10:00:00.123Z", datetime(2026, 3, 3, 10, 0, 0, 123000, tzinfo=UTC)),
        ("2026-03-03T10:00:00.1234567Z", datetime(2026, 3, 3, 10, 0, 0, 123456, tzinfo=UTC)),
        ("2026-03-03T10:00:00+01:00", datetime(2026, 3, 3, 9, tzinfo=UTC)),
        (" 2026-03-03T10:00:00Z\r\n", datetime(2026, 3, 3, 10, tzinfo=UTC)),
        ("2026-03-03T10:00:00", datetime(2026, 3, 3, 10, tzinfo=UTC)),
        ("", None),
        ("tomorrow", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
    ],
)
def test_an_instant_is_read_or_it_is_none(text: str, at: datetime | None) -> None:
    """EWS-8: the library makes None of fractions of a second."""
    assert instant(text) == at


@pytest.mark.parametrize(
    ("starts", "ends", "span"),
    [
        ("2026-03-03T10:00:00Z", "2026-03-03T11:00:00Z", ("2026-03-03T10:00:00Z", "2026-03-03T11:00:00Z")),
        ("2026-03-03T10:00:00Z", "2026-03-03T10:00:00Z", None),
        ("2026-03-03T11:00:00Z", "2026-03-03T10:00:00Z", ("2026-03-03T10:00:00Z", "2026-03-03T11:00:00Z")),
        ("2026-03-03T11:00:00Z", "?", ("2026-03-02T23:00:00Z", "2026-03-03T23:00:00Z")),
        ("?", "2026-03-03T11:00:00Z", ("2026-03-02T23:00:00Z", "2026-03-03T23:00:00Z")),
        ("?", "?", ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z")),
    ],
)
def test_an_item_takes_the_widest_span_that_it_shows(starts: str, ends: str, span: tuple[str, str] | None) -> None:
    """CAL-9."""
    asked = Span(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
    item = Item("a", starts_at=instant(starts), ends_at=instant(ends))
    expected = Span(*(datetime.fromisoformat(each) for each in span)) if span else None
    assert span_of(item, ZoneInfo("Europe/Berlin"), asked) == expected


def test_the_items_of_the_documentations_answers_are_read() -> None:
    folder = os.environ.get("SYNCD_CONFORMANCE")
    samples = sorted(Path(folder or "/nonexistent").glob("ews/samples/*Response.xml"))
    if not samples:
        pytest.skip("needs the conformance data: SYNCD_CONFORMANCE/ews is not there")
    tag = "{http://schemas.microsoft.com/exchange/services/2006/types}CalendarItem"
    items = [read_item(each) for path in samples for each in etree.parse(str(path)).iter(tag)]
    read = [item for item in items if item is not None]
    assert len(read) > 10
    assert any(item.readable and item.subject for item in read)


# --- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "date", "after"),
    [
        ("120", None, timedelta(minutes=2)),
        (" 7 ", None, timedelta(seconds=7)),
        ("0", None, None),
        ("-5", None, None),
        ("1e9", None, None),
        ("999999999", None, timedelta(days=1)),
        ("", None, None),
        (None, None, None),
        ("Mon, 02 Mar 2026 09:30:00 GMT", "Mon, 02 Mar 2026 09:00:00 GMT", timedelta(minutes=30)),
        ("Mon, 02 Mar 2026 08:30:00 GMT", "Mon, 02 Mar 2026 09:00:00 GMT", None),
        ("Mon, 02 Mar 2026 09:30:00 GMT", None, None),
    ],
)
def test_how_long_to_wait_is_read_or_left_to_us(said: str | None, date: str | None, after: timedelta | None) -> None:
    assert back_off(said, date) == after


@pytest.mark.parametrize(
    ("code", "sent", "read_as", "write_as"),
    [
        ("ErrorServerBusy", True, Retryable, Retryable),
        ("busy", True, Retryable, Retryable),
        ("server-error", True, Retryable, OutcomeUnknown),
        ("disconnected", True, Retryable, OutcomeUnknown),
        ("disconnected", False, Retryable, Retryable),
        ("cut-off", True, Retryable, OutcomeUnknown),
        ("not-understood", True, Retryable, OutcomeUnknown),
        ("ErrorInternalServerError", True, Retryable, OutcomeUnknown),
        ("ErrorInvalidSyncStateData", True, CursorExpired, Permanent),
        ("ErrorInvalidSchemaVersionForMailboxVersion", True, Misconfigured, Permanent),
        ("ErrorAccessDenied", True, Misconfigured, Misconfigured),
        ("ErrorNobodyKnows", True, Misconfigured, Permanent),
    ],
)
def test_a_failure_says_what_to_do_next(
    code: str, sent: bool, read_as: type[SyncdError], write_as: type[SyncdError]
) -> None:
    assert type(as_error(Failure(code, sent=sent), write=False)) is read_as
    assert type(as_error(Failure(code, sent=sent), write=True)) is write_as


@pytest.mark.parametrize("code", sorted(HINTS))
def test_whatever_a_person_must_mend_comes_with_a_hint(code: str) -> None:
    error = as_error(Failure(code), write=False)
    assert isinstance(error, Misconfigured)
    assert error.hint.endswith(".")

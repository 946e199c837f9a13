"""What may be typed, and what is said of the rest (issue 2, bad input; SMS-10; spec/reliability.md 5)."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.web.forms import EMAIL_MAX, ISSUE_MAX, NAME_MAX, Inspection
from syncd.web.places import country_of, north_american, zone_choices, zone_of
from syncd.web.typed import Typed, inspect
from tests.web.house import DESK, NEW_YORK, NOW

EXAMPLES_MAX = 40
GOOD = Typed("Carl Customer", "carl@acme.example.com", "acme 2026", "", "", "", NEW_YORK)


def mistakes(typed: Typed) -> dict[str, str]:
    found = Inspection()
    inspect(typed, DESK, "online", (NOW, "dana"), found)
    return {mistake.field: mistake.says for mistake in found.mistakes}


@pytest.mark.parametrize(
    ("typed", "region", "e164"),
    [
        ("(202) 555-0142", "US", "+12025550142"),
        ("202.555.0142", "CA", "+12025550142"),
        ("+49 171 5550123", "US", "+491715550123"),
        ("0049 171 5550123", "US", "+491715550123"),
        ("0171/5550123", "DE", "+491715550123"),
        ("+1 (202) 555–0142", None, "+12025550142"),
    ],
)
def test_a_number_is_read_as_it_is_dialled_at_home(typed: str, region: str | None, e164: str) -> None:
    found = Inspection()
    assert found.mobile("mobile", typed, region) == e164
    assert not found.mistakes


@pytest.mark.parametrize(
    "typed",
    [
        "1386****242",
        "202 555 ••••",
        "202-555-0142 x3",
        "202-555-0142 ext. 3",
        "202-555-0142#3",
        "+1 202 555 0142;ext=3",
        "555-0142",
        "+5215512345678",
        "anonymous",
        "+" + "1" * 40,
        "0171 5550123",
    ],
)
def test_what_cannot_be_called_is_refused_with_what_to_write(typed: str) -> None:
    found = Inspection()
    assert found.mobile("mobile", typed, "US") is None
    assert [m.field for m in found.mistakes] == ["mobile"]
    assert "+49 171" in found.mistakes[0].says


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (" Carl@Acme.Example.COM ", "Carl@acme.example.com"),
        ("a.b+c@x.example.com", "a.b+c@x.example.com"),
        ("dana@münchen.example.com", "dana@xn--mnchen-3ya.example.com"),
    ],
)
def test_an_address_is_taken_with_its_domain_in_ascii(typed: str, address: str) -> None:
    found = Inspection()
    assert found.address("email", typed) == address
    assert not found.mistakes


@pytest.mark.parametrize(
    "typed",
    [
        "carl",
        "carl@acme",
        "carl@localhost",
        "carl@@acme.example.com",
        "carl acme@example.com",
        "käthe@acme.example.com",
        "carl@acme.example.com\r\nBcc: all@example.com",
        "carl@acme.example.com\x00",
        "Carl <carl@acme.example.com>",
        "a@b.example.com, c@d.example.com",
        "x" * EMAIL_MAX + "@example.com",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    found = Inspection()
    assert found.address("email", typed) == ""
    assert [m.field for m in found.mistakes] == ["email"]


@pytest.mark.parametrize("bad", ["\x00", "\x1b[2J", "\r\nX: y", "\u2028", "\u202e", "\x85", "\ud800", "\x7f"])
@pytest.mark.parametrize("name", ["name", "code"])
def test_a_line_with_a_control_character_is_refused(name: str, bad: str) -> None:
    typed: dict[str, Any] = {name: f"Carl{bad}Customer"}
    assert list(mistakes(replace(GOOD, **typed))) == [name]


@settings(max_examples=EXAMPLES_MAX)
@given(st.text(max_size=NAME_MAX * 2))
def test_no_line_that_is_taken_holds_a_control_character_or_is_too_long(typed: str) -> None:
    found = Inspection()
    taken = found.line("name", typed, "The name", NAME_MAX)
    assert len(taken) <= NAME_MAX
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in taken)
    assert taken == " ".join(typed.split()) or (found.mistakes and taken == "")


@settings(max_examples=EXAMPLES_MAX)
@given(st.text(max_size=400))
def test_no_text_makes_an_inspection_fail(typed: str) -> None:
    found = Inspection()
    found.address("a", typed)
    found.mobile("b", typed, "US")
    found.zone("c", typed)
    found.instant("d", typed)
    found.day("e", typed, NOW.date())
    found.paragraphs("f", typed, "The text", 50)


def test_paragraphs_keep_their_lines_and_lose_nothing_else() -> None:
    found = Inspection()
    assert found.paragraphs("issue", " one\r\ntwo\rthree\tfour \n", "It", 50) == "one\ntwo\nthree\tfour"
    assert found.paragraphs("issue", "bell\x07", "It", 50) == ""
    assert found.paragraphs("issue", "y" * (ISSUE_MAX + 1), "It", ISSUE_MAX) == ""
    assert [m.says for m in found.mistakes][
        -1
    ] == f"It can have up to {ISSUE_MAX} characters. This has {ISSUE_MAX + 1}."


@pytest.mark.parametrize(
    ("typed", "instant"),
    [
        ("2026-12-01T10:00:00-05:00", datetime(2026, 12, 1, 15, tzinfo=UTC)),
        ("2026-12-01t15:00:00z", datetime(2026, 12, 1, 15, tzinfo=UTC)),
        ("2026-12-01T15:00:00.250Z", datetime(2026, 12, 1, 15, 0, 0, 250_000, tzinfo=UTC)),
    ],
)
def test_an_instant_has_its_offset(typed: str, instant: datetime) -> None:
    assert Inspection().instant("starts_at", typed) == instant


@pytest.mark.parametrize(
    "typed",
    [
        "2026-12-01T10:00:00",
        "2026-12-01 10:00:00Z",
        "2026-12-01",
        "20261201T100000Z",
        "2026-W49-2T10:00:00Z",
        "2026-02-30T10:00:00Z",
        "2026-12-01T25:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
        "1764601200",
        "٢٠٢٦-12-01T10:00:00Z",
        "",
    ],
)
def test_a_time_that_names_no_instant_is_refused(typed: str) -> None:
    found = Inspection()
    assert found.instant("starts_at", typed) is None
    assert [m.field for m in found.mistakes] == ["starts_at"]


@pytest.mark.parametrize("typed", ["2026-02-30", "1.12.2026", "20261201", "2126-12-01", "0001-01-01", "x", ""])
def test_a_day_that_cannot_be_meant_is_refused(typed: str) -> None:
    found = Inspection()
    assert found.day("from", typed, date(2026, 11, 30)) == date(2026, 11, 30)
    assert found.mistakes


@pytest.mark.parametrize(
    "typed", ["", "EST", "Mars/Olympus", "../../etc/passwd", "localtime", "Europe/Berlin\n", "x" * 99]
)
def test_what_is_no_zone_is_refused(typed: str) -> None:
    assert list(mistakes(replace(GOOD, zone=typed))) == ["zone"]


def test_zones_lie_in_countries_under_their_older_names_too() -> None:
    assert country_of("America/New_York") == "US"
    assert country_of("Asia/Calcutta") == country_of("Asia/Kolkata") == "IN"
    assert country_of("UTC") is None
    assert north_american("America/Toronto")
    assert not north_american("Europe/Berlin")
    offered = [zone for _, places in zone_choices() for zone, _ in places]
    assert len(offered) > 400
    assert all(zone_of(zone) for zone in offered)


def test_every_mistake_is_told_at_once_and_in_the_order_of_the_page() -> None:
    typed = replace(
        GOOD,
        name="",
        email="carl",
        code="",
        mobile="12",
        topic="nonsense",
        issue="\x00",
        colleagues=(("Mara", ""), ("", "mara@acme.example.com"), ("Again", "MARA@acme.example.com")),
    )
    expected = ["name", "email", "code", "mobile", "topic", "issue", "colleague_email_1", "colleague_email_3"]
    assert list(mistakes(typed)) == expected


def test_the_booker_is_not_their_own_colleague() -> None:
    found = mistakes(replace(GOOD, colleagues=(("Me", "CARL@acme.example.com"),)))
    assert found == {"colleague_email_1": "This address is invited already. Each person needs their own."}


def test_a_colleague_without_a_name_is_called_by_their_address() -> None:
    details = inspect(
        replace(GOOD, colleagues=(("", "mara.m@acme.example.com"),)), DESK, "online", (NOW, "dana"), Inspection()
    )
    assert details.colleagues[0].name == "mara.m"

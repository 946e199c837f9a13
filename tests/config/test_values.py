"""What an operator writes is read as it is meant, or refused with what is wrong and how it is written rightly."""

from __future__ import annotations

import contextlib
from datetime import time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from syncd.config import values

ADAPTERS = [
    TypeAdapter(kind)
    for kind in (values.Duration, values.Zone, values.Email, values.Phone, values.BaseUrl, values.Hours)
]


def refusal(type_: Any, value: object) -> tuple[str, str]:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(type_).validate_python(value)
    context = caught.value.errors()[0]["ctx"]
    return context["what"], context["hint"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("65 min", 3900),
        ("24 h", 86400),
        ("60 days", 5_184_000),
        ("1 h 30 min", 5400),
        ("90s", 90),
        ("2 weeks", 1_209_600),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert values.parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["65", "", "min", "5 parsecs", "-5 min", "99999 weeks", 65, None, "1" * 99])
def test_what_is_no_duration_is_told_how_to_write_one(text: object) -> None:
    _, hint = refusal(values.Duration, text)
    assert "65 min" in hint


@given(st.integers(min_value=0, max_value=100_000_000).map(lambda s: timedelta(seconds=s)))
def test_a_duration_that_is_printed_reads_back_the_same(duration: timedelta) -> None:
    if duration < values.DURATION_MAX and duration.total_seconds() < 999_999:
        assert values.parse_duration(values.say_duration(duration)) == duration


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_durations_hours_zones_addresses_and_numbers(text: str) -> None:
    for adapter in ADAPTERS:
        for value in (text, {"mon": text}, {text: "09:00-10:00"}):
            with contextlib.suppress(ValidationError):
                adapter.validate_python(value)


def test_hours_of_several_days_stand_on_one_line_and_come_out_day_by_day() -> None:
    hours = TypeAdapter(values.Hours).validate_python({"tue-wed": "13:00-17:00, 9:00-12:30"})
    assert [(h.weekday, h.opens, h.closes) for h in hours] == [
        (day, *span) for day in (1, 2) for span in ((time(9), time(12, 30)), (time(13), time(17)))
    ]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"mon": "09:00-12:00, 11:00-13:00"}, "mon: 09:00-12:00 and 11:00-13:00 overlap"),
        ({"mon-fri": "09:00-12:00", "wed": "11:00-13:00"}, "wed: 09:00-12:00 and 11:00-13:00 overlap"),
        ({"mon": "17:00-09:00"}, "ends before it begins"),
        ({"mon": "25:00-26:00"}, "no clock shows"),
        ({"mon": "nine to five"}, "are no hours"),
        ({"mnday": "09:00-17:00"}, "no weekday"),
        ({"fri-mon": "09:00-17:00"}, "runs backwards"),
        ({"mon": 9}, "no hours"),
        ("09:00-17:00", "no table"),
    ],
)
def test_hours_that_make_no_sense_are_refused(table: object, says: str) -> None:
    what, hint = refusal(values.Hours, table)
    assert says in what
    assert hint


@pytest.mark.parametrize(
    ("text", "meant"),
    [("Europe/Berln", "Europe/Berlin"), ("new york", "America/New_York"), ("kolkata", "Asia/Kolkata")],
)
def test_a_zone_is_guessed_from_what_was_nearly_written(text: str, meant: str) -> None:
    assert meant in refusal(values.Zone, text)[1]


@pytest.mark.parametrize("text", ["EST", "CET", "Etc/GMT+5", "GMT+1", ""])
def test_an_abbreviation_is_no_zone_because_it_knows_no_daylight_saving(text: str) -> None:
    assert refusal(values.Zone, text)[1]


def test_an_address_is_kept_in_the_form_that_mail_needs() -> None:
    assert values.parse_email(" dana@bücher.example ") == "dana@xn--bcher-kva.example"
    assert "ASCII" in refusal(values.Email, "dänä@example.com")[1]


@pytest.mark.parametrize("text", ["", "dana", "dana@", "a b@example.com", "dana@example.com\r\nBcc: x@example.com"])
def test_what_is_no_address_is_refused(text: str) -> None:
    assert "no e-mail address" in refusal(values.Email, text)[0]


@pytest.mark.parametrize(
    "url", ["https://support.example.com", "http://127.0.0.1:8000", "http://localhost", "http://[::1]:8"]
)
def test_pages_are_reached_by_https_or_on_this_machine_alone(url: str) -> None:
    assert values.parse_base_url(url + "/") == url


@pytest.mark.parametrize(
    "url",
    ["http://support.example.com", "ftp://x.example", "support.example.com", "https://a.example?x=1", "https://["],
)
def test_another_address_of_the_pages_is_refused(url: str) -> None:
    assert refusal(values.BaseUrl, url)[1]


def test_a_number_is_kept_as_e164() -> None:
    assert values.parse_phone("+1 571 317 3122") == "+15713173122"
    assert "+1 571" in refusal(values.Phone, "0571 317")[1]

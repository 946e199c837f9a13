"""Which number shall this reader dial, and how is it written? (CON-12, CON-13)"""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.messages import numbers
from syncd.messages.catalogue import locale
from tests.messages import samples

EN = locale("en")


def order(region: str | None, tag: str = "en") -> list[str]:
    return [dial.e164 for dial in numbers.nearest(samples.JOIN, region, locale(tag))]


def test_the_readers_country_comes_first_as_the_operator_orders_it() -> None:
    assert order("US")[:2] == ["+15713173122", "+18775682480"]
    assert order("GB")[:2] == ["+448001690463", "+442037138200"]


def test_abroad_what_costs_nothing_comes_last_and_the_rest_goes_by_the_countrys_name() -> None:
    assert order("JP") == [
        "+33187210241", "+4972160596510", "+442037138200", "+15713173122", "+448001690463", "+18775682480"
    ]  # fmt: skip
    assert order("JP", "de")[:3] == ["+4972160596510", "+33187210241", "+15713173122"]


def test_one_to_three_are_printed_and_the_page_has_the_rest() -> None:
    printed = [dial.e164 for dial in numbers.printed(samples.JOIN, "US", EN)]
    assert printed == ["+15713173122", "+18775682480"]
    assert len(numbers.printed(samples.JOIN, "JP", EN)) == 3
    assert len(numbers.printed(replace(samples.JOIN, call_in_page=None), "DE", EN)) == 3


@pytest.mark.parametrize(
    ("e164", "region", "shown"),
    [
        ("+15713173122", "US", "(571) 317-3122"),
        ("+15713173122", "DE", "+1 571-317-3122"),
        ("+4972160596510", "DE", "0721 60596510"),
        ("+4972160596510", None, "+49 721 60596510"),
        ("no number", "DE", "no number"),
        ("+999", "DE", "+999"),
    ],
)
def test_national_at_home_and_international_abroad(e164: str, region: str | None, shown: str) -> None:
    assert numbers.shown(e164, region) == shown


@pytest.mark.parametrize(
    ("country", "mobile", "zone", "region"),
    [
        ("de", "+12025550143", "America/New_York", "DE"),
        (None, "+12025550143", "Europe/Berlin", "US"),
        (None, None, "Europe/Berlin", "DE"),
        (None, "nonsense", "Asia/Kolkata", "IN"),
        (None, None, "UTC", None),
        (None, None, "no/such", None),
    ],
)
def test_company_then_phone_then_zone_say_where_a_reader_is(
    country: str | None, mobile: str | None, zone: str, region: str | None
) -> None:
    assert numbers.region_of(country, replace(samples.ADA, mobile=mobile, zone=zone)) == region


def test_a_label_of_the_operators_own_is_kept() -> None:
    berlin = replace(samples.JOIN.numbers[2], label="Berlin")
    join = replace(samples.JOIN, numbers=(berlin, replace(berlin, label="", kind="tollfree")))
    assert [dial.label for dial in numbers.nearest(join, "DE", EN)] == ["Berlin", "Germany, toll-free"]

"""What the day at the desk weighs, and which hours of it are drawn (PAGE-7)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import time
from pathlib import Path

from syncd.domain.people import OpenHours
from tests.bench.desk import busy_desk
from tests.web.house import DANA, DESK, EMIL, House, open_house

ALL_TOGETHER_MAX = 60_000
"""What a browser fetches for the page of a day with 200 sessions."""
UNPACKED_MAX = 72_000
LOS_ANGELES, KOLKATA = "America/Los_Angeles", "Asia/Kolkata"


def hours(house: House, path: str = "/desk") -> list[str]:
    return re.findall(r'<th scope="row">([^<]+)</th>', house.get(path).text)


def test_a_day_of_two_hundred_sessions_is_light(tmp_path: Path) -> None:
    with busy_desk(tmp_path) as (house, _):
        page = house.get("/desk/sign-in").press(to="/desk/sign-in", name="m0", password="correct horse battery")
        answer = page.follow()
        assert answer.text.count("<article") == 200
        assert len(answer.text.encode()) < UNPACKED_MAX
        addresses = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', answer.text))
        assert len(addresses) == 3
        weights = [int(house.client.get(each).headers["content-length"]) for each in addresses]
        assert int(answer.headers["content-length"]) + sum(weights) < ALL_TOGETHER_MAX
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["vary"] == "Accept-Encoding"
        house.ending.set()


def test_what_holds_private_words_beside_what_was_asked_for_is_never_packed(house: House) -> None:
    house.enter()
    for path in ("/desk/companies?q=acme", "/desk/inbox", "/s/" + house.booked_quickly(), "/rules"):
        page = house.get(path)
        assert page.status == 200
        assert "content-encoding" not in page.headers


def test_a_shift_of_yesterday_that_ends_after_midnight_opens_no_hours(own_database: Path) -> None:
    """What is 16 to midnight in Los Angeles is 19 to 3 in New York."""
    late = replace(EMIL, zone=LOS_ANGELES, hours=tuple(OpenHours(day, time(16), time(23, 59)) for day in range(7)))
    with open_house(own_database, replace(DESK, staff=(DANA, late))) as house:
        house.enter()
        assert hours(house) == [f"{hour:02}:00" for hour in (*range(9, 17), *range(19, 24))]


def test_hours_in_which_nothing_is_are_left_out_and_the_gap_is_drawn(own_database: Path) -> None:
    early = replace(EMIL, zone=KOLKATA, hours=tuple(OpenHours(day, time(11, 30), time(13)) for day in range(7)))
    with open_house(own_database, replace(DESK, staff=(DANA, early))) as house:
        house.enter()
        assert hours(house) == ["01:00", "02:00", *(f"{hour:02}:00" for hour in range(9, 17))]
        assert house.get("/desk").text.count('class="now n0"') == 1, "at three, the present is before the next line"
        assert house.get("/desk?day=2026-12-01").text.count('<tr class="later">') == 1
        assert hours(house, "/desk?who=dana") == [f"{hour:02}:00" for hour in range(9, 17)]

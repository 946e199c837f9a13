"""Booking as a visitor without scripts meets it (PAGE-1, PAGE-4, B1, B2, E1-E3, E10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from syncd.domain.people import OpenHours
from syncd.domain.session import Door, SessionState
from syncd.domain.spans import Span
from tests.web.house import DESK, FORM, NEW_YORK, NOW, ONLINE, PHONE, House, open_house

COLLEAGUES = {"colleague_name_1": "Mara Miller", "colleague_email_1": "mara@acme.example.com"}
WEEK = Span(NOW, NOW + timedelta(days=7))
FIRST = datetime(2026, 11, 30, 14, tzinfo=UTC)  # 09:00 in New York


def test_a_contact_books_in_four_pages_and_is_told_where_the_invitation_goes(house: House) -> None:
    when = house.get("/book?zone=America/New_York").follow()
    assert when.heading == "Choose a time"
    details = when.press("pick", slot=when.slots[0]).follow()
    assert details.heading == "Who is coming, and what is it about?"
    check = details.press("details", **FORM, **COLLEAGUES, issue="Prints twice.\n<b>", topic="fleet")
    assert check.heading == "Is everything right?"
    for part in ("09:00–09:30 EST", "Dana Doe", "Acme Ltd", "(202) 555-0142", "mara@acme.example.com", "Prints twice."):
        assert part in check.words
    assert "&lt;b&gt;" in check.text
    done = check.press().follow()
    assert "on its way to carl@acme.example.com and to Mara Miller" in done.words
    session = house.session(done.path.rpartition("/")[2])
    assert session.state is SessionState.BOOKED
    assert (session.starts_at, session.staff_id, session.door, session.topic_id) == (FIRST, "dana", Door.PAGE, "fleet")
    assert session.booking is not None
    assert session.booking.booker.mobile == "+12025550142"
    assert session.booking.booker.zone == NEW_YORK
    assert session.booking.issue == "Prints twice.\n<b>"
    assert [a.email for a in session.booking.attendees] == ["carl@acme.example.com", "mara@acme.example.com"]


def test_a_desk_with_several_types_asks_what_first(own_database: Path) -> None:
    with open_house(own_database, replace(DESK, types=(ONLINE, PHONE))) as house:
        what = house.get("/book")
        assert what.status == 200
        assert "Screen sharing session" in what.words
        assert "30 minutes, by phone" in what.words
        assert house.get("/book/phone").follow().heading == "Choose a time"
        assert house.get("/book/nonsense").status == 404


def test_times_are_shown_in_the_zone_that_the_visitor_chooses(house: House) -> None:
    berlin = house.get("/book/online?zone=Europe/Berlin").follow()
    assert "15:00" in berlin.words
    assert "09:00" not in berlin.words
    held = berlin.press("pick", slot=berlin.slots[0]).follow()
    assert "15:00–15:30 CET" in held.words
    assert "Berlin time, UTC+1" in held.words
    again = house.get("/book/online?zone=Nowhere/Land").follow()
    assert "09:00" in again.words, "a mistyped zone shows the desk's"


def test_hours_follow_the_readers_language(house: House) -> None:
    page = house.get("/book/online?zone=America/New_York").follow()
    american = house.get(
        page.path + "?" + page.answer.request.url.query.decode(), **{"accept-language": "en-US,en;q=0.5"}
    )
    assert "9:00 AM" in american.words
    assert "09:00" not in american.words


def test_one_staff_member_or_anyone(house: House) -> None:
    house.busy("dana", FIRST)
    house.read_calendars()
    assert house.get("/book/online?zone=America/New_York").follow().slots[0].endswith("~emil")
    only_dana = house.get("/book/online?zone=America/New_York&staff=dana").follow()
    assert all(slot.endswith("~dana") for slot in only_dana.slots)
    assert "2026-11-30T14:00:00Z~dana" not in only_dana.slots


def test_a_full_week_leads_to_the_next_free_day_in_one_press(house: House) -> None:
    for member in ("dana", "emil"):
        house.busy(member, NOW, timedelta(days=10))
    house.read_calendars()
    week = house.get("/book/online?zone=America/New_York").follow()
    assert "Nothing is free in these seven days" in week.words
    assert "Next free day: Thu 10 Dec" in week.words
    link = next(part for part in week.text.split('"') if part.endswith("from=2026-12-10"))
    assert house.get(link.replace("&amp;", "&")).slots


def test_a_desk_without_any_free_time_says_until_when(house: House) -> None:
    for member in ("dana", "emil"):
        house.busy(member, NOW, timedelta(days=60))
    house.read_calendars()
    words = house.get("/book/online?zone=America/New_York").follow().words
    assert "Nothing is free up to Wed 30 Dec" in words


def test_neighbouring_weeks_end_at_today_and_at_the_horizon(house: House) -> None:
    first = house.get("/book/online?zone=America/New_York&from=1999-01-01").follow()
    assert "Mon 30 Nov – Sun 6 Dec" in first.words
    assert "Earlier" not in first.words
    last = house.get("/book/online?zone=America/New_York&from=2027-06-01").follow()
    assert "Wed 30 Dec – Tue 5 Jan" in last.words
    assert "Later" not in last.words


def test_an_hour_that_the_clock_shows_twice_is_told_apart(own_database: Path) -> None:
    """In the night to 7 November 2027 the clock of New York shows 01:00 to 01:59 twice (C9)."""
    nights = tuple(OpenHours(day, time(0), time(23, 59)) for day in range(7))
    owl = replace(DESK.staff[0], hours=nights)
    far = replace(ONLINE, horizon=timedelta(days=400), staff=("dana",), step=timedelta(minutes=30))
    with open_house(own_database, replace(DESK, types=(far,), staff=(owl,))) as house:
        page = house.get("/book/online?zone=America/New_York&from=2027-11-06").follow()
        assert "2027-11-07T05:00:00Z~dana" in page.slots
        assert "2027-11-07T06:00:00Z~dana" in page.slots
        assert "01:00 EDT (UTC−4)" in page.words
        assert "01:00 EST (UTC−5)" in page.words
        assert "Sat 6 Nov" in page.words


def test_the_slot_is_held_while_details_are_typed_and_nobody_else_sees_it(house: House) -> None:
    details = house.at_details()
    assert "Kept for you until 03:10 EST" in details.words
    others = house.get("/book/online?zone=America/New_York&staff=dana").follow()
    assert "2026-11-30T14:00:00Z~dana" not in others.slots
    assert house.at_details().words.count("Emil Eck") == 1, "the other staff member is still free then"


def test_the_own_form_still_offers_the_time_it_holds(house: House) -> None:
    when = house.get("/book/online?zone=America/New_York&staff=dana").follow()
    when.press("pick", slot=when.slots[0])
    back = house.get(f"{when.path}?{when.answer.request.url.query.decode()}")
    assert back.slots[0] == when.slots[0]
    assert "09:00 (kept for you)" in back.words


def test_going_back_and_picking_another_time_moves_the_one_hold(house: House) -> None:
    when = house.get("/book/online?zone=America/New_York").follow()
    first, second = when.slots[0], when.slots[4]
    for slot in (first, second, first, second, first):
        house.clock.advance(timedelta(seconds=5))
        shown = when.press("pick", slot=slot).follow()
        assert ("09:00–09:30" in shown.words) is (slot == first)
    assert len([n for n in house.store.views.neighbours(WEEK, house.clock.now()) if n.held]) == 1


def test_a_lapsed_hold_is_said_and_the_time_can_still_be_booked(house: House) -> None:
    details = house.at_details()
    house.advance(timedelta(minutes=11))
    again = house.get(f"{details.path}?{details.answer.request.url.query.decode()}")
    assert "This time is no longer kept for you" in again.words
    assert "Kept for you until" not in again.words
    assert again.press("details", **FORM).press().status == 303


def test_a_double_submit_is_one_session(house: House) -> None:
    check = house.at_check()
    first, second = check.press(), check.press()
    assert first.location == second.location
    assert len(house.store.views.sessions_between(WEEK)) == 1


def test_two_check_pages_of_one_form_book_one_session(house: House) -> None:
    details = house.at_details()
    one, two = (details.press("details", **FORM) for _ in range(2))
    assert one.press().location == two.press().location
    other = two.press(email="somebody.else@acme.example.com")
    assert other.status == 409
    assert "booked a session already" in other.heading
    assert "carl" not in other.words
    over = house.get(f"{details.path}?{details.answer.request.url.query.decode()}")
    assert over.status == 409
    assert over.heading == "This form has done its work"


def test_what_else_stands_in_an_address_is_left_alone(house: House) -> None:
    page = house.get("/book/online?path=x&query=y&form=broken&staff=nobody&from=nonsense&zone=%00").follow()
    assert page.status == 200
    assert page.slots


def test_a_slot_lost_while_typing_keeps_everything_and_offers_the_nearest_three(house: House) -> None:
    check = house.at_check(issue="Keep me.")
    house.busy("dana", FIRST)
    lost = check.press()
    assert lost.status == 409
    assert "just been taken" in lost.heading
    assert len(lost.slots) == 3
    assert "2026-11-30T14:00:00Z~dana" not in lost.slots, "what was lost is not offered again"
    assert "What you typed is kept" in lost.words
    again = lost.press(slot=lost.slots[1])
    assert again.heading == "Is everything right?"
    assert "Keep me." in again.words
    done = again.press()
    assert done.status == 303
    booking = house.session(done.location.rpartition("/")[2]).booking
    assert booking is not None
    assert booking.issue == "Keep me."


def test_two_who_want_one_slot_one_gets_it_the_other_is_told_at_once(house: House) -> None:
    one = house.get("/book/online?zone=America/New_York&staff=dana").follow()
    two = house.get("/book/online?zone=America/New_York&staff=dana").follow()
    assert one.press("pick", slot=one.slots[0]).status == 303
    lost = two.press("pick", slot=one.slots[0])
    assert lost.status == 409
    assert len(lost.slots) == 3
    assert one.slots[0] not in lost.slots
    assert lost.press(slot=lost.slots[0]).follow().heading.startswith("Who is coming")


def test_a_calendar_that_cannot_be_read_books_nothing_and_says_so(house: House) -> None:
    when = house.get("/book/online?zone=America/New_York&staff=dana").follow()
    house.calendars["cal-dana"].down = True
    lost = when.press("pick", slot=when.slots[0])
    assert lost.status == 503
    assert "cannot be confirmed right now" in lost.heading
    assert "Nothing was changed" in lost.words


def test_a_past_slot_is_refused_with_others(house: House) -> None:
    when = house.get("/book/online?zone=America/New_York").follow()
    past = when.press("pick", slot="2026-11-27T15:00:00Z~dana")
    assert past.status == 409
    assert "can no longer be booked" in past.heading
    assert len(past.slots) == 3


@pytest.mark.parametrize(
    "bad",
    [{"slot": "nonsense"}, {"slot": ""}, {"form": "forged"}, {"press": "forged"}, {"press": ""}],
)
def test_a_form_that_is_not_ours_does_nothing(house: House, bad: dict[str, str]) -> None:
    when = house.get("/book/online?zone=America/New_York").follow()
    answer = when.press("pick", **({"slot": when.slots[0]} | bad))
    assert answer.status == 403
    assert "Nothing was changed" in answer.words
    assert not house.store.views.neighbours(WEEK, house.clock.now())


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example.com"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}],
)
def test_a_form_sent_by_another_site_does_nothing(house: House, headers: dict[str, str]) -> None:
    check = house.at_check()
    answer = house.post("/book/online/book", check.fields(), **headers)
    assert answer.status == 403
    assert not house.store.views.sessions_between(WEEK)
    assert house.post("/book/online/book", check.fields(), origin="https://desk.example.com").status == 303


def test_a_fourth_hold_from_one_network_waits(house: House) -> None:
    for n in range(3):
        house.at_details(n * 8)
    when = house.get("/book/online?zone=America/New_York").follow()
    fourth = when.press("pick", slot=when.slots[0])
    assert fourth.status == 429
    assert "03:10 EST" in fourth.words
    assert fourth.headers["retry-after"] == "Mon, 30 Nov 2026 08:10:00 GMT"


def test_mistakes_are_told_with_the_form_as_it_was_typed(house: House) -> None:
    typed = {"name": "Carl", "email": "carl@acme", "code": "", "mobile": "1386****242", "issue": "line\n<one>"}
    again = house.at_details().press("details", **typed, colleague_email_2="mara")
    assert again.status == 422
    assert "These need another look" in again.words
    for field in ("email", "code", "mobile", "colleague_email_2"):
        assert f'href="#{field}"' in again.text
        assert f'id="{field}"' in again.text
        assert f'id="{field}-wrong"' in again.text
    kept = again.fields("details")
    assert {name: kept[name] for name in typed} == typed
    assert kept["colleague_email_2"] == "mara"
    assert again.press("details", **FORM, colleague_email_2="").status == 200


def test_changing_something_after_the_check_loses_nothing(house: House) -> None:
    check = house.at_check(issue="Prints twice.", topic="fleet", **COLLEAGUES)
    again = check.press(to="/book/online/details")
    kept = again.fields("details")
    assert kept["issue"] == "Prints twice."
    assert kept["topic"] == "fleet"
    assert kept["colleague_name_1"] == "Mara Miller"
    assert kept["mobile"] == FORM["mobile"], "as typed, not as we write it"


def test_choosing_another_time_from_the_form_loses_nothing(house: House) -> None:
    picker = house.at_details().press("details", to="/book/online", name="Half", issue="Half typed")
    assert picker.heading == "Choose a time"
    details = picker.press("pick", slot=picker.slots[9])
    assert details.heading.startswith("Who is coming"), "half a form is no mistake yet"
    assert "another look" not in details.words
    assert details.fields("details")["issue"] == "Half typed"


def test_later_weeks_of_a_form_that_carries_details_keep_them(house: House) -> None:
    picker = house.at_details().press("details", to="/book/online", **FORM, issue="Carried")
    later = picker.press("look", **{"from": "2026-12-07"})
    assert "Mon 7 Dec" in later.words
    assert later.press("pick", slot=later.slots[0]).heading == "Is everything right?"


def test_a_missing_mobile_number_is_asked_for_once_more_in_north_america_only(house: House) -> None:
    asked = house.at_check(mobile="")
    assert "No mobile number?" in asked.words
    assert asked.status == 200
    check = asked.press("details")
    assert check.heading == "Is everything right?"
    assert "Mobile number none" in check.words
    berlin = house.at_details(1, "Europe/Berlin").press("details", **(FORM | {"mobile": ""}))
    assert berlin.heading == "Is everything right?"


def test_the_form_says_why_a_number_is_asked_and_where_the_code_is_found(house: House) -> None:
    words = house.at_details().words
    assert "So that we can reach you on the day" in words
    assert "portal.example.com, under Profile" in words


def test_nothing_typed_ever_stands_in_an_address(house: House) -> None:
    check = house.at_check()
    addresses = [part for part in check.text.split('"') if part.startswith("/")] + [check.path, check.press().location]
    assert not any("Carl" in address or "2026-" in address or "carl@" in address for address in addresses)


def test_posts_that_are_opened_as_links_lead_back_to_the_times(house: House) -> None:
    for step in ("hold", "check", "book"):
        answer = house.get(f"/book/online/{step}")
        assert answer.follow().heading == "Choose a time"


def test_a_form_without_a_hold_leads_to_the_times(house: House) -> None:
    assert house.get("/book/online/details").location == "/book/online"
    when = house.get("/book/online").follow()
    assert house.get(f"/book/online/details?form={when.fields('pick')['form']}").location == "/book/online"


@pytest.mark.parametrize(
    ("accepted", "locale"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de-AT"),
        ("pt,en-US;q=0.7", "en-US"),
        ("fr,en-US;q=0.7", "fr"),
        ("xx;q=1,,;;", "en"),
        ("", "en"),
    ],
)
def test_mails_about_a_booking_speak_the_readers_language_where_we_write_it(
    house: House, accepted: str, locale: str
) -> None:
    check = house.at_check()
    token = house.post("/book/online/book", check.fields(), **{"accept-language": accepted}).location.rpartition("/")[2]
    booking = house.session(token).booking
    assert booking is not None
    assert booking.booker.locale == locale

"""What does a customer read? N3 whole in each confirmation, change and reminder, and nothing that does not apply."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.domain.effect import CustomerMail
from syncd.domain.letters import Cause, Letter
from syncd.messages import customer
from syncd.messages.parts import Parts
from tests.messages import samples

CARRYING = [
    name
    for name in samples.customer_mails()
    if name.startswith(("invitation", "update", "reminder")) and "phone" not in name
]
JOINING = ["https://meet.example.com/room/500554260", "does not connect the sound by itself"]
PHONE = ["https://meet.example.com/numbers/500554260", "(571) 317-3122", "500 554 260#"]
PREPARING = [
    "desk-4711",
    "https://meet.example.com/app",
    "https://support.example.com/mac-screen-recording",
    "Open the join link a few minutes early.",
]
CHANGING = [samples.LINKS.cancel, samples.LINKS.reschedule, samples.LINKS.session]
RULE = ["If nobody from Analytical Engines, Inc. joins", "within 6 months", "for 60 days"]
N3 = [*JOINING, *PHONE, *PREPARING, *CHANGING, *RULE]


OTHERS = {"session-1": samples.LINKS, "session-2": samples.LINKS}


def rendered(mail: CustomerMail) -> Parts:
    return customer.render(mail, samples.LINKS, samples.DESK, OTHERS)


def visible(page: str) -> str:
    """The HTML as a reader sees it, addresses of its links included."""
    hrefs = " ".join(re.findall(r'href="([^"]*)"', page))
    return html.unescape(re.sub(r"<[^>]+>", "", page.partition("<body")[2]) + hrefs)


@pytest.mark.parametrize("name", CARRYING)
def test_all_of_n3_stands_in_text_html_and_calendar(name: str) -> None:
    mail = samples.customer_mails()[name]
    parts = rendered(mail)
    places = [parts.text, visible(parts.html), *([parts.description] if mail.method else [])]
    for place in places:
        for each in N3:
            assert each in place


def test_each_change_has_its_last_moment_as_an_instant() -> None:
    text = rendered(samples.mail(Letter.INVITATION, Cause.BOOKED)).text
    assert "until 08:55 EST" in text
    assert "text message to (571) 555-0100 until 09:30 EST: C 4821 cancels the session, MOVE 4821 moves it." in text


def test_a_time_that_staff_set_can_be_declined_until_the_start_without_consequence() -> None:
    text = rendered(samples.customer_mails()["invitation-by-staff"]).text
    assert "until it starts, at 10:00 EST" in text
    assert "never counts against you" in text
    assert "MOVE" not in text


def test_a_phone_session_has_numbers_and_no_join_link() -> None:
    parts = rendered(samples.customer_mails()["invitation-phone"])
    for place in (parts.text, visible(parts.html), parts.description):
        assert samples.JOIN.join_url not in place
        assert "desk-4711" not in place
        assert all(each in place for each in PHONE)
    assert parts.calendar is not None
    assert parts.calendar.place == "(571) 317-3122, Conference ID 500 554 260#"
    assert parts.calendar.url == samples.JOIN.call_in_page


def test_a_topic_that_says_so_puts_the_phone_first_with_its_own_notes() -> None:
    text = rendered(samples.customer_mails()["invitation-phone-first"]).text
    assert text.index("Call in") < text.index("Join online")
    assert "Installation on several computers: Please have administrator rights on each." in text


def test_the_first_reminder_leads_with_what_to_prepare() -> None:
    first = rendered(samples.customer_mails()["reminder-first"]).text
    last = rendered(samples.customer_mails()["reminder-last"]).text
    assert first.index("Prepare") < first.index("Join online")
    assert last.index("Join online") < last.index("Prepare")


@pytest.mark.parametrize("name", samples.customer_mails())
def test_what_is_for_staff_and_for_others_is_never_told(name: str) -> None:
    parts = rendered(samples.customer_mails()[name])
    for place in (parts.subject, parts.text, parts.html, parts.description):
        assert "host/secret" not in place
        assert "bernd@" not in place


def test_what_does_not_apply_is_not_printed() -> None:
    bare = replace(
        samples.JOIN,
        room_code=None,
        app_url=None,
        macos_url=None,
        steps=(),
        numbers=(),
        call_in_page=None,
        host_url=None,
    )
    facts = samples.after(
        samples.FACTS, join=bare, issue="", release="", text_until=None, no_show_months=None, suspension_days=None
    )
    text = rendered(samples.mail(Letter.INVITATION, Cause.BOOKED, facts)).text
    for absent in (
        "None",
        "Room code",
        "Desktop app",
        "on a Mac",
        "by text message",
        "suspends",
        "Your question",
        "Release",
    ):
        assert absent not in text


def test_a_session_without_a_room_yet_says_that_joining_follows() -> None:
    parts = rendered(samples.mail(Letter.INVITATION, Cause.BOOKED, samples.after(samples.FACTS, join=None)))
    assert "How to join will reach you" in parts.text
    assert parts.calendar is not None
    assert (parts.calendar.place, parts.calendar.url) == ("", "")


def test_a_colleague_reads_who_invited_them_and_no_threat() -> None:
    text = rendered(samples.mail(Letter.INVITATION, Cause.BOOKED, to=replace(samples.BERND, locale="en"))).text
    assert "Ada Lovelace has booked Online support with Dana Lee" in text
    assert "suspends" not in text
    assert "0721 60596510" in text, "the nearest number for a reader in Berlin"
    assert "16:00–16:30 CET" in text


def test_a_move_shows_the_time_before_and_who_holds_it_now() -> None:
    parts = rendered(samples.customer_mails()["update-by-staff"])
    for place in (parts.text, visible(parts.html)):
        assert "Before: Monday, 30 November 2026, 09:00 EST" in place
        assert "Dana Lee now holds the session, in place of Elif Kaya." in place


def test_a_declined_session_can_be_brought_back_until_its_start() -> None:
    text = rendered(samples.customer_mails()["cancellation-declined"]).text
    assert samples.LINKS.restore in text
    assert "until 10:00 EST" in text
    plain = rendered(samples.customer_mails()["cancellation-by-staff"]).text
    assert samples.LINKS.restore not in plain
    assert samples.LINKS.book in plain
    assert "Nothing counts against you" in plain


def test_a_refusal_says_so_and_why_and_what_can_still_be_done() -> None:
    late = rendered(samples.customer_mails()["refusal-too-late"]).text
    assert "has not been changed" in late
    assert "after the last moment for changes" in late
    assert samples.JOIN.join_url in late
    over = rendered(samples.customer_mails()["refusal-not-possible"]).text
    assert "The session is cancelled already." in over
    assert samples.JOIN.join_url not in over, "there is nothing to join"
    assert samples.LINKS.book in over


def test_links_are_listed_with_each_sessions_own_deadline() -> None:
    text = rendered(samples.customer_mails()["links"]).text
    assert "Tuesday, 1 December 2026, 10:00 EST" in text
    assert "Tuesday, 8 December 2026, 10:00 EST" in text
    assert rendered(samples.customer_mails()["links-none"]).text.count("no booked sessions") == 1


@pytest.mark.parametrize("name", samples.customer_mails())
def test_no_picture_no_script_nothing_from_elsewhere(name: str) -> None:
    page = rendered(samples.customer_mails()[name]).html
    for forbidden in ("<img", "<script", "<link", "@import", "url(", "<form", "onclick", "src="):
        assert forbidden not in page
    assert len(page.encode()) < 60_000


def test_what_people_type_is_never_markup() -> None:
    facts = samples.after(samples.FACTS, issue='<script>alert("x")</script>', company_name="A & B <b>")
    page = rendered(samples.mail(Letter.INVITATION, Cause.BOOKED, facts)).html
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "A &amp; B &lt;b&gt;" in page


def test_a_single_month_is_said_in_the_singular() -> None:
    facts = samples.after(samples.FACTS, no_show_months=1)
    assert "within a month" in rendered(samples.mail(Letter.INVITATION, Cause.BOOKED, facts)).text


@pytest.mark.parametrize("name", samples.customer_mails())
def test_no_time_is_told_relative_to_the_reading(name: str) -> None:
    text = rendered(samples.customer_mails()[name]).text.lower()
    assert not re.search(r"\b(today|tomorrow|yesterday|in \d+ (minutes|hours))\b", text)


def test_deadlines_keep_their_zone_over_a_clock_change() -> None:
    """C9: elapsed time, printed as an instant: 00:40 is still summer time, the session is after it."""
    starts = samples.STARTS_AT.replace(month=11, day=1, hour=6, minute=45)
    facts = samples.after(
        samples.FACTS,
        starts_at=starts,
        ends_at=starts + timedelta(minutes=30),
        cancel_until=starts - timedelta(minutes=65),
        text_until=None,
    )
    text = rendered(samples.mail(Letter.INVITATION, Cause.BOOKED, facts)).text
    assert "01:45 EST (UTC−5)" in text
    assert "until 01:40 EDT (UTC−4)" in text


def test_where_the_zone_is_in_doubt_both_times_are_told_and_asked_about() -> None:
    invitation = samples.mail(Letter.INVITATION, Cause.BOOKED)
    parts = rendered(replace(invitation, other_zone="Europe/Berlin"))
    for place in (parts.text, visible(parts.html)):
        assert "10:00–10:30 EST" in place
        assert "Are you in Berlin? There it is Tuesday, 1 December 2026, 16:00 CET." in place
    same_clock = rendered(replace(invitation, other_zone="America/Toronto"))
    assert same_clock.text == rendered(invitation).text

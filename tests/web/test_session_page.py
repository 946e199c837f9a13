"""A session in one glance, and what its customer can do (N3, N4, C1, C4-C7, C9-C12, CON-12, PAGE-5)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.bigbluebutton import Settings, manifest
from syncd.domain.desk import Channel
from syncd.domain.effect import EffectKind
from syncd.domain.session import SessionState
from syncd.domain.terms import Terms
from syncd.engine.compose import compose
from syncd.engine.links import session_token
from syncd.engine.ways import Ways
from syncd.policy.decide import decide
from syncd.ports.connector import Tools
from syncd.runtime.keys import InstallationKeys
from syncd.testing.clock import VirtualClock
from tests.web.house import DESK, FORM, JOIN, NEW_YORK, NOW, ONLINE, House, open_house

COLLEAGUE = {"colleague_name_1": "Mara Miller", "colleague_email_1": "mara@acme.example.com"}
SECOND = timedelta(seconds=1)


def test_everything_that_is_needed_stands_on_the_page(house: House) -> None:
    page = house.get(f"/s/{house.booked(issue='Prints twice.')}")
    assert page.heading == "Screen sharing session with Dana Doe"
    for part in (
        "Monday, 30 November 2026",
        "09:00–09:30 EST",
        "New York time, UTC−5",
        "in 6 hours",
        "It does not connect sound by itself",
        "500 554 260#",
        "K7-Q4-ZT",
        "(571) 317-3122",
        "until Mon 30 Nov, 07:55 EST",
        "Prints twice.",
    ):
        assert part in page.words
    for link in (JOIN.join_url, JOIN.call_in_page, JOIN.app_url, JOIN.macos_url, "tel:+15713173122"):
        assert f'href="{link}"' in page.text


def test_the_numbers_near_the_reader_come_first_and_the_rest_stay_behind_the_link(house: House) -> None:
    words = house.get(f"/s/{house.booked()}").words
    assert words.index("(571) 317-3122") < words.index("(800) 555-0199")
    assert "Berlin" not in words
    assert "All numbers, local and abroad" in words


def test_a_topic_that_asks_for_the_phone_puts_the_numbers_first(house: House) -> None:
    words = house.get(f"/s/{house.booked(topic='fleet')}").words
    assert words.index("Call in") < words.index("Join the session")
    assert "sound would come from every computer" in words


def test_a_session_by_phone_has_no_join_address(own_database: Path) -> None:
    with open_house(own_database, replace(DESK, types=(replace(ONLINE, channel=Channel.PHONE),))) as house:
        page = house.get(f"/s/{house.booked()}")
        assert f'href="{JOIN.join_url}"' not in page.text
        assert "K7-Q4-ZT" not in page.words
        assert "500 554 260#" in page.words


def test_where_the_room_knows_attendees_by_their_links_each_is_shown_their_own(own_database: Path) -> None:
    settings = Settings.model_validate(
        {
            "url": "https://bbb.example/bigbluebutton/",
            "credential": "bbb",
            "rooms": {"room-1": "s-1"},
            "own_links": True,
        }
    )
    tools = Tools(VirtualClock(NOW), InstallationKeys(["s" * 43]), lambda name: "secret of the server", Path())
    feed = manifest.build("bbb", settings, tools)
    with open_house(own_database, ways=Ways(doors={"room-1": feed})) as house:
        token = house.booked(**COLLEAGUE)
        shown, hers = (
            join_of(house, each) for each in (token, house.token_of(house.session(token), "mara@acme.example.com"))
        )
        assert shown.startswith("https://bbb.example/bigbluebutton/api/join?fullName=Carl+Customer&")
        assert "fullName=Mara+Miller&" in hers
        assert f'href="{JOIN.join_url}"' not in house.get(f"/s/{token}").text
        known_by = parse_qs(urlsplit(shown).query)["userID"][0].partition(".")[2]
        assert house.get(f"/s/{known_by}").status == 404, "who runs the room reads it"


def join_of(house: House, token: str) -> str:
    """The one that the page shows, and the API likewise."""
    shown = str(house.client.get(f"/api/v1/sessions/{token}").json()["join"]["url"])
    assert f'href="{escape(shown)}"' in house.get(f"/s/{token}").text
    return shown


def test_what_is_not_configured_is_not_printed(own_database: Path) -> None:
    bare = replace(JOIN, numbers=(), call_in_page=None, room_code=None, app_url=None, macos_url=None)
    rooms = tuple(replace(room, join=bare) for room in DESK.rooms)
    with open_house(own_database, replace(DESK, rooms=rooms, support_email="", portal_hint="")) as house:
        page = house.get(f"/s/{house.booked()}")
        for absent in ("Room code", "All numbers", "Prepare", "None", "mailto:"):
            assert absent not in page.words


def test_the_page_is_shown_in_the_zone_it_was_booked_in_and_can_be_changed(house: House) -> None:
    details = house.at_details(zone="Asia/Kolkata")
    token = details.press("details", **FORM).press().location.rpartition("/")[2]
    assert "19:30–20:00 IST" in house.get(f"/s/{token}").words
    elsewhere = house.get(f"/s/{token}?zone=Europe/London")
    assert "14:00–14:30 GMT" in elsewhere.words
    assert f"/s/{token}/cancel?zone=Europe%2FLondon" in elsewhere.text


def test_a_colleague_sees_the_session_and_an_outsider_does_not(house: House) -> None:
    session = house.session(house.booked(**COLLEAGUE))
    assert "Also invited Mara Miller" in house.get(f"/s/{house.token_of(session, 'Mara@acme.example.com')}").words
    assert house.get(f"/s/{house.token_of(session, 'gone@acme.example.com')}").status == 404


def test_unknown_broken_and_revoked_links_get_one_and_the_same_answer(house: House) -> None:
    token = house.booked()
    held = house.at_details(8).fields("details")["form"]
    answers = {
        house.get(f"/s/{bad}").text
        for bad in (
            "x",
            token[:-1],
            token + "A",
            held,
            "A" * 5000,
            session_token(house.keys, "unknown", FORM["email"]),
            session_token(house.keys, house.session(token).id, "gone@acme.example.com"),
            house.keys.sign("question", house.session(token).id, FORM["email"]),
        )
    }
    assert len(answers) == 1
    assert "There is nothing under this address" in answers.pop()
    assert house.get(f"/booked/{token}x").status == house.get("/nothing").status == 404


def test_cancelling_takes_a_second_press_and_then_offers_to_book_again(house: House) -> None:
    token = house.booked(**COLLEAGUE)
    ask = house.get(f"/s/{token}/cancel")
    assert ask.heading == "Cancel this session?"
    assert "everyone who was invited is told" in ask.words
    assert house.session(token).state is SessionState.BOOKED
    after = ask.press().follow()
    assert house.session(token).state is SessionState.CANCELLED
    assert "You cancelled this session" in after.words
    assert "A confirmation is on its way" in after.words
    assert "Book again" in after.words
    assert "Join the session" not in after.words


@pytest.mark.parametrize("mailed", [True, False])
def test_a_press_by_the_link_of_a_mail_proves_the_address_and_one_by_the_page_does_not(
    house: House, mailed: bool
) -> None:
    """E11: whoever books sees a link too, whatever address they gave; only the mail comes to that address."""
    token = house.booked(name="Nora New", email="nora@acme.example.com")
    (mail,) = [r.effect for r in house.store.views.outbox() if r.effect.kind is EffectKind.MAIL_CUSTOMER]
    whole = message_from_bytes(compose(mail, DESK, house.keys), policy=default)
    plain = whole.get_body(("plain",))
    (carried,) = set(re.findall(r"/s/([\w.-]+)/cancel", plain.get_content() if plain else ""))
    link = carried if mailed else token
    assert (link != token) is mailed
    house.get(f"/s/{link}")
    house.get(f"/s/{link}/cancel").press()
    assert house.session(token).state is SessionState.CANCELLED
    for key in house.store.due(house.clock.now(), 10):
        house.store.settle(key, decide, house.clock.now())
    (contact,) = house.store.views.contacts_by_email("nora@acme.example.com")
    assert contact.address_proved is mailed
    refused = house.get(f"/s/{link}/cancel")
    assert refused.location == f"/s/{link}", "and an answer stands on the page alone"


def test_pressing_cancel_twice_is_one_act(house: House) -> None:
    token = house.booked()
    ask = house.get(f"/s/{token}/cancel")
    assert ask.press().location == ask.press().location
    other = house.get(f"/s/{token}/cancel")
    assert other.location == f"/s/{token}"


def test_a_second_cancel_page_is_told_that_it_is_done(house: House) -> None:
    token = house.booked()
    one, two = house.get(f"/s/{token}/cancel"), house.get(f"/s/{token}/cancel")
    one.press()
    late = two.press()
    assert late.status == 409
    assert "cancelled already" in late.heading


@pytest.mark.parametrize(
    ("zone", "starts_at", "deadline"),
    [
        ("Europe/Berlin", datetime(2027, 3, 28, 1, 30, tzinfo=UTC), "Sun 28 Mar, 01:25 CET"),
        ("America/New_York", datetime(2027, 3, 14, 7, 30, tzinfo=UTC), "Sun 14 Mar, 01:25 EST"),
        ("Australia/Lord_Howe", datetime(2027, 4, 3, 15, 30, tzinfo=UTC), "Sun 4 Apr, 01:25 UTC+11"),
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_the_last_moment_is_65_minutes_of_elapsed_time_whatever_the_clocks_do(
    own_database: Path, zone: str, starts_at: datetime, deadline: str, late: bool
) -> None:
    """Issue 2, 3: at exactly 65 minutes it is accepted; one second later refused with what can still be done."""
    nights = tuple(replace(hours, opens=hours.opens.replace(hour=0)) for hours in DESK.staff[0].hours)
    week = tuple(replace(nights[0], weekday=day) for day in range(7))
    dana = replace(DESK.staff[0], zone="UTC", hours=week)
    far = replace(ONLINE, staff=("dana",), horizon=timedelta(days=300))
    with open_house(own_database, replace(DESK, staff=(dana,), types=(far,))) as house:
        day = starts_at.date() - timedelta(days=1)
        when = house.get(f"/book/online?zone={zone}&from={day}").follow()
        slot = f"{starts_at:%Y-%m-%dT%H:%M:%SZ}~dana"
        assert slot in when.slots
        check = when.press("pick", slot=slot).follow().press("details", **(FORM | {"mobile": ""}), mobile_waived="yes")
        token = check.press().location.rpartition("/")[2]
        ask = house.get(f"/s/{token}/cancel")
        assert deadline in ask.words.replace(" (UTC", " (")
        house.clock.advance_to(starts_at - timedelta(minutes=65) + (SECOND if late else 0 * SECOND))
        answer = ask.press()
        if not late:
            assert answer.status == 303
            assert house.session(token).state is SessionState.CANCELLED
            return
        assert answer.status == 409
        assert answer.heading == "It is too late to change this session"
        assert "attend it, or let a colleague attend" in answer.words
        assert house.session(token).state is SessionState.BOOKED


def test_after_the_cutoff_the_page_says_until_when_it_was_possible_and_what_still_is(house: House) -> None:
    token = house.booked()
    house.clock.advance_to(datetime(2026, 11, 30, 13, 0, tzinfo=UTC))
    page = house.get(f"/s/{token}")
    assert "were possible until Mon 30 Nov, 07:55 EST" in page.words
    assert "please attend it" in page.words
    assert f"/s/{token}/cancel" not in page.text
    assert house.get(f"/s/{token}/cancel").location == f"/s/{token}"
    assert house.get(f"/s/{token}/reschedule").location == f"/s/{token}"


def test_a_running_session_and_one_that_is_over_say_so(house: House) -> None:
    token = house.booked()
    house.clock.advance_to(datetime(2026, 11, 30, 14, 10, tzinfo=UTC))
    running = house.get(f"/s/{token}")
    assert " Now " in running.words
    assert JOIN.join_url in running.text
    house.clock.advance_to(datetime(2026, 11, 30, 14, 31, tzinfo=UTC))
    over = house.get(f"/s/{token}")
    assert " Over " in over.words
    assert "Join the session" not in over.words


def test_moving_shows_the_old_and_the_new_time_and_keeps_the_session(house: House) -> None:
    token = house.booked()
    before = house.session(token)
    house.clock.advance(timedelta(minutes=1))
    picker = house.get(f"/s/{token}/reschedule?zone={NEW_YORK}")
    assert "It is now on Monday, 30 November 2026, 09:00 EST" in picker.words
    assert "2026-11-30T14:00:00Z~dana" not in picker.slots, "its own time is no other time"
    ask = house.get(f"/s/{token}/reschedule?zone={NEW_YORK}&slot=2026-12-01T16:00:00Z~emil")
    assert "Tuesday, 1 December 2026" in ask.words
    assert "Instead of Monday, 30 November 2026, 09:00 EST with Dana Doe" in ask.words
    assert house.session(token) == before
    after = ask.press().follow()
    session = house.session(token)
    assert (session.uid, session.id) == (before.uid, before.id)
    assert (session.starts_at, session.staff_id) == (datetime(2026, 12, 1, 16, tzinfo=UTC), "emil")
    assert "Done: this is the time that counts" in after.words
    assert "An updated invitation is on its way" in after.words
    house.clock.advance(timedelta(minutes=11))
    assert "Done:" not in house.get(f"/s/{token}").words


def test_a_time_lost_while_moving_leaves_the_session_and_offers_the_nearest_three(house: House) -> None:
    token = house.booked()
    ask = house.get(f"/s/{token}/reschedule?slot=2026-12-01T16:00:00Z~emil")
    house.busy("emil", datetime(2026, 12, 1, 16, tzinfo=UTC))
    lost = ask.press()
    assert lost.status == 409
    assert len(lost.slots) == 3
    assert "stays on Monday, 30 November 2026, 09:00 EST" in lost.words
    assert house.get(f"/s/{token}/reschedule?slot={lost.slots[0]}").press().status == 303


def test_moving_to_the_present_time_changes_nothing(house: House) -> None:
    token = house.booked()
    before = house.session(token)
    answer = house.get(f"/s/{token}/reschedule?slot=2026-11-30T14:00:00Z~dana").press()
    assert answer.status == 409
    assert "the time it has now" in answer.heading
    assert house.session(token) == before


def test_a_colleague_who_comes_instead_restores_the_session_while_its_time_is_free(house: House) -> None:
    token = house.booked()
    cancelled = house.get(f"/s/{token}/cancel").press().follow()
    assert "A colleague is coming" in cancelled.words
    ask = house.get(f"/s/{token}/restore")
    assert house.session(token).state is SessionState.CANCELLED
    assert ask.press().follow().status == 200
    assert house.session(token).state is SessionState.BOOKED


def test_a_session_whose_time_has_gone_is_not_restored(house: House) -> None:
    token = house.booked()
    house.get(f"/s/{token}/cancel").press()
    ask = house.get(f"/s/{token}/restore")
    house.busy("dana", datetime(2026, 11, 30, 14, tzinfo=UTC))
    answer = ask.press()
    assert answer.status == 409
    assert "just been taken" in answer.heading
    assert "Book another time" in answer.words
    assert house.session(token).state is SessionState.CANCELLED


def test_a_booked_session_has_nothing_to_restore(house: House) -> None:
    token = house.booked()
    assert house.get(f"/s/{token}/restore").location == f"/s/{token}"


@pytest.mark.parametrize("act", ["cancel", "reschedule", "restore"])
def test_a_press_is_good_for_its_own_act_and_session_only(house: House, act: str) -> None:
    one, two = house.booked(), house.booked(8)
    press = house.get(f"/s/{one}/cancel").fields()["press"]
    fields = {"press": press, "slot": "2026-12-01T16:00:00Z~emil"}
    assert house.post(f"/s/{two}/{act}", fields).status == 403
    assert house.post(f"/s/{one}/{act}", fields | {"press": "forged"}).status == 403
    if act != "cancel":
        assert house.post(f"/s/{one}/{act}", fields).status == 403
    assert {house.session(one).state, house.session(two).state} == {SessionState.BOOKED}


def test_opening_every_link_changes_nothing(house: House) -> None:
    """Mail scanners open links (C7): GET and HEAD of every page and of every address on it."""
    token, other = house.booked(**COLLEAGUE), house.booked(12)
    house.get(f"/s/{other}/cancel").press()
    house.at_details(20)
    before = house.everything()
    seen: set[str] = set()
    waiting = [f"/s/{t}{act}" for t in (token, other) for act in ("", "/cancel", "/reschedule", "/restore")]
    waiting += ["/", "/book", "/links", f"/booked/{token}", f"/s/{token}/reschedule?slot=2026-12-01T16:00:00Z~emil"]
    while waiting and len(seen) < 60:
        path = waiting.pop(0)
        if path in seen or "/static/" in path:
            continue
        seen.add(path)
        house.client.request("HEAD", path)
        page = house.get(path)
        if page.status == 303:
            waiting.append(page.location)
        links = [part.replace("&amp;", "&") for part in page.text.split('href="')[1:]]
        waiting += [link.split('"')[0] for link in links if link.startswith("/")]
    assert len(seen) >= 20
    assert house.everything() == before


def test_the_page_states_the_terms_that_were_in_force_when_booking(house: House) -> None:
    """S10: what the operator changes later does not move the deadline of a session that is booked already."""
    token = house.booked()
    house.store.adopt(DESK, Terms(id="later", cancel_cutoff=timedelta(hours=5)), house.clock.now())
    assert "until Mon 30 Nov, 07:55 EST" in house.get(f"/s/{token}").words
    house.clock.advance_to(datetime(2026, 11, 30, 12, 55, tzinfo=UTC))
    assert house.get(f"/s/{token}/cancel").press().status == 303


def test_the_invitation_can_be_taken_from_the_page_and_is_the_one_that_was_mailed(house: House) -> None:
    token = house.booked()
    booked = house.session(token)
    by_mail = session_token(house.keys, booked.id, FORM["email"], mailed=True)
    assert by_mail not in house.client.get(f"/s/{token}/invite.ics").text, (
        "the page hands out no link that proves (E11)"
    )
    answer = house.client.get(f"/s/{by_mail}/invite.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8; method=REQUEST"
    assert "attachment" in answer.headers["content-disposition"]
    mailed = next(r.effect for r in house.store.views.outbox() if r.effect.kind is EffectKind.MAIL_CUSTOMER)
    mail = message_from_bytes(compose(mailed, DESK, house.keys))
    sent = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    assert answer.content == sent.get_payload(decode=True)
    house.get(f"/s/{token}/cancel").press()
    assert house.get(f"/s/{token}/invite.ics").status == 404


def test_the_page_says_what_happens_if_nobody_can_come(house: House) -> None:
    words = house.get(f"/s/{house.booked()}").words
    assert "If nobody from Acme Ltd joins" in words
    assert "A voicemail, or no answer, is no cancellation" in words

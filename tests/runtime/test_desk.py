"""The desk that the settings describe: everything in its place, and named by what it says (S10, K10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from syncd.config.judge import busiest, judge_rooms
from syncd.config.problems import Severity
from syncd.config.settings import Settings
from syncd.domain.desk import Channel, DialIn, FeedAbilities, JoinData, Room
from syncd.domain.terms import Terms
from syncd.runtime.desk import calendar_id, calendars_of, desk_of, terms_of
from tests.config.good import good, judged

RED, BLUE = (Room(i, JoinData("https://meet.example.com", "500#", "500")) for i in ("red", "blue"))


def settings(**changes: Any) -> Settings:
    loaded = judged(good() | changes)
    assert loaded.settings is not None, loaded.problems
    return loaded.settings


def test_untouched_terms_are_the_policys_defaults() -> None:
    made = terms_of(settings())
    assert made.id != Terms().id
    assert {f: getattr(made, f) for f in Terms.__dataclass_fields__ if f != "id"} == {
        f: getattr(Terms(), f) for f in Terms.__dataclass_fields__ if f != "id"
    }


def test_a_version_is_named_by_its_content_alone() -> None:
    assert terms_of(settings()).id == terms_of(settings(terms={"cancel_cutoff": "65 min"})).id
    assert terms_of(settings()).id != terms_of(settings(terms={"cancel_cutoff": "66 min"})).id
    assert desk_of(settings(), [RED]).id == desk_of(settings(), [RED]).id
    assert desk_of(settings(), [RED]).id != desk_of(settings(), [BLUE]).id


def test_a_type_that_names_nobody_is_held_by_all_in_all_rooms() -> None:
    desk = desk_of(settings(type=[{"id": "t", "name": "T", "length": "20 min"}]), [RED, BLUE])
    (kind,) = desk.types
    assert (kind.staff, kind.rooms, kind.length) == (("dana", "ravi"), ("red", "blue"), timedelta(minutes=20))


def test_each_calendar_is_bound_once_and_a_shared_one_belongs_to_nobody() -> None:
    document = good()
    document["staff"][1]["reads"] = [{"connector": "cal", "address": "/dana/private/"}]
    loaded = judged(document).settings
    assert loaded is not None
    bound = {b.address: b for b in calendars_of(loaded)}
    assert len(bound) == 3
    assert (bound["/dana/"].writable, bound["/dana/"].email) == (True, "dana@desk.example")
    assert (bound["/dana/private/"].writable, bound["/dana/private/"].email) == (False, "")
    desk = desk_of(loaded, [RED])
    assert {c for m in desk.staff for c in m.calendars} == {b.calendar_id for b in bound.values()}


def test_a_calendars_id_holds_no_address() -> None:
    place = settings().staff[0].calendar
    assert place.address not in calendar_id(place)
    assert calendar_id(place) == calendar_id(place.model_copy())


def test_more_staff_at_once_than_rooms_is_a_warning_that_says_what_it_means() -> None:
    document = good()
    document["staff"][1]["zone"] = "America/Chicago"
    document["type"][0].pop("staff")
    loaded = judged(document).settings
    assert loaded is not None
    (problem,) = judge_rooms(loaded, [("connector[2]", RED)])
    assert problem.severity is Severity.WARNING
    assert "up to 2 staff work at once (mon 15:00 UTC)" in problem.what
    assert "only 1 of them can be booked" in problem.hint
    assert judge_rooms(loaded, [("connector[2]", RED), ("connector[2]", BLUE)]) == []


def test_staff_whose_hours_never_meet_share_one_room_without_a_warning() -> None:
    loaded = settings(type=[{"id": "t", "name": "T"}])
    assert busiest(loaded.staff)[0] == 1
    assert judge_rooms(loaded, [("connector[2]", RED)]) == []


def test_a_room_that_is_missing_or_stands_twice_is_a_mistake() -> None:
    loaded = settings(type=[{"id": "t", "name": "T", "rooms": ["rad"]}])
    (problem,) = judge_rooms(loaded, [("connector[2]", RED)])
    assert problem.path == "type[0].rooms[0]"
    assert "“red”" in problem.hint
    (twice,) = judge_rooms(settings(), [("connector[2]", RED), ("connector[3]", RED)])
    assert twice.path == "connector[3]"
    (none,) = judge_rooms(settings(), [])
    assert "no session has a place" in none.what


def test_a_room_in_which_nobody_could_be_known_to_be_absent_is_refused() -> None:
    """CON-2: without staff's own word every channel that is offered needs a live feed; the setting is named."""
    numbered = replace(RED, join=replace(RED.join, numbers=(DialIn("+12125550100", "US"),)))
    desk = good()["desk"]
    by_hand = settings(desk=desk | {"attestation": True}, type=[{"id": "t", "name": "T"}])
    assert judge_rooms(by_hand, [("connector[2]", numbered)]) == []
    blind = settings(desk=desk | {"attestation": False}, type=[{"id": "t", "name": "T"}])
    problems = judge_rooms(blind, [("connector[2]", numbered)])
    assert [(p.path, p.severity) for p in problems] == [("type[0]", Severity.ERROR)] * 2
    assert all("desk.attestation = true" in p.hint for p in problems)
    online = FeedAbilities("zoom", (Channel.ONLINE,), live=True)
    (phone,) = judge_rooms(blind, [("connector[2]", replace(numbered, feeds=(online,)))])
    assert "is offered phone in “red”" in phone.what
    afterwards = FeedAbilities("goto", (Channel.PHONE,), live=False)
    assert judge_rooms(blind, [("connector[2]", replace(numbered, feeds=(online, afterwards)))]) == [phone]
    line = FeedAbilities("twilio", (Channel.PHONE,), live=True)
    assert judge_rooms(blind, [("connector[2]", replace(numbered, feeds=(online, line)))]) == []

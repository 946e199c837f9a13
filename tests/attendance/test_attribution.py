"""Whose attendance is it? By what somebody is known, in which of several sessions (ATT-8, ATT-10, ATT-12, A2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from syncd.domain.attendance import Hints, Presence, Stage
from syncd.domain.attended import AttendanceSeen
from syncd.domain.desk import Channel
from syncd.domain.evidence import Evidence
from syncd.engine.attribution import attribute
from syncd.engine.links import room_token, session_token
from syncd.ports.source import Batch
from syncd.testing import builders as make
from tests.attendance.bench import KEYS, START, Bench, _Views, desk_with

ANN = make.member(lead=True, accounts=("Front desk", "+12025550177", "ann@conference.example"))
CAROL = make.attendee("carol", mobile="+12025550143")
DAVE = replace(make.attendee("dave", mobile="+4930555010"), email="dave@gmail.com")


def two_sessions() -> Bench:
    """Carol of Acme and Dave of Beta, at the same time in one room."""
    bench = Bench(replace(desk_with(make.room()), staff=(ANN,), bots=("Note taker",)), None)
    bench.add(make.session(booking=make.booking(booker=CAROL)), make.contact(mobile=CAROL.mobile))
    beta = make.booking(booker=DAVE, company_id="beta", contact_id="dave")
    bench.add(make.session("s2", booking=beta), make.contact("dave", company_id="beta", email=DAVE.email))
    return bench


def placed(bench: Bench, hints: Hints, minutes: float = 3, **changes: Any) -> dict[str, str]:
    """By session id, as what the record is matched: staff and bots by their names in here."""
    joined = START + timedelta(minutes=minutes)
    seen = AttendanceSeen("feed", "room-1", Channel.ONLINE, Stage.JOINED, Presence.GUEST, joined, joined, hints=hints)
    batch = Batch((Evidence("k", "feed", joined, replace(seen, **changes)),))
    found = attribute(batch, _Views(bench), KEYS, bench.desk).evidence
    out = {}
    for item in found:
        assert isinstance(item.payload, AttendanceSeen)
        assert item.subject is not None
        name = item.payload.staff_id or (item.payload.presence if item.payload.presence is Presence.BOT else "")
        out[item.subject.partition(":")[2]] = name or item.payload.matched
    return out


@pytest.mark.parametrize(
    ("hints", "expected"),
    [
        (Hints(token=session_token(KEYS, "s1", CAROL.email)), {"s1": "token"}),
        (Hints(token=room_token(KEYS, "s1", CAROL.email)), {"s1": "token"}),
        (Hints(token=room_token(KEYS, "s1", "stranger@else.example")), {"s1": "", "s2": ""}),
        (Hints(token=session_token(KEYS, "s1", "stranger@else.example")), {"s1": "", "s2": ""}),
        (Hints(email="CAROL@acme.example"), {"s1": "email"}),
        (Hints(email="colleague@acme.example"), {"s1": "domain"}),
        (Hints(email="somebody@gmail.com"), {"s1": "", "s2": ""}),
        (Hints(phone_e164="+12025550143"), {"s1": "phone"}),
        (Hints(phone_masked="1202***0143"), {"s1": "masked", "s2": ""}),
        (Hints(phone_masked="***43"), {"s1": "", "s2": ""}),
        (Hints(name="carol "), {"s1": "name", "s2": ""}),
        (Hints(name="Galaxy S21"), {"s1": "", "s2": ""}),
        (Hints(), {"s1": "", "s2": ""}),
        (Hints(email="ann@desk.example"), {"s1": "ann", "s2": "ann"}),
        (Hints(phone_e164="+12025550177"), {"s1": "ann", "s2": "ann"}),
        (Hints(name="front desk"), {"s1": "ann", "s2": "ann"}),
        (Hints(name="front desk", email="carol@acme.example"), {"s1": "email"}),
        (Hints(name="note  taker"), {"s1": "bot", "s2": "bot"}),
    ],
)
def test_by_what_somebody_is_known_and_what_that_decides(hints: Hints, expected: dict[str, str]) -> None:
    assert placed(two_sessions(), hints) == expected


@pytest.mark.parametrize(("minutes", "concerned"), [(-17, False), (-15.4, True), (29.9, True), (32, False)])
def test_a_record_concerns_the_sessions_whose_time_it_falls_into(minutes: float, concerned: bool) -> None:
    assert bool(placed(two_sessions(), Hints(), minutes)) is concerned


def test_who_stays_on_from_before_concerns_the_later_session_too() -> None:
    seen_at = START + timedelta(minutes=1)
    assert placed(two_sessions(), Hints(), minutes=-60, observed_at=seen_at) == {"s1": "", "s2": ""}

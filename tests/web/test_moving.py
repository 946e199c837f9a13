"""MOVE by text ends on the session's own page: its link shows free times, and rebooks the same session (C2, C12)."""

from __future__ import annotations

from syncd.domain.correspondence import TextReceived
from syncd.domain.keys import session_key
from syncd.domain.session import SessionState
from tests.web.house import House


def test_the_link_of_move_rebooks_the_same_session(house: House) -> None:
    token = house.booked(mobile="+1 212 555 0123")
    before = house.session(token)
    text = TextReceived("+12125550123", "+15713173122", "MOVE", "SM1")
    house.tell(session_key(before.id), text)
    assert house.session(token).moving

    page = house.get(f"/s/{token}")
    assert "You are moving this session" in page.words
    assert f'href="/s/{token}/reschedule"' in page.text
    times = house.get(f"/s/{token}/reschedule")
    assert times.status == 200
    assert "is given up" in times.words
    slot = times.slots[-1]
    done = house.get(f"/s/{token}/reschedule?slot={slot}").press().follow()
    assert done.status == 200
    after = house.session(token)
    assert (after.state, after.uid, after.booking) == (SessionState.BOOKED, before.uid, before.booking)
    assert after.starts_at != before.starts_at


def test_a_cancelled_session_has_no_such_page(house: House) -> None:
    token = house.booked(mobile="+1 212 555 0123")
    session = house.session(token)
    house.tell(session_key(session.id), TextReceived("+12125550123", "+15713173122", "C", "SM1"))
    assert house.session(token).state is SessionState.CANCELLED
    assert house.get(f"/s/{token}/reschedule").location == f"/s/{token}"

"""A calendar says that a colleague is away: the lead finds it in the inbox and on the sheet, and by the link (K12)."""

from __future__ import annotations

from datetime import timedelta

from syncd.domain.absence import Absence
from syncd.domain.keys import session_key, staff_key
from syncd.domain.session import Session, SessionState
from syncd.domain.spans import Span
from syncd.engine.desk import DeskDoor
from syncd.policy.decide import decide
from syncd.ports.source import Batch, BusyItem, BusyTime
from tests.web import desk
from tests.web.house import House

HOUR = timedelta(hours=1)


def away_over_two(house: House) -> tuple[Session, ...]:
    """Dana, who leads, is out of office by her calendar over two sessions."""
    sessions = tuple(house.session(house.booked_quickly(slot)) for slot in (20, 30))
    for session in sessions:
        if session.staff_id != "dana":
            assert DeskDoor(house.door).reassign(session.id, "press", "dana", None, "dana").accepted
    span = Span(sessions[0].starts_at - HOUR, sessions[-1].ends_at + HOUR)
    item = BusyItem("away", "1", (BusyTime(span, away=True),))
    house.store.absorb("cal-dana", Batch(busy=(item,), cursor="away"), house.clock.now())
    house.store.settle(staff_key("dana"), decide, house.clock.now())
    return sessions


def absence(house: House) -> Absence:
    (found,) = house.store.views.absences(["dana"])
    return found


def settle(house: House) -> None:
    for key in house.store.due(house.clock.now(), 50):
        house.store.settle(key, decide, house.clock.now())


def test_the_sheet_lists_who_is_away_and_opens_on_all_their_days(house: House) -> None:
    away_over_two(house)
    house.enter()
    page = house.get("/desk/absences")
    assert "Dana Doe is out of office over 2 sessions" in page.words
    sheet = house.get("/desk/absences?staff=dana")
    assert sheet.words.count("Acme Ltd") == 2, "without a day that anybody would have to type"
    assert sheet.press(to="/desk/absences/act", do="all give").status == 303
    assert absence(house).question is None, "dealt with: nobody is reminded"
    assert "out of office" not in house.get("/desk/absences").words


def test_the_inbox_asks_a_lead_and_nobody_else(house: House) -> None:
    sessions = away_over_two(house)
    house.enter("emil")
    page = house.get("/desk/inbox")
    assert "Who takes these sessions?" in page.words
    assert "A lead answers this." in page.words
    house.enter()
    page = house.get("/desk/inbox")
    what = next(w for w in desk.presses(page) if w.endswith(" cancel"))
    assert page.press(to="/desk/inbox/answer", what=what).status == 303
    settle(house)
    found = [house.store.views.session(session.id) for session in sessions]
    assert [one.state for one in found if one is not None] == [SessionState.CANCELLED] * 2
    assert "Who takes these sessions?" not in house.get("/desk/inbox").words


def test_the_mailed_link_shows_the_sessions_and_is_settled_by_other_means(house: House) -> None:
    sessions = away_over_two(house)
    question = absence(house).question
    assert question is not None
    address = "/q/" + house.keys.sign("question", staff_key("dana"), question.id, question.to)
    page = house.get(address)
    assert page.heading == "Who takes these sessions?"
    assert page.words.count("Acme Ltd") == 2
    assert "/desk/absences?staff=dana" in page.text
    assert page.press(choice="leave").status == 303
    assert house.get(address).heading == "This question has been settled"
    assert absence(house).question is None
    assert house.store.views.explain(session_key(sessions[0].id)) is not None
    assert {house.store.views.session(s.id).state for s in sessions} == {SessionState.BOOKED}  # type: ignore[union-attr]

"""What staff see and press at the desk (A3, A10, A13, K11 to K13, N8, O1, E6, C8)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from syncd.domain.attendance import Outcome
from syncd.domain.attended import Attested
from syncd.domain.effect import EffectState
from syncd.domain.evidence import EffectParked, Evidence
from syncd.domain.keys import session_key
from syncd.domain.session import SessionState
from tests.web import desk
from tests.web.house import House
from tests.web.test_questions import vanished


def test_the_day_shows_who_is_there_and_by_what_we_know_it(house: House) -> None:
    token, session = desk.due(house, 2)
    house.enter()
    assert "Running, no word yet" in house.get("/desk").words
    assert "“Nobody came” counts until 09:25" in house.get("/desk").words, "nothing closes by itself here (A13)"
    assert desk.attest(house, "here", session).status == 303
    house.get(f"/s/{token}").press(to=f"/s/{token}/say", says="here")
    page = house.get("/desk")
    for part in (
        "09:00–09:30 Acme Ltd",
        "Carl Customer",
        "Attended",
        "Dana Doe, says: in the room, 09:02",
        "Carl Customer, by their own press, 09:02",
    ):
        assert part in page.words
    assert "Closes" not in page.words


def test_nobody_came_is_one_press_and_starts_the_clock(house: House) -> None:
    _, session = desk.due(house, 6)
    house.enter()
    done = desk.attest(house, "nobody-since", session)
    assert done.status == 303
    page = done.follow()
    assert "Asked, no answer yet" in page.words
    assert "Closes" in page.words
    assert house.stored(session.id).attendance.absent_at == house.clock.now()


def test_a_double_press_on_one_board_is_one_act(house: House) -> None:
    _, session = desk.due(house)
    house.enter()
    page = house.get("/desk")
    what = next(w for w in desk.presses(page) if w.startswith("here."))
    for _ in range(2):
        assert page.press("presses", to="/desk/press", what=what).status == 303
    seen = house.store.views.seen_in([session.id])[session.id]
    assert [one.payload.kind for one in seen] == ["attested"]


def test_what_one_says_of_a_colleagues_session_is_asked_once_more(house: House) -> None:
    _, session = desk.due(house)
    house.enter("emil")
    sure = desk.attest(house, "online", session)
    assert "This is Dana Doe’s session" in sure.heading
    assert not house.store.views.seen_in([session.id])
    assert sure.press().status == 303
    (word,) = house.store.views.seen_in([session.id])[session.id]
    assert isinstance(word.payload, Attested)
    assert word.payload.staff_id == "emil"


@pytest.mark.parametrize("what", ["", "here", "here.x.1", "explode.{}.1", "here.{}", "here.{}.1.2"])
def test_a_press_that_no_board_has_does_nothing(house: House, what: str) -> None:
    _, session = desk.due(house)
    house.enter()
    page = house.get("/desk")
    assert page.press("presses", to="/desk/press", what=what.format(session.id)).status in (403, 404)
    assert not house.store.views.seen_in([session.id])


def test_an_operator_has_no_word_on_a_room(house: House) -> None:
    _, session = desk.due(house)
    house.enter("olga")
    assert desk.attest(house, "here", session).status == 403
    assert not house.store.views.seen_in([session.id])


def test_another_day_and_one_colleague_can_be_chosen(house: House) -> None:
    house.enter()
    house.booked_quickly()
    assert "Acme Ltd" in house.get("/desk?day=2026-11-30").words
    assert "Acme Ltd" not in house.get("/desk?day=2026-11-30&who=emil").words
    assert "Nobody works on this day" in house.get("/desk?day=2026-12-06").words
    assert house.get("/desk?day=nonsense&who=nobody").status == 200


def test_a_colleague_who_is_busy_is_not_given_more(house: House) -> None:
    session = house.session(house.booked_quickly())
    other = "emil" if session.staff_id == "dana" else "dana"
    house.busy(other, session.starts_at)
    house.enter()
    refused = house.get(f"/desk/s/{session.id}").press(to=f"/desk/s/{session.id}/give", staff=other)
    assert refused.status == 409, "their calendar is asked when it is pressed"
    assert house.store.views.session(session.id) == session


# -- one session -------------------------------------------------------------------------------------------------------


def test_a_no_show_takes_a_reason_and_a_second_press(house: House) -> None:
    _, session = desk.due(house, 20)
    house.enter()
    sheet, path = house.get(f"/desk/s/{session.id}"), f"/desk/s/{session.id}/outcome"
    nothing = sheet.press(to=path, outcome="no-show", reason="  ")
    assert (nothing.status, "Say why" in nothing.words) == (422, True)
    sure = sheet.press(to=path, outcome="no-show", reason="Nobody came & nobody wrote.")
    assert sure.heading == "Record a no-show?"
    verdict = house.stored(session.id).attendance.verdict
    assert verdict is None or verdict.presumed, "one press records nothing against the customer"
    assert sure.press().status == 303
    verdict = house.stored(session.id).attendance.verdict
    assert verdict is not None
    assert (verdict.outcome, verdict.staff_id, verdict.reason) == (
        Outcome.NO_SHOW,
        "dana",
        "Nobody came & nobody wrote.",
    )
    page = house.get(f"/desk/s/{session.id}")
    excused = page.press(to=path, outcome="excused", reason="Their line was down.")
    assert excused.status == 303
    words = excused.follow().words
    for part in ("Excused", "Their line was down.", "Before: No-show", "A10"):
        assert part in words


def test_a_session_changes_hands_under_its_uid_and_nothing_counts(house: House) -> None:
    token = house.booked_quickly()
    session = house.session(token)
    house.enter()
    sheet = house.get(f"/desk/s/{session.id}")
    assert sheet.press(to=f"/desk/s/{session.id}/give", staff="emil").status == 303
    after = house.session(token)
    assert (after.staff_id, after.uid, after.span) == ("emil", session.uid, session.span)
    assert after.revision == session.revision + 1, "the customer is told"
    assert after.staff_set_at is None, "its time is as the customer chose it"
    story = house.store.views.explain(session_key(session.id))
    assert story is not None
    rules = [f for row in story.decisions for f in row.decision.findings]
    assert "K11" in [finding.rule for finding in rules]
    letters = [row for row in house.store.views.outbox() if row.effect.revision == after.revision]
    assert {row.effect.recipient for row in letters} >= {"carl@acme.example.com", "cal-emil", "cal-dana"}
    again = sheet.press(to=f"/desk/s/{session.id}/give", staff="emil")
    assert again.status == 303, "the same press is the same act"
    assert house.session(token).revision == after.revision


def test_the_desk_cancels_without_a_cutoff_after_a_second_press(house: House) -> None:
    token, session = desk.due(house, 2)
    house.enter()
    page = house.get(f"/desk/s/{session.id}/cancel")
    assert house.session(token).state is SessionState.BOOKED, "looking is nothing (C7)"
    assert page.press().status == 303
    assert house.session(token).state is SessionState.CANCELLED
    assert "was cancelled by Example Support" in house.get(f"/s/{token}").words


def test_a_later_start_is_told_and_shown(house: House) -> None:
    token, session = desk.due(house, 0)
    house.enter()
    done = house.get(f"/desk/s/{session.id}").press(to=f"/desk/s/{session.id}/shift", minutes="15")
    assert done.status == 303
    assert house.session(token).attendance.late_by == timedelta(minutes=15)
    assert "begins 09:15" in done.follow().words


def test_notes_are_kept_for_staff_and_never_shown_to_the_customer(house: House) -> None:
    token = house.booked_quickly()
    session = house.session(token)
    house.enter()
    sheet = house.get(f"/desk/s/{session.id}")
    assert sheet.press(to=f"/desk/s/{session.id}/note", note="Calls back <b>often</b>").status == 303
    assert "Calls back &lt;b&gt;often" in house.get(f"/desk/s/{session.id}").text
    assert "often" not in house.get(f"/s/{token}").text


# -- all else ----------------------------------------------------------------------------------------------------------


def test_a_question_is_answered_by_one_press_in_the_inbox(house: House) -> None:
    token = house.booked_quickly()
    vanished(house, token)
    house.enter()
    page = house.get("/desk/inbox")
    assert "Did you mean to cancel this session?" in page.words
    what = next(w for w in desk.presses(page) if w.endswith(" restore"))
    assert page.press(to="/desk/inbox/answer", what=what).status == 303
    assert not house.session(token).questions
    assert "Nothing waits" in house.get("/desk/inbox").words
    late = page.press(to="/desk/inbox/answer", what=what.replace("restore", "cancel"))
    assert late.status == 409


def test_an_objection_waits_in_the_inbox_and_on_both_pages(house: House) -> None:
    token, session = desk.contested(house)
    page = house.get(f"/s/{token}")
    assert "Recorded as missed" in page.words
    assert page.press(to=f"/s/{token}/object", words="I was on the phone line.").status == 303
    assert "You objected" in house.get(f"/s/{token}").words
    assert "The customer objects" in house.get(f"/desk/s/{session.id}").words
    assert "I was on the phone line." in house.get("/desk/inbox").words


def test_a_sick_colleagues_day_is_handed_out_by_one_press(house: House) -> None:
    tokens = [house.booked_quickly(n) for n in (20, 30)]
    mine = [t for t in tokens if house.session(t).staff_id == "dana"]
    house.enter()
    sheet = house.get("/desk/absences?staff=dana&to=2026-12-05")
    assert sheet.words.count("Give to Emil Eck") == len(mine)
    done = sheet.press(to="/desk/absences/act", do="all give")
    assert done.status == 303
    assert {house.session(t).staff_id for t in mine} == {"emil"}
    assert "Nothing is booked with Dana Doe" in done.follow().words


def test_one_session_of_a_sick_colleague_is_moved_or_cancelled(house: House) -> None:
    token = house.booked_quickly(8)
    session = house.session(token)
    house.enter()
    sheet = house.get(f"/desk/absences?staff={session.staff_id}&to=2026-12-05")
    move = next((v for v in _does(sheet.text) if " move:" in v), None)
    if move is not None:
        assert sheet.press(to="/desk/absences/act", do=move).status == 303
        moved = house.session(token)
        assert (moved.uid, moved.starts_at != session.starts_at) == (session.uid, True)
        assert moved.staff_set_at == house.clock.now(), "so that it can be declined (C10, C11)"
        sheet = house.get(f"/desk/absences?staff={moved.staff_id}&to=2026-12-05")
    assert sheet.press(to="/desk/absences/act", do=f"{session.id} cancel").status == 303
    assert house.session(token).state is SessionState.CANCELLED


def _does(text: str) -> list[str]:
    return re.findall(r'name="do" value="([^"]+)"', text)


def test_what_is_parked_is_done_again_or_dropped_with_a_reason(house: House) -> None:
    house.booked_quickly()
    claims = house.store.claim(house.clock.now(), timedelta(minutes=1), 10)
    for n, claimed in enumerate(claims[:2]):
        effect = claimed.effect
        payload = EffectParked(effect.key, effect.kind, effect.revision, "550 no such mailbox", "write to them")
        receipt = Evidence(f"parked-{n}", "test", house.clock.now(), payload, effect.subject)
        house.store.park(claimed, "550 no such mailbox", "write to them", receipt, house.clock.now())
    house.enter("olga")
    page = house.get("/desk/health")
    assert "550 no such mailbox" in page.words
    assert "write to them" in page.words
    assert page.press(to="/desk/health/parked", do="discard", reason="").status == 422
    done = page.press(to="/desk/health/parked", do="discard", reason="They left.")
    assert done.status == 303
    assert house.get("/desk/health").press(to="/desk/health/parked", do="retry").status == 303
    assert not house.store.views.outbox((EffectState.PARKED,))
    dropped = [row.reason for row in house.store.views.outbox((EffectState.DROPPED,))]
    assert any("They left. (olga)" in reason for reason in dropped)


def test_companies_are_found_and_shown_with_their_contacts(house: House) -> None:
    house.booked_quickly()
    house.enter()
    assert "Blocked" in house.get("/desk/companies").words
    assert "Carl Customer" in house.get("/desk/companies?q=carl@acme.example.com").words
    assert "Nothing fits" in house.get("/desk/companies?q=zzz").words
    assert "Carl Customer" in house.get("/desk/companies/acme").words
    assert house.get("/desk/companies/none").status == 404
    assert house.get("/desk/contacts/none").status == 404


def test_what_persons_decided_stands_in_the_audit(house: House) -> None:
    desk.contested(house)
    page = house.get("/desk/audit")
    assert "Outcome decided" in page.words
    assert "Nobody in the room until the end." in page.words


def test_a_connector_that_needs_a_person_says_what_helps(house: House) -> None:
    page = desk.failing(house)
    assert "Waits for a person" in page.words
    assert "set a new password" in page.words


def test_the_figures_of_the_weeks_are_drawn_and_can_be_taken_along(house: House) -> None:
    desk.contested(house)
    page = house.get("/desk/reports?weeks=8")
    assert "Acme Ltd 1 0 1 100.0%" in page.words
    assert "<svg" in page.text
    file = house.get("/desk/reports.csv?weeks=8")
    assert "attachment" in file.headers["content-disposition"]
    assert "company,Acme Ltd,0,1,0,0" in file.text


def test_what_nobody_read_is_told_on_the_health_page(house: House) -> None:
    house.enter()
    assert "nobody is recorded as missing" not in house.get("/desk/health").words
    desk.put_aside(house)
    page = house.get("/desk/health")
    assert "mailbox 1 since" in page.words
    assert "nobody is recorded as missing" in page.words
    assert 'href="/desk/inbox"' in page.text

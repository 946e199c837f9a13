"""What came without a booking: dispatcher, deputy, receipt, and what staff press (O1, N8; Loops)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.domain.case import RequestCase
from syncd.domain.correspondence import AutoReplyReceived, RequestReceived, RequestSorted, WordsReceived
from syncd.domain.decision import AnswerCode, Decision
from syncd.domain.desk import Desk
from syncd.domain.effect import CustomerMail, StaffMail, StaffText
from syncd.domain.evidence import Evidence, Payload, StaffAnswered
from syncd.domain.keys import request_key
from syncd.domain.letters import Letter, StaffLetter
from syncd.domain.people import Company, Plan
from syncd.domain.request import Request, RequestKind
from syncd.domain.session import Choice
from syncd.domain.terms import Terms
from syncd.policy.decide import decide
from tests.policy.play import ACME, CARLS, DESK, NOW

ASKED = RequestReceived("mail", "carl@acme.example", "Carl", "Nothing starts", "The server is down.", company_id="acme")
MAINTAINED = replace(ACME, plan=Plan.MAINTENANCE)


def decided(
    payload: Payload | None = ASKED,
    request: Request | None = None,
    company: Company | None = MAINTAINED,
    *,
    minutes: int = 0,
    lately: int = 0,
    desk: Desk = DESK,
) -> Decision:
    key = request_key("r1")
    at = NOW + timedelta(minutes=minutes)
    fresh = (Evidence(f"e{minutes}", "box", at, payload, key, 1),) if payload else ()
    desk = replace(desk, support_email="support@desk.example", deputy="emil")
    case = RequestCase(key, "r1", desk, Terms(), request, fresh, (), (), company, CARLS, lately)
    return decide(case, at)


def asked() -> Request:
    state = decided().state
    assert isinstance(state, Request)
    return state


def letters(decision: Decision) -> list[tuple[str, str]]:
    return [
        (e.recipient, e.body.letter.value) for e in decision.effects if isinstance(e.body, CustomerMail | StaffMail)
    ]


def test_the_dispatcher_is_told_at_once_and_the_writer_gets_an_answer_by_time() -> None:
    decision = decided()
    assert letters(decision) == [("dana@desk.example", "question"), ("carl@acme.example", Letter.RECEIPT)]
    receipt = decision.effects[1].body
    assert isinstance(receipt, CustomerMail)
    assert receipt.answer_by == NOW + Terms().answer_by
    assert decision.review_at == NOW + Terms().deputy_after
    assert (asked().kind, asked().told) == (RequestKind.UNSORTED, ("dana",))


@pytest.mark.parametrize("company", [ACME, None, replace(MAINTAINED, plan_until=NOW.date() - timedelta(days=2))])
def test_without_maintenance_the_answer_is_the_other_ways(company: Company | None) -> None:
    decision = decided(company=company)
    assert letters(decision)[1] == ("carl@acme.example", Letter.NO_MAINTENANCE)
    assert letters(decision)[0][0] == "dana@desk.example", "staff are told all the same"


def test_the_deputy_is_told_once_when_nobody_has_pressed() -> None:
    assert letters(decided(None, asked(), minutes=14)) == []
    late = decided(None, asked(), minutes=15)
    assert letters(late) == [("emil@desk.example", "question")]
    assert isinstance(late.state, Request)
    assert late.state.told == ("dana", "emil")
    assert letters(decided(None, late.state, minutes=60)) == []


def test_dispatcher_and_deputy_are_asked_by_text_where_they_want_it() -> None:
    numbers = {"dana": "+12125550171", "emil": "+12125550172"}
    staff = tuple(replace(member, mobile=numbers[member.id]) for member in DESK.staff)
    desk = replace(DESK, staff=staff, texting_number="+15713173122")
    first, late = decided(desk=desk), decided(None, asked(), minutes=15, desk=desk)
    texts = [e.body for made in (first, late) for e in made.effects if isinstance(e.body, StaffText)]
    assert [(t.to_id, t.number, t.about, t.repeated) for t in texts] == [
        ("dana", "+12125550171", "Carl", False),
        ("emil", "+12125550172", "Carl", True),
    ]


@pytest.mark.parametrize(
    "press", [StaffAnswered("sort", Choice.EMERGENCY, "dana"), RequestSorted(RequestKind.EMERGENCY, "dana")]
)
def test_a_press_closes_the_waiting(press: Payload) -> None:
    pressed = decided(press, asked(), minutes=5)
    assert isinstance(pressed.state, Request)
    assert (pressed.state.kind, pressed.state.sorted_by) == (RequestKind.EMERGENCY, "dana")
    assert [a.code for a in pressed.answers] == [AnswerCode.RECORDED]
    assert pressed.review_at is None
    assert letters(decided(None, pressed.state, minutes=20)) == []
    stale = decided(StaffAnswered("sort", Choice.OTHER, "emil"), pressed.state, minutes=6)
    assert [a.code for a in stale.answers] == [AnswerCode.STALE_QUESTION]


def test_machines_lists_and_who_had_enough_get_no_receipt_and_staff_are_told() -> None:
    for decision in (decided(replace(ASKED, answerable=False)), decided(lately=Terms().answers_per_day)):
        assert letters(decision) == [("dana@desk.example", "question")]


def test_what_belongs_to_nothing_is_listed_as_closed_and_tells_nobody() -> None:
    decision = decided(AutoReplyReceived("carl@acme.example", "Away"))
    assert isinstance(decision.state, Request)
    assert decision.state.closed_at is not None
    assert decision.effects == ()


def test_more_words_go_to_whoever_has_it() -> None:
    decision = decided(WordsReceived("carl@acme.example", "Re:", "It is the mail server."), asked(), minutes=3)
    assert letters(decision) == [("dana@desk.example", StaffLetter.WORDS)]

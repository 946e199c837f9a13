"""Companies, contacts and calendars as cases of their own (D2, E2, E12, B5, CAL-7, CAL-26, CAL-27, N8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from syncd.domain.case import CalendarCase, CompanyCase, ContactCase
from syncd.domain.decision import CalendarState
from syncd.domain.effect import CustomerMail, OperatorMail, StaffMail
from syncd.domain.evidence import (
    CompanyDelisted,
    CompanyListed,
    ContactBooked,
    ContactListed,
    DeletionJudged,
    DeletionReported,
    Evidence,
    LinksRequested,
    Payload,
    SourceFailed,
    SourceRecovered,
    StaffAnswered,
)
from syncd.domain.keys import calendar_key, company_key, contact_key, session_key
from syncd.domain.letters import Letter, StaffLetter
from syncd.domain.people import Company, Contact, Plan, Strike
from syncd.domain.session import Choice
from syncd.domain.terms import Terms
from syncd.policy.decide import decide
from tests.policy.play import ACME, CARL, CARLS, DESK, NOW, bodies_of, booked, state_of

TOMORROW = NOW + timedelta(days=1)
LISTED = CompanyListed("Acme Ltd", "ACME2026", Plan.SUPPORT, None)


def of(payload: Payload, key: str = "e1") -> Evidence:
    return Evidence(key, "test", NOW, payload, seq=1)


def company_case(payload: Payload, **changes: Any) -> CompanyCase:
    plain = CompanyCase(company_key("acme"), "acme", DESK, Terms(), ACME, (of(payload),), (), ())
    return replace(plain, **changes)


def contact_case(payload: Payload, **changes: Any) -> ContactCase:
    plain = ContactCase(contact_key("carl"), "carl", DESK, Terms(), CARLS, (of(payload),), (), ())
    return replace(plain, **changes)


def calendar_case(state: CalendarState | None, *payloads: Payload) -> CalendarCase:
    fresh = tuple(of(payload, f"e{n}") for n, payload in enumerate(payloads))
    return CalendarCase(calendar_key("cal-dana"), "cal-dana", DESK, Terms(), state, fresh, (), ())


def test_the_directory_wins_and_keeps_the_ledger() -> None:
    struck = replace(ACME, strikes=(Strike("s0", NOW),))
    decision = decide(company_case(replace(LISTED, name="Acme Inc"), company=struck), NOW)
    company = state_of(decision, Company)
    assert (company.name, company.strikes) == ("Acme Inc", struck.strikes)


def test_a_plan_that_lapses_cancels_nothing_and_tells_staff_and_contact() -> None:
    session = booked(TOMORROW).session
    for payload in (replace(LISTED, plan=None), replace(LISTED, blocked=True), CompanyDelisted()):
        decision = decide(company_case(payload, sessions=(session,)), NOW)
        letters = [e.body.letter for e in decision.effects if isinstance(e.body, CustomerMail | StaffMail)]
        assert len(letters) == len(decision.effects)
        assert sorted(map(str, letters)) == [Letter.LAPSED, StaffLetter.LAPSED]
    assert decide(company_case(LISTED, sessions=(session,)), NOW).effects == ()


def test_a_new_address_becomes_a_contact_and_a_listed_one_keeps_the_portals_word() -> None:
    form = ContactBooked("s1", "acme", "C. Customer", CARL.email, None, "Europe/Paris", "fr")
    new = state_of(decide(contact_case(form, contact=None), NOW), Contact)
    assert (new.name, new.listed, new.zone) == ("C. Customer", False, "Europe/Paris")
    assert decide(contact_case(form), NOW).state is None


def test_what_the_portal_leaves_out_is_kept() -> None:
    listed = ContactListed("acme", "Carl C.", CARL.email)
    contact = state_of(decide(contact_case(listed), NOW), Contact)
    assert (contact.name, contact.mobile, contact.zone) == ("Carl C.", CARLS.mobile, CARLS.zone)


def test_links_go_to_the_address_on_file_alone() -> None:
    session = booked(TOMORROW).session
    decision = decide(contact_case(LinksRequested(), sessions=(session,)), NOW)
    (mail,) = bodies_of(decision.effects, CustomerMail)
    assert (decision.effects[0].recipient, len(mail.sessions)) == (CARLS.email, 1)
    nobody = decide(contact_case(LinksRequested(), contact=None), NOW)
    assert (nobody.effects, nobody.answers[0].code) == ((), decision.answers[0].code)


def test_an_outage_is_told_once_after_ten_minutes_and_its_end_once() -> None:
    first = decide(calendar_case(None, SourceFailed("cal-dana", "no connection")), NOW)
    assert (first.effects, first.review_at) == ((), NOW + timedelta(minutes=10))
    later = NOW + timedelta(minutes=10)
    alert = decide(calendar_case(state_of(first, CalendarState)), later)
    assert [mail.recovered for mail in bodies_of(alert.effects, OperatorMail)] == [False]
    again = decide(calendar_case(state_of(alert, CalendarState), SourceFailed("cal-dana", "another error")), later)
    assert again.effects == ()
    end = decide(calendar_case(state_of(again, CalendarState), SourceRecovered("cal-dana")), later)
    assert [mail.recovered for mail in bodies_of(end.effects, OperatorMail)] == [True]
    assert state_of(end, CalendarState).failing_since is None


def test_a_short_outage_is_nobodys_business() -> None:
    first = decide(calendar_case(None, SourceFailed("cal-dana", "no connection")), NOW)
    assert decide(calendar_case(state_of(first, CalendarState), SourceRecovered("cal-dana")), NOW).effects == ()


def test_a_misconfiguration_is_told_at_once_with_its_hint() -> None:
    failed = SourceFailed("cal-dana", "401", "Renew the password.", acts=True)
    (mail,) = decide(calendar_case(None, failed), NOW).effects
    assert isinstance(mail.body, OperatorMail)
    assert mail.body.hint == "Renew the password."


def test_held_deletions_are_one_question_and_one_answer_for_all() -> None:
    first = decide(calendar_case(None, *(DeletionReported(f"s{n}", TOMORROW) for n in range(3))), NOW)
    assert len(first.effects) == 1
    more = decide(calendar_case(state_of(first, CalendarState), DeletionReported("s3", TOMORROW)), NOW)
    assert more.effects == ()
    asked = decide(calendar_case(state_of(more, CalendarState)), NOW + Terms().question_repeat)
    assert [mail.repeated for mail in bodies_of(asked.effects, StaffMail)] == [True]
    question = state_of(more, CalendarState).question
    assert question is not None
    answer = decide(
        calendar_case(state_of(asked, CalendarState), StaffAnswered(question.id, Choice.RESTORE, "dana")), NOW
    )
    assert {(e.subject, e.payload) for e in answer.derived} == {
        (session_key(f"s{n}"), DeletionJudged(Choice.RESTORE)) for n in range(4)
    }
    assert state_of(answer, CalendarState).held == ()

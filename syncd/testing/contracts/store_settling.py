"""Is a decision recorded whole or not at all, once, and can it be made again? (REL-2, REL-3, C4)"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.domain.case import CalendarCase, CompanyCase, ContactCase
from syncd.domain.decision import Answer, AnswerCode, CalendarState, Decision
from syncd.domain.evidence import ContactBooked, LinksRequested
from syncd.domain.keys import calendar_key, company_key, contact_key, session_key
from syncd.ports.errors import Misconfigured
from syncd.testing import builders as make
from syncd.testing.contracts.store_setting import (
    S1,
    StoreSuite,
    StoreWorld,
    Watching,
    booking_of,
    deciding,
    nothing,
    request_for,
)


class Crash(BaseException):
    """The process died here."""


class SettlingContract(StoreSuite):
    def test_a_booking_is_one_commit_and_can_be_read_back(self, world: StoreWorld) -> None:
        before = world.commits()
        made = make.session()
        settled = world.store.settle(S1, booking_of(made, make.mail_effect()), make.NOW, (request_for("s1"),))
        assert world.commits() == before + 1
        assert settled.answers == (Answer("test/s1/book", AnswerCode.BOOKED, "B1"),)
        assert world.views.session("s1") == made
        assert [row.effect for row in world.views.outbox()] == [make.mail_effect()]

    def test_a_double_submit_is_one_act_with_the_first_answer(self, world: StoreWorld) -> None:
        world.book()
        later = deciding(answers=(Answer("test/s1/book", AnswerCode.SLOT_TAKEN, "B2"),))
        watching = Watching(later)
        again = world.store.settle(S1, watching, make.at(1), (request_for("s1"),))
        assert watching.session_case.fresh == ()
        assert len(watching.session_case.evidence) == 1
        assert again.answers == (Answer("test/s1/book", AnswerCode.BOOKED, "B1"),)

    def test_of_one_key_the_first_evidence_stays(self, world: StoreWorld) -> None:
        first, second = (
            make.evidence(make.cancel_requested(via="link")),
            make.evidence(make.cancel_requested(via="api")),
        )
        assert world.store.record((first, second), make.NOW) == 1
        assert world.store.record((second,), make.NOW) == 0
        watching = Watching()
        world.store.settle(S1, watching, make.NOW)
        assert [item.payload for item in watching.session_case.evidence] == [first.payload]

    def test_a_decision_without_news_commits_nothing(self, world: StoreWorld) -> None:
        world.book()
        before = world.commits()
        settled = world.store.settle(S1, nothing, make.at(1))
        assert settled.decision == Decision(S1, make.at(1))
        assert world.commits() == before

    def test_settled_evidence_that_changes_nothing_is_not_shown_as_fresh_again(self, world: StoreWorld) -> None:
        world.book()
        world.store.settle(S1, nothing, make.NOW, (make.evidence(make.entry_seen()),))
        watching = Watching()
        world.store.settle(S1, watching, make.NOW)
        assert watching.session_case.fresh == ()
        assert len(watching.session_case.evidence) == 2
        assert world.store.due(make.NOW, 10) == []

    def test_a_subject_of_which_nothing_is_known_is_decided_when_asked_and_leaves_nothing(
        self, world: StoreWorld
    ) -> None:
        before = world.commits()
        watching = Watching()
        world.store.settle(session_key("nobody"), watching, make.NOW)
        assert (watching.session_case.session, watching.session_case.evidence) == (None, ())
        assert world.commits() == before
        assert world.views.explain(session_key("nobody")) is None

    def test_what_decide_raises_passes_through_and_nothing_was_written(self, world: StoreWorld) -> None:
        def crash(case: object, now: object) -> Decision:
            raise Crash

        before = world.commits()
        with pytest.raises(Crash):
            world.store.settle(S1, crash, make.NOW, (request_for("s1"),))
        assert world.commits() == before
        assert world.views.explain(S1) is None
        world.book()  # the store still works
        assert world.views.session("s1") == make.session()

    def test_derived_evidence_makes_its_subject_due(self, world: StoreWorld) -> None:
        told = ContactBooked("s1", "acme", "Carol", "carol@acme.example", None, "Europe/Berlin", "en")
        derived = make.evidence(told, "derived", subject=contact_key("carol"))
        world.book(None, derived=(derived,))
        assert world.store.due(make.NOW, 10) == [contact_key("carol")]
        watching = Watching()
        world.store.settle(contact_key("carol"), watching, make.NOW)
        case = watching.cases[0]
        assert isinstance(case, ContactCase)
        assert [item.payload for item in case.fresh] == [told]
        assert [held.id for held in case.sessions] == ["s1"]

    def test_fresh_evidence_is_due_before_reviews_and_the_oldest_first(self, world: StoreWorld) -> None:
        world.decide(company_key("acme"), review_at=make.at(-5), state=make.company())
        for number in (3, 1, 2):
            world.store.record((request_for(f"s{number}"),), make.NOW)
        expected = [session_key("s3"), session_key("s1"), session_key("s2"), company_key("acme")]
        assert world.store.due(make.NOW, 10) == expected
        assert world.store.due(make.NOW, 2) == expected[:2]

    def test_evidence_is_due_also_after_the_clock_stepped_back(self, world: StoreWorld) -> None:
        world.store.record((request_for("s1"),), make.at(60))
        assert world.store.due(make.NOW, 10) == [S1]

    def test_a_review_is_due_at_its_instant_and_not_before(self, world: StoreWorld) -> None:
        world.book(None, review_at=make.at(30))
        tick = timedelta(microseconds=1)
        assert world.store.due(make.at(30) - tick, 10) == []
        assert world.store.due(make.at(30), 10) == [S1]
        assert world.store.next_due(make.NOW) == make.at(30)

    def test_a_case_that_is_set_aside_waits_and_is_listed_and_the_rest_go_on(self, world: StoreWorld) -> None:
        world.store.record((request_for("s1"), request_for("s2")), make.NOW)
        world.store.set_aside(S1, make.at(60), "ValueError: a bug of ours")
        assert world.store.due(make.NOW, 10) == [session_key("s2")]
        world.store.record((request_for("s1", "again"),), make.at(1))
        assert world.store.due(make.at(1), 10) == [session_key("s2")]
        assert world.views.set_aside() == ((S1, make.at(60), "ValueError: a bug of ours"),)
        assert S1 in world.store.due(make.at(60), 10)

    def test_a_case_that_could_be_decided_is_aside_no_more(self, world: StoreWorld) -> None:
        world.store.set_aside(S1, make.at(60), "a bug of ours")
        world.book(now=make.at(1))
        assert world.views.set_aside() == ()
        assert world.store.due(make.at(90), 10) == []

    def test_a_booking_is_judged_by_the_terms_it_was_made_under(self, world: StoreWorld) -> None:
        world.book()
        newer = make.terms(id="newer", cancel_cutoff=timedelta(minutes=90))
        world.store.adopt(make.desk(name="Renamed"), newer, make.at(1))
        watching = Watching()
        world.store.settle(S1, watching, make.at(2))
        assert watching.session_case.terms == make.terms()
        assert watching.session_case.desk.name == "Renamed"
        world.store.settle(session_key("s2"), watching, make.at(2), (request_for("s2"),))
        assert watching.session_case.terms == newer

    def test_adopting_the_same_again_commits_nothing_and_other_numbers_need_another_id(self, world: StoreWorld) -> None:
        before = world.commits()
        world.store.adopt(make.desk(), make.terms(), make.at(1))
        assert world.commits() == before
        with pytest.raises(Misconfigured, match="other numbers"):
            world.store.adopt(make.desk(), make.terms(cancel_cutoff=timedelta(0)), make.at(1))

    def test_an_earlier_desk_can_be_adopted_again(self, world: StoreWorld) -> None:
        world.store.adopt(make.desk(name="Renamed"), make.terms(), make.at(1))
        world.store.adopt(make.desk(), make.terms(), make.at(2))
        watching = Watching()
        world.store.settle(S1, watching, make.at(3), (request_for("s1"),))
        assert watching.session_case.desk == make.desk()

    def test_companies_and_calendars_are_cases_too(self, world: StoreWorld) -> None:
        entry = make.calendar_entry()
        world.book(make.session(entry=entry))
        world.decide(company_key("acme"), state=make.company())
        world.decide(calendar_key("cal-ann"), state=CalendarState("cal-ann", error="odd"))
        watching = Watching()
        world.store.settle(company_key("acme"), watching, make.NOW)
        world.store.settle(calendar_key("cal-ann"), watching, make.NOW)
        company, calendar = watching.cases
        assert isinstance(company, CompanyCase)
        assert isinstance(calendar, CalendarCase)
        assert company.company == make.company()
        assert calendar.calendar == CalendarState("cal-ann", error="odd")
        assert [held.id for held in company.sessions] == [held.id for held in calendar.sessions] == ["s1"]

    def test_sessions_that_are_over_or_cancelled_are_no_longer_the_contacts_case(self, world: StoreWorld) -> None:
        world.book()
        links = make.evidence(LinksRequested(), "links", subject=contact_key("carol"))
        watching = Watching()
        world.store.settle(contact_key("carol"), watching, make.START + timedelta(minutes=31), (links,))
        case = watching.cases[0]
        assert isinstance(case, ContactCase)
        assert case.sessions == ()

    def test_a_restart_finds_everything(self, world: StoreWorld) -> None:
        world.book(None, make.mail_effect(), review_at=make.at(30))
        again = world.reopen()
        assert again.views.session("s1") == make.session()
        assert again.store.due(make.at(30), 10) == [S1]
        assert [claimed.effect.key for claimed in again.claim()] == [make.mail_effect().key]

    def test_a_decision_answers_its_own_case(self, world: StoreWorld) -> None:
        def astray(case: object, now: object) -> Decision:
            return replace(Decision(S1, make.NOW), subject=session_key("other"))

        with pytest.raises(ValueError, match="answers the case of"):
            world.store.settle(S1, astray, make.NOW, (request_for("s1"),))

    def test_explain_tells_evidence_decisions_and_effects_in_order(self, world: StoreWorld) -> None:
        world.book(None, make.mail_effect())
        cancel = make.evidence(make.cancel_requested(), "cancel")
        world.store.settle(S1, deciding(), make.at(5), (cancel,))
        told = world.views.explain(S1)
        assert told is not None
        assert [(item.key, when) for item, when in told.evidence] == [
            ("test/s1/book", make.NOW),
            ("test/cancel", make.at(5)),
        ]
        assert [row.decision.findings[0].rule for row in told.decisions] == ["B1", "TEST"]
        first, second = told.decisions
        seqs = [item.seq for item, _ in told.evidence]
        assert (first.evidence_upto, second.evidence_after, second.evidence_upto) == (seqs[0], seqs[0], seqs[1])
        assert {row.terms_id for row in told.decisions} == {"default"}
        assert [(row.effect.key, row.decision_id) for row in told.effects] == [(make.mail_effect().key, first.id)]

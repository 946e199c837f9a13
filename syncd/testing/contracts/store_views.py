"""Do pages and commands find what stands in the tables? (E2, E3, B5, D2)"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from syncd.domain.evidence import CompanyListed
from syncd.domain.keys import calendar_key, company_key, contact_key, session_key
from syncd.domain.people import Plan
from syncd.domain.session import SessionState
from syncd.ports.source import Batch
from syncd.ports.views import DirectoryCounts
from syncd.testing import builders as make
from syncd.testing.contracts.store_setting import S1, StoreSuite, StoreWorld


class ViewsContract(StoreSuite):
    def test_a_company_is_found_by_its_code_however_it_is_typed(self, world: StoreWorld) -> None:
        world.decide(company_key("acme"), state=make.company(code="AC-12 34"))
        for typed in ("AC-12 34", "ac1234", " a c-1-2-3-4 "):
            assert world.views.company_by_code(typed) == make.company(code="AC-12 34")
        for typed in ("ac123", "", "-"):
            assert world.views.company_by_code(typed) is None

    def test_a_code_that_moved_to_another_company_is_that_companys(self, world: StoreWorld) -> None:
        world.decide(company_key("acme"), state=make.company(code="X1"))
        world.decide(company_key("beta"), state=make.company("beta", code="x-1"))
        found = world.views.company_by_code("X1")
        assert found is not None
        assert found.id == "beta"
        assert world.views.company("acme") == make.company(code="X1")

    def test_companies_without_a_code_do_not_meet(self, world: StoreWorld) -> None:
        for company_id in ("acme", "beta"):
            world.decide(company_key(company_id), state=make.company(company_id, code=None))
        assert [found.id for found in world.views.companies()] == ["acme", "beta"]

    def test_contacts_are_found_by_address_and_by_company(self, world: StoreWorld) -> None:
        carol = make.contact(email="Carol@Acme.example")
        twin = make.contact("twin", email="carol@acme.example", company_id="beta")
        for someone in (carol, twin):
            world.decide(contact_key(someone.id), state=someone)
        assert world.views.contacts_by_email(" CAROL@acme.example ") == (carol, twin)
        assert world.views.contacts_by_email("nobody@acme.example") == ()
        assert world.views.contacts("beta") == (twin,)
        assert world.views.contacts() == (carol, twin)
        assert world.views.contact("carol") == carol
        assert world.views.contact("nobody") is None

    def test_a_changed_address_is_found_under_the_new_one_alone(self, world: StoreWorld) -> None:
        world.decide(contact_key("carol"), state=make.contact())
        world.decide(contact_key("carol"), state=make.contact(email="carol@new.example"))
        assert world.views.contacts_by_email("carol@acme.example") == ()
        assert len(world.views.contacts_by_email("carol@new.example")) == 1

    def test_the_directory_is_counted_as_it_is_listed(self, world: StoreWorld) -> None:
        world.decide(company_key("acme"), state=make.company())
        world.decide(company_key("beta"), state=make.company("beta", listed=False))
        world.decide(contact_key("carol"), state=make.contact(listed=True))
        world.decide(contact_key("dave"), state=make.contact("dave"))
        assert world.views.directory_counts() == DirectoryCounts(1, 1)

    def test_no_code_is_unknown_while_a_company_waits_to_be_taken_up(self, world: StoreWorld) -> None:
        assert not world.views.knows_companies(make.NOW)
        world.decide(company_key("acme"), state=make.company())
        assert world.views.knows_companies(make.NOW)
        for company_id in ("acme", "beta"):
            listed = CompanyListed(company_id, company_id.upper(), Plan.SUPPORT, None)
            told = make.evidence(listed, company_id, subject=company_key(company_id))
            world.store.absorb("directory", Batch((told,), cursor=company_id), make.NOW)
            assert world.views.knows_companies(make.NOW) == (company_id == "acme"), "what is known stays known"
        world.store.set_aside(company_key("beta"), make.at(60), "damaged")
        assert world.views.knows_companies(make.NOW), "what cannot be taken up closes nothing"
        world.decide(company_key("beta"), state=make.company("beta"))
        assert world.views.knows_companies(make.at(60))

    def test_sessions_over_a_span_are_the_booked_ones_by_start(self, world: StoreWorld) -> None:
        later = make.session("s2", span=make.span(make.at(60, make.START)))
        colleagues = make.session("s3", staff_id="ben", room_id="room-2")
        held = make.session("s4", state=SessionState.HELD, staff_id="chandra", room_id=None)
        for made in (later, make.session(), colleagues, held):
            world.book(made)
        day = make.span(make.START, timedelta(days=1))
        assert [found.id for found in world.views.sessions_between(day)] == ["s1", "s3", "s2"]
        assert [found.id for found in world.views.sessions_between(day, "ann")] == ["s1", "s2"]
        assert world.views.sessions_between(make.span(make.at(30, make.START))) == ()

    def test_a_contacts_sessions_are_those_that_are_not_over(self, world: StoreWorld) -> None:
        later = make.session("s2", span=make.span(make.at(60, make.START)))
        theirs = make.session("s3", staff_id="ben", room_id=None, booking=make.booking(contact_id="dave"))
        for made in (later, make.session(), theirs):
            world.book(made)
        world.decide(session_key("s2"), state=replace(later, revision=1))
        assert [found.id for found in world.views.sessions_of_contact("carol", make.NOW)] == ["s1", "s2"]
        assert [found.id for found in world.views.sessions_of_contact("carol", make.at(30, make.START))] == ["s2"]
        world.decide(S1, state=make.session(state=SessionState.CANCELLED))
        assert [found.id for found in world.views.sessions_of_contact("carol", make.NOW)] == ["s2"]

    def test_an_operator_finds_subjects_by_what_they_know(self, world: StoreWorld) -> None:
        world.book(make.session("abc123"))
        world.book(make.session("abd", staff_id="ben", room_id=None))
        world.decide(company_key("acme"), state=make.company(name="Äcme 100% Works"))
        world.decide(contact_key("carol"), state=make.contact())
        world.decide(calendar_key("cal-ann"))
        find = world.views.find_subjects
        assert find("abc123") == (session_key("abc123"),)
        assert find("ab") == (session_key("abc123"), session_key("abd"))
        assert find("ab", limit=1) == (session_key("abc123"),)
        assert find("session:abd") == (session_key("abd"),)
        assert find("Carol@acme.example") == (contact_key("carol"),)
        assert find("acme") == find("ACME1234") == find("äcme") == find("100%") == (company_key("acme"),)
        assert find("cal-ann") == (calendar_key("cal-ann"),)
        assert find("a%") == find("_bc") == find("  ") == find("nothing") == ()

    def test_what_is_not_there_is_none(self, world: StoreWorld) -> None:
        assert world.views.session("nobody") is None
        assert world.views.company("nobody") is None
        assert world.views.company("") is None
        assert world.views.explain(session_key("nobody")) is None
        assert world.views.sources() == ()
        assert world.store.source("nowhere").cursor is None
        assert world.store.next_due(make.NOW) is None

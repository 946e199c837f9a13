"""What the door answers by itself, before anything is decided."""

from __future__ import annotations

from datetime import timedelta

from syncd.domain.decision import AnswerCode
from syncd.domain.evidence import CompanyListed, Evidence
from syncd.domain.keys import company_key
from syncd.domain.people import Plan
from syncd.ports.source import Batch
from tests.simulation.runs import world
from tests.simulation.scenarios import TUE


def test_d2_no_code_is_wrong_before_the_directory_was_read() -> None:
    with world() as desk:
        assert desk.book(TUE).code is AnswerCode.DIRECTORY_UNREAD
        desk.list_company()
        assert desk.book(TUE, code="ACMI-2026").code is AnswerCode.UNKNOWN_CODE
        assert desk.book(TUE, form="form-2").code is AnswerCode.BOOKED


def test_d2_nor_while_a_company_that_the_directory_told_of_waits_to_be_taken_up() -> None:
    with world() as desk:
        desk.list_company()
        listed = CompanyListed("Beta Ltd", "BETA-2026", Plan.SUPPORT, None)
        told = Evidence("directory/beta", "directory", desk.clock.now(), listed, company_key("beta"))
        desk.store.absorb("directory", Batch((told,), cursor="1"), desk.clock.now())
        assert desk.book(TUE, code="BETA-2026").code is AnswerCode.DIRECTORY_UNREAD
        desk.run_for(timedelta(seconds=5))
        assert desk.book(TUE, code="BETA-2026").code is AnswerCode.BOOKED

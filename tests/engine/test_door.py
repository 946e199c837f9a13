"""What the door answers by itself, before anything is decided."""

from __future__ import annotations

from syncd.domain.decision import AnswerCode
from tests.simulation.runs import world
from tests.simulation.scenarios import TUE


def test_d2_no_code_is_wrong_before_the_directory_was_read() -> None:
    with world() as desk:
        assert desk.book(TUE).code is AnswerCode.DIRECTORY_UNREAD
        desk.list_company()
        assert desk.book(TUE, code="ACMI-2026").code is AnswerCode.UNKNOWN_CODE
        assert desk.book(TUE, form="form-2").code is AnswerCode.BOOKED

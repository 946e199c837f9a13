"""From what staff press to suspension and strike, and back, on the real store: each told once (S1, A9, A15)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from syncd.domain.attendance import Outcome
from syncd.domain.session import Choice
from syncd.engine.verify import verify
from tests.simulation.runs import world
from tests.standing.chain import FIRST, SECOND, Chain, whole


@pytest.fixture
def chain() -> Iterator[Chain]:
    with world() as made:
        yield Chain(made)
        assert made.reports == []


def verdict(chain: Chain, form: str) -> Outcome:
    found = chain.made.session(form).attendance.verdict
    assert found is not None
    return found.outcome


def test_warned_suspended_struck_and_all_of_it_reversed(chain: Chain) -> None:
    whole(chain)
    assert chain.letters() == ["warning", "suspension", "objection-answer", "reinstated", "reversal"]
    assert (verdict(chain, "form-1"), verdict(chain, "form-2")) == (Outcome.ATTENDED, Outcome.NO_SHOW)
    (suspension,) = chain.contact.suspensions
    assert (suspension.fee, suspension.reversed_at is not None) == ("r-1", True)
    assert [s.withdrawn_at is not None for s in chain.company.strikes] == [True]
    assert [m.id for m in chain.contact.matters] == ["fee-2", "fee-1-reversed"]
    found = verify(chain.made.store.past, chain.made.views, chain.made.decide)
    assert (found.differences, found.sessions, found.suspensions) == ((), 2, 1)


@pytest.mark.parametrize("standing", [False, True])
def test_an_objection_that_is_upheld_is_answered_by_one_letter(chain: Chain, standing: bool) -> None:
    chain.begins()
    chain.misses("form-1", FIRST)
    if standing:
        chain.misses("form-2", SECOND)
    form = "form-2" if standing else "form-1"
    before = chain.letters()
    assert before == ["warning", "suspension"][: 1 + standing]
    chain.objects(form)
    assert chain.contact.suspended_at(chain.made.clock.now()) is None, "penalties wait"
    chain.answers(form, Choice.UPHOLD)
    assert chain.letters() == [*before, "reversal"]
    assert verdict(chain, form) is Outcome.EXCUSED
    assert all(n.reversed_at for n in chain.contact.no_shows if n.session_id == chain.made.session(form).id)
    assert all(s.withdrawn_at for s in chain.company.strikes)


@pytest.mark.parametrize("late", [False, True])
def test_who_never_proved_the_address_is_told_and_bears_nothing(chain: Chain, late: bool) -> None:
    """E11: no warning of what a second one would mean, as it would mean nothing; the outcome, and the way to object."""
    chain.begins(on_file=False)
    chain.misses("form-1", FIRST)
    assert [n.counts for n in chain.contact.no_shows] == [False]
    assert chain.letters() == ["outcome"]
    if late:
        chain.is_reported(FIRST)
        assert chain.letters() == ["outcome", "outcome"]
    else:
        chain.objects("form-1")
        chain.answers("form-1", Choice.UPHOLD)
        assert chain.letters() == ["outcome", "objection-answer"]
    assert [n.reversed_at is not None for n in chain.contact.no_shows] == [True]

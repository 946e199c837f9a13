"""INV-34 to 40 over whole lives: does every reader follow a session from its booking to its end, in every recipient's
calendar?"""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.domain.session import SessionState
from tests.ical import inv
from tests.ical.conftest import Oracle
from tests.ical.lives import life, messages
from tests.ical.oracles import Understood
from tests.ical.test_oracles import agrees
from tests.messages.composing import truth

LIVES = 1000
SEEDS = st.integers(0, 2**32 - 1)
SLOW_START = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def lived(seed: int, *oracles: Oracle, checked: bool) -> int:
    """One life, read by all, and by the last of them word for word; how many mails it had."""
    play, mails = life(seed)
    boxes: dict[str, list[bytes]] = defaultdict(list)
    last: dict[str, Understood] = {}
    for mail, raw in messages(play, mails):
        boxes[mail.to.email].append(raw)
        for oracle in oracles:
            ics = inv.ics_of(raw)
            last[mail.to.email] = oracle(ics)
            word_for_word = checked and oracle is oracles[-1]
            agrees(last[mail.to.email], mail, ics if word_for_word else None)
        if checked:
            assert inv.check(raw, truth(mail, organizer=play.desk.organizer)) == []
    assert play.session is not None
    ended = play.session.state is SessionState.CANCELLED
    for email, box in boxes.items():
        assert inv.check_life(box) == [], email
        assert (last[email].status == "CANCELLED") == ended
        assert (last[email].starts_at, last[email].sequence) == (play.session.starts_at, play.session.sequence)
    return len(mails)


@given(SEEDS)
@settings(max_examples=12, deadline=None, suppress_health_check=SLOW_START)
def test_a_life_breaks_no_rule_and_every_reader_follows_it(
    libical: Oracle, icaljs: Oracle, pypi_ical: Oracle, seed: int
) -> None:
    lived(seed, libical, pypi_ical, icaljs, checked=True)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_thousand_lives_are_followed_by_every_reader(libical: Oracle, icaljs: Oracle, pypi_ical: Oracle) -> None:
    mails = sum(lived(seed, libical, icaljs, pypi_ical, checked=False) for seed in range(LIVES))
    assert mails > 4 * LIVES

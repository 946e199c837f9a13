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
from tests.ical.lives import calendar_object, life
from tests.ical.oracles import Understood
from tests.ical.test_oracles import agrees
from tests.messages.composing import composed, truth
from tests.policy.play import Play

LIVES = 1000
SEEDS = st.integers(0, 2**32 - 1)
SLOW_START = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def ended(play: Play, last: Understood) -> None:
    """What a recipient's calendar shows at last is what the session came to."""
    session = play.session
    assert session is not None
    assert (last.status == "CANCELLED") == (session.state is SessionState.CANCELLED)
    assert (last.starts_at, last.sequence) == (session.starts_at, session.sequence)


@given(SEEDS)
@settings(max_examples=12, deadline=None, suppress_health_check=SLOW_START)
def test_a_life_breaks_no_rule_and_every_reader_follows_it(
    libical: Oracle, icaljs: Oracle, pypi_ical: Oracle, seed: int
) -> None:
    play, mails = life(seed)
    boxes: dict[str, list[bytes]] = defaultdict(list)
    for mail in mails:
        raw = composed(mail, play.desk)
        boxes[mail.to.email].append(raw)
        assert inv.check(raw, truth(mail, organizer=play.desk.organizer)) == []
        ics = inv.ics_of(raw)
        agrees(libical(ics), mail)
        agrees(pypi_ical(ics), mail)
        agrees(icaljs(ics), mail, ics)  # word for word
    for box in boxes.values():
        assert inv.check_life(box) == []
        ended(play, libical(inv.ics_of(box[-1])))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_thousand_lives_are_followed_by_every_reader(libical: Oracle, icaljs: Oracle, pypi_ical: Oracle) -> None:
    count = 0
    for seed in range(LIVES):
        play, mails = life(seed)
        last: dict[str, Understood] = {}
        for mail in mails:
            ics = calendar_object(mail, play)
            for oracle in (pypi_ical, icaljs, libical):
                last[mail.to.email] = oracle(ics)
                agrees(last[mail.to.email], mail)
        count += len(mails)
        for understood in last.values():
            ended(play, understood)
    assert count > 4 * LIVES

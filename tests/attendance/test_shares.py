"""How often is nothing known, and what does a normal day cost? (ATT-15; A13: no press, no question)"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from syncd.domain.attendance import Hints, Outcome, Stage
from syncd.domain.attended import Attested
from syncd.domain.desk import Channel
from syncd.engine.links import session_token
from syncd.testing import builders as make
from tests.attendance.bench import KEYS, START, Bench, Subject, desk_with
from tests.attendance.sim_room import BOTH, Fault, Shape, SimFeed, Visit, abilities

MINUTE = timedelta(minutes=1)
SESSIONS = 120
"""About a month of a small desk."""
SHARE_MAX = 0.05


def one(random: Random, live: bool) -> tuple[Subject, bool, int]:
    """A session of an ordinary month: as judged, whether the customer came, presses by staff. One in ten stays away; of
    those who come by phone one in thirty withholds the number; one time in thirty the feed is away for a minute."""
    ability = abilities(random.choice((Shape.HISTORY, Shape.SNAPSHOT)), channels=BOTH)
    comes, mobile = random.random() < 0.9, f"+1202555{random.randint(100, 199):04d}"
    person = make.attendee(mobile=mobile)
    since = START + random.randint(-240, 300) * timedelta(seconds=1)
    hints = random.choice(
        (
            Hints(token=session_token(KEYS, "s1", person.email)),
            Hints(email=person.email),
            Hints(name=person.name),
        )
    )
    phone = random.random() < 0.3
    if phone:
        hints = Hints() if random.random() < 1 / 30 else Hints(phone_e164=mobile)
    visits = [Visit("ann", START - 4 * MINUTE, START + 31 * MINUTE, hints=Hints(email="ann@desk.example"))]
    if comes:
        channel = Channel.PHONE if phone else Channel.ONLINE
        visits.append(Visit("carol", since, START + 28 * MINUTE, channel, Stage.JOINED, hints=hints))
    feed = SimFeed(ability, {"room-1": visits})
    if random.random() < 1 / 30:
        feed.fault, feed.fault_since = Fault.DOWN, START + random.randint(-10, 10) * MINUTE
        feed.fault_until = feed.fault_since + MINUTE
    room = make.room(feeds=(ability,) if live else ())
    bench = Bench(desk_with(room), feed if live else None, step=ability.poll)
    session = make.session(booking=make.booking(booker=person), arranged_at=START - timedelta(days=3))
    subject = bench.add(session, replace(make.contact(), mobile=mobile, name=person.name))
    presses = 0
    if not live and not comes:
        presses = 1
        bench.at(START + 16 * MINUTE, lambda: bench.sees("s1", Attested("ann", "nobody", START - 15 * MINUTE)))
    bench.run(START + timedelta(hours=26))
    return subject, comes, presses


def month(live: bool, seed: int, sessions: int = SESSIONS) -> tuple[Counter[str], list[tuple[Subject, bool, int]]]:
    random = Random(seed)
    judged = [one(random, live) for _ in range(sessions)]
    return Counter(subject.verdict for subject, _, _ in judged), judged


@pytest.mark.slow
def test_with_a_live_feed_less_than_one_in_twenty_stays_undetermined() -> None:
    verdicts, judged = month(live=True, seed=1)
    assert verdicts["undetermined"] / SESSIONS < SHARE_MAX, verdicts
    assert all(comes is (subject.outcome is not Outcome.NO_SHOW) for subject, comes, _ in judged if subject.outcome), (
        verdicts
    )


def test_with_attestation_alone_an_attended_day_costs_nothing_and_a_no_show_one_press() -> None:
    verdicts, judged = month(live=False, seed=2)
    assert set(verdicts) == {"attended (presumed)", "no-show"}
    for subject, comes, presses in judged:
        assert presses == int(not comes)
        assert not subject.texts()
        assert comes is (subject.outcome is Outcome.ATTENDED)
        assert not subject.staff_mails(), "no question to staff either"
        if comes:
            assert not subject.effects


if __name__ == "__main__":
    for live in (True, False):
        counts, _ = month(live, seed=1, sessions=400)
        share = f"{counts['undetermined'] / 400:.1%} undetermined"
        print("live feed" if live else "attestation only", dict(counts), share)

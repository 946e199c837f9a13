"""Zero false no-shows (TST-3): every fault of a feed with every kind of session, over many seeds, against the truth.

    python -m tests.attendance.matrix --seeds 500

prints the confusion table: what was true, and what syncd concluded. A contact who came, or may have come, must never be
struck; one who provably did not must always be.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from syncd.domain.attendance import Hints, Outcome, Presence, Stage
from syncd.domain.attended import CustomerSaid
from syncd.domain.desk import Channel
from syncd.domain.evidence import Asked, CancelRequested, RescheduleRequested
from syncd.domain.people import Entitlement, Side
from syncd.domain.session import Session
from syncd.domain.spans import Span
from syncd.engine.links import session_token
from syncd.policy.decide import decide
from syncd.testing import builders as make
from tests.attendance.bench import KEYS, START, Bench, Decide, Subject, desk_with
from tests.attendance.sim_room import BOTH, Fault, Shape, SimFeed, Visit, abilities

MINUTE = timedelta(minutes=1)


class Kind(StrEnum):
    ONLINE = "online"
    PHONE = "phone"
    NO_MOBILE = "no mobile"
    PAID = "paid"
    SHARED = "shared room"
    OVERLAP = "overlap"
    MOVED = "moved"
    CANCELLED = "cancelled"


class Truth(StrEnum):
    CAME = "came"
    MAY_HAVE = "may have come"  # somebody was there whom nobody can name; or our own blindness
    STAYED_AWAY = "stayed away"
    OFF = "cancelled"


BLIND = frozenset({Fault.DOWN, Fault.EMPTY, Fault.STALE, Fault.WRONG_ROOM, Fault.TRUNCATED, Fault.RESTARTED})
"""With these nothing is proved, whoever came or stayed away."""


@dataclass(frozen=True)
class Result:
    fault: Fault
    kind: Kind
    shape: Shape
    seed: int
    truth: Truth
    verdict: str
    outcome: Outcome | None
    provable: bool

    @property
    def false_no_show(self) -> bool:
        return self.outcome is Outcome.NO_SHOW and (self.truth is not Truth.STAYED_AWAY or not self.provable)

    @property
    def missed(self) -> bool:
        return self.provable and self.truth is Truth.STAYED_AWAY and self.outcome is not Outcome.NO_SHOW


def play(fault: Fault, kind: Kind, seed: int, judge: Decide = decide) -> Result:
    """One session, one seed, to its verdict."""
    random = Random(f"{fault}/{kind}/{seed}")
    shape = random.choice([Shape.HISTORY, Shape.SNAPSHOT])
    scene = Scene(random, fault, kind, shape, seed)
    return scene.played(judge)


class Scene:
    """A session drawn by lot: whether the customer comes, when, how, and by what they are known."""

    def __init__(self, random: Random, fault: Fault, kind: Kind, shape: Shape, seed: int) -> None:
        self.random, self.fault, self.kind, self.shape, self.seed = random, fault, kind, shape, seed
        self.start = START + timedelta(days=1) if kind is Kind.MOVED else START
        channels = (Channel.ONLINE,) if fault is Fault.STAFF_ONLY else BOTH
        ability = abilities(shape, channels=channels)
        rooms = (make.room(feeds=(ability,)), make.room("room-2", feeds=(ability,)))
        attestation = random.random() < 0.5
        self.desk = desk_with(*rooms, attestation=attestation)
        self.visits: dict[str, list[Visit]] = {"room-1": [], "room-2": []}
        self.feed = SimFeed(ability, self.visits, fault, random=random)
        self.bench = Bench(self.desk, self.feed, step=ability.poll)
        self.subject = self._subject("s1", "carol", "acme", self._starts_first())
        self.comes = random.random() < 0.5 and kind is not Kind.CANCELLED
        self.may_have = False

    def _starts_first(self) -> datetime:
        return START

    def _subject(self, session_id: str, who: str, company: str, start: datetime) -> Subject:
        mobile = None if self.kind is Kind.NO_MOBILE else f"+1202555{self.random.randint(100, 199):04d}"
        person = replace(make.attendee(who, mobile=mobile), email=f"{who}@{company}.example")
        phone = self.kind is Kind.PHONE
        paid = Entitlement.PAID if self.kind is Kind.PAID else Entitlement.PLAN
        session = make.session(
            session_id,
            span=Span(start, start + timedelta(minutes=30)),
            type_id="phone" if phone else "online",
            channel=Channel.PHONE if phone else Channel.ONLINE,
            booking=replace(
                make.booking(booker=person, entitlement=paid), company_id=company, company_name=company, contact_id=who
            ),
            arranged_at=start - timedelta(days=3),
        )
        contact = replace(make.contact(who), company_id=company, email=person.email, mobile=mobile, name=person.name)
        return self.bench.add(session, contact)

    # -- what happens --------------------------------------------------------------------------------------------------

    def played(self, judge: Decide) -> Result:
        self.bench.decide = judge
        self._staff()
        self._fault()
        if self.kind in (Kind.SHARED, Kind.OVERLAP):
            self._neighbour()
        if self.kind is Kind.MOVED:
            self.bench.at(START - timedelta(hours=3), self._moves)
        if self.kind is Kind.CANCELLED:
            self.bench.at(START - timedelta(hours=3), self._cancels)
        if self.comes:
            self._comes()
        poll = self.start - timedelta(minutes=16)
        self.bench.run(self.start + timedelta(hours=30), poll)
        return Result(
            self.fault,
            self.kind,
            self.shape,
            self.seed,
            self._truth(),
            self.subject.verdict,
            self.subject.outcome,
            self._provable(),
        )

    def _staff(self) -> None:
        since = self.start - self.random.randint(1, 14) * MINUTE
        until = self.start + 31 * MINUTE
        ann = Visit("p-ann", since, until, hints=Hints(email="ann@desk.example", name="Ann"), presence=Presence.HOST)
        self.visits["room-1"].append(ann)
        ben = Visit("p-ben", since, until, hints=Hints(email="ben@desk.example"), presence=Presence.HOST)
        self.visits["room-2"].append(ben)
        bot = Visit("p-bot", since, until, presence=Presence.BOT, hints=Hints(name="Recorder"))
        self.visits["room-1"].append(bot)

    def _fault(self) -> None:
        random, feed = self.random, self.feed
        feed.fault_since = self.start + random.randint(-14, 6) * MINUTE
        feed.fault_until = feed.fault_since + random.randint(2, 30) * MINUTE
        if self.fault is Fault.RESTARTED or random.random() < 0.3:
            feed.fault_until = None
        if self.fault is Fault.SKEWED:
            feed.skew = random.choice((-1, 1)) * timedelta(seconds=random.randint(1, 120))
        if self.fault in (Fault.ANONYMOUS, Fault.WRONG_PIN):
            self._unnamed()

    def _unnamed(self) -> None:
        """A caller who withholds the number, or types a wrong PIN; in truth it may well be the customer."""
        stage = Stage.DIALED if self.fault is Fault.WRONG_PIN else Stage.WAITING
        since = self.start + self.random.randint(-10, 8) * MINUTE
        known = self.random.random() < 0.3
        contact = self.subject.contact
        hints = Hints(phone_e164=contact.mobile) if known and contact.mobile else Hints()
        call = Visit("p-call", since, since + 2 * MINUTE, Channel.PHONE, stage, Presence.UNKNOWN, hints, "s1")
        self.visits["room-1"].append(call)
        self.may_have = True

    def _neighbour(self) -> None:
        """Another company's session in the same room, before or at the same time; its customer may overrun, unnamed."""
        start = self.start - 30 * MINUTE if self.kind is Kind.SHARED else self.start
        other = self._subject("s2", "dave", "beta", start)
        since = start + self.random.randint(0, 3) * MINUTE
        until = start + self.random.randint(20, 40) * MINUTE
        named = self.random.random() < 0.5
        hints = Hints(email=other.contact.email) if named else Hints(name="iPhone")
        self.visits["room-1"].append(Visit("p-dave", since, until, hints=hints, customer_of="s2"))
        if not named and until > self.start - 15 * MINUTE - timedelta(seconds=30):
            self.may_have = True

    def _comes(self) -> None:
        """Between T - 15 and the close, for a minute or for the whole session."""
        random, contact = self.random, self.subject.contact
        phone = self.kind is Kind.PHONE or self.fault is Fault.STAFF_ONLY or random.random() < 0.2
        last = 9 if self.kind is Kind.NO_MOBILE else 14
        since = self.start + timedelta(seconds=random.randint(-14 * 60, last * 60))
        until = since + timedelta(seconds=random.choice((60, 120, 600, 1800)))
        channel = Channel.PHONE if phone else Channel.ONLINE
        stage = random.choice((Stage.JOINED, Stage.JOINED, Stage.WAITING))
        hints = random.choice(
            (
                Hints(token=session_token(KEYS, "s1", contact.email)),
                Hints(email=contact.email),
                Hints(email="colleague@acme.example"),
                Hints(name=contact.name),
                Hints(name="Galaxy S21"),
                Hints(),
            )
        )
        if phone and contact.mobile:
            masked = contact.mobile[:5] + "***" + contact.mobile[-4:]
            hints = random.choice((Hints(phone_e164=contact.mobile), Hints(phone_masked=masked), Hints()))
        if random.random() < 0.1 and self.fault is not Fault.HEALTHY:
            self.bench.at(since, lambda: self.bench.sees("s1", CustomerSaid("here", "link")))
        self.visits["room-1"].append(Visit("p-carol", since, until, channel, stage, hints=hints, customer_of="s1"))

    def _moves(self) -> None:
        asked = Asked("ann", Span(self.start, self.start + 30 * MINUTE), self.bench.now)
        self.bench.sees("s1", RescheduleRequested("link", Side.CUSTOMER, self.start, "ann", asked))

    def _cancels(self) -> None:
        self.bench.sees("s1", CancelRequested("link", Side.CUSTOMER))

    # -- what is true --------------------------------------------------------------------------------------------------

    def _truth(self) -> Truth:
        if self.kind is Kind.CANCELLED:
            return Truth.OFF
        if self.comes:
            return Truth.CAME
        return Truth.MAY_HAVE if self.may_have else Truth.STAYED_AWAY

    def _provable(self) -> bool:
        """Was the room watched whole, with nobody in it that could be the customer?"""
        if self.kind is Kind.CANCELLED or self.may_have or self.comes:
            return False
        if self.fault is Fault.STAFF_ONLY:
            return False  # the line is watched by nobody
        if self.fault is Fault.SKEWED:
            return abs(self.feed.skew) <= timedelta(seconds=30)
        return self.fault not in BLIND or not self._fault_touches()

    def _fault_touches(self) -> bool:
        if self.fault in (Fault.EMPTY, Fault.WRONG_ROOM):
            return True
        since, until = self.feed.fault_since, self.feed.fault_until
        assert since is not None
        if self.fault is Fault.TRUNCATED or self.fault is Fault.DOWN or self.fault is Fault.STALE:
            # A history closes its gaps when it answers again before the verdict; a snapshot never does.
            return self.shape is Shape.SNAPSHOT or until is None
        return True


def confusion(results: list[Result]) -> str:
    """Rows: fault and truth; columns: what was concluded."""
    columns = ["attended", "attended (presumed)", "no-show", "undetermined", "none"]
    rows: dict[tuple[str, str], Counter[str]] = {}
    for result in results:
        rows.setdefault((result.fault, result.truth), Counter())[result.verdict] += 1
    lines = [f"{'feed':<18}{'truth':<16}" + "".join(f"{c:>20}" for c in columns)]
    for (fault, truth), counts in sorted(rows.items()):
        lines.append(f"{fault:<18}{truth:<16}" + "".join(f"{counts[c]:>20}" for c in columns))
    false, missed = sum(r.false_no_show for r in results), sum(r.missed for r in results)
    provable = sum(r.provable for r in results)
    lines.append(f"{len(results)} sessions; false no-shows: {false}; provable ones: {provable}, missed: {missed}")
    return "\n".join(lines)


def run(seeds: range, judge: Decide = decide) -> list[Result]:
    return [play(fault, kind, seed, judge) for fault in Fault for kind in Kind for seed in seeds]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="seeds for each fault and kind of session")
    parser.add_argument("--first", type=int, default=0)
    given = parser.parse_args()
    results = run(range(given.first, given.first + given.seeds))
    print(confusion(results))
    bad = [r for r in results if r.false_no_show or r.missed]
    for result in bad[:20]:
        print(result)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())


__all__ = ["Kind", "Result", "Session", "Truth", "confusion", "play", "run"]

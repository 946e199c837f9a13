"""Whatever happens in whatever order, the ledger is what a second reckoning from the evidence says; once each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.domain.evidence import ContactDelisted, Payload, StaffAnswered
from syncd.domain.letters import Letter
from syncd.domain.people import Reinstatement
from syncd.domain.session import Choice
from syncd.domain.standing import (
    AddressProved,
    NoShowContested,
    NoShowReversed,
    Reinstated,
    StrikeGiven,
    StrikeWithdrawn,
)
from syncd.domain.terms import Terms
from tests.standing.play import Ledger, no_show

START = datetime(2027, 8, 20, 3, 30, tzinfo=UTC)
ZONES = ("America/New_York", "Europe/Berlin", "Asia/Kolkata", "Pacific/Apia")
TERMS = (
    Terms(id="default"),
    Terms(id="strict", suspension_days=14, no_show_months=1, reinstatement=Reinstatement.PAYMENT),
    Terms(id="lenient", no_shows=3, no_show_months=12, reinstatement=Reinstatement.WAIT),
)
SESSIONS = [f"s{n}" for n in range(7)]
DAYS = st.sampled_from([0, 1, 2, 27, 28, 29, 30, 31, 59, 60, 61, 90, 180])

Step = tuple[str, int, str, str, str]
steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("miss", "miss", "miss", "miss", "paid-miss", "hand-over", "reverse", "hold", "resume"),
                *("pay", "wrong-pay", "lift", "suspend", "leave", "reinstate", "prove", "delist"),
            ]
        ),
        DAYS,
        st.sampled_from(SESSIONS),
        st.sampled_from(ZONES),
        st.sampled_from([terms.id for terms in TERMS]),
    ),
    max_size=25,
)


def payload(step: Step, ledger: Ledger) -> Payload | None:
    what, _, session_id, zone, terms_id = step
    open_ = {m.about: m.id for m in ledger.matters}
    match what:
        case "miss" | "paid-miss":
            starts_at = ledger.now - timedelta(hours=2)
            return no_show(session_id, starts_at, zone=zone, terms_id=terms_id, counts=what == "miss")
        case "reverse":
            return NoShowReversed(session_id, "a report")
        case "hold":
            return NoShowContested(session_id)
        case "resume":
            return NoShowContested(session_id, settled=True)
        case "pay":
            return Reinstated("payment", f"r-{zone}", 10_000)
        case "wrong-pay":
            return Reinstated("payment", f"w-{zone}", 4_000)
        case "lift":
            return Reinstated("staff", staff_id="dana", reason="a storm")
        case "prove":
            return AddressProved("an accepted invitation")
        case "delist":
            return ContactDelisted()
        case "suspend" | "leave" if "second-no-show" in open_:
            return StaffAnswered(open_["second-no-show"], Choice(what), "dana")
        case "reinstate" if "fee" in open_:
            return StaffAnswered(open_["fee"], Choice.REINSTATE, "dana")
    return None


@settings(max_examples=60, deadline=None)
@given(steps)
def test_the_ledger_is_what_the_evidence_says(script: list[Step]) -> None:
    ledger = Ledger(now=START, terms=TERMS[0], others=TERMS[1:])
    ledger.sees(AddressProved("a press on a mailed link"))
    for step in script:
        ledger.now += timedelta(days=step[1], minutes=7)
        if step[0] == "hand-over":
            ledger.hand_over()
        elif (one := payload(step, ledger)) is not None:
            ledger.sees(one)
    made = ledger.contact.suspensions
    assert [
        (s.session_id, s.session_ids, s.started_at, s.ends_at, s.lifted_at, s.reversed_at, s.held_at) for s in made
    ] == [
        (p.session_id, p.session_ids, p.started_at, p.ends_at, p.lifted_at, p.reversed_at, p.held_at)
        for p in ledger.reckoned()
    ]
    once_each(ledger)


def once_each(ledger: Ledger) -> None:
    """One notice and one strike a suspension, one withdrawal a reversal, and no no-show in two that stand (S3)."""
    made = ledger.contact.suspensions
    derived = [e.payload for d in ledger.decisions for e in d.derived]
    assert sum(isinstance(p, StrikeGiven) for p in derived) == len(made)
    assert sum(isinstance(p, StrikeWithdrawn) for p in derived) == sum(s.reversed_at is not None for s in made)
    assert len(ledger.letters(Letter.SUSPENSION)) == len(made)
    spent = [one for s in made if s.reversed_at is None for one in s.session_ids]
    assert len(spent) == len(set(spent))
    keys = [e.key for d in ledger.decisions for e in d.derived]
    assert len(keys) == len(set(keys))

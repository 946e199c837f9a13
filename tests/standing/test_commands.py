"""The operator's hands on standing: every act through the door, answered, explained, and worded for the customer."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.domain.attendance import Attendance, Outcome, Verdict
from syncd.domain.decision import Decision
from syncd.domain.evidence import CompanyListed, ContactListed, EffectDone, Evidence, Payload
from syncd.domain.keys import CaseKey, company_key, contact_key, session_key
from syncd.domain.people import Plan, Side
from syncd.domain.session import SessionState
from syncd.domain.spans import Span
from syncd.domain.standing import NoShowConfirmed
from syncd.policy.decide import decide
from syncd.runtime import operating
from syncd.runtime.bootstrap import System
from syncd.testing import builders as make
from tests.cli.conftest import Command, call, config, quiet_log, run

__all__ = ["call", "config", "quiet_log", "run"]
EMAIL = "carl@acme.example"


@pytest.fixture
def desk(config: Path, run: Command) -> Command:
    """A desk with one company and one contact, who missed two sessions and is suspended."""
    assert run("migrate").code == 0
    assert run("tick").code == 0
    configuration = operating.configured(config, os.environ)
    with operating.system_of(configuration, operating.report) as system:
        now = system.clock.now()

        def settle(key: CaseKey, payload: Payload, name: str) -> None:
            item = Evidence(name, "test", now, payload, key)
            decision = system.store.settle(key, decide, now, (item,)).decision
            assert decision is not None
            for effect in decision.effects:
                receipt = EffectDone(effect.key, effect.kind, 0)
                system.store.settle(
                    key, decide, now, (Evidence(f"r/{effect.key}", "test", now - timedelta(days=40), receipt, key),)
                )

        settle(company_key("acme"), CompanyListed("Acme Ltd", "ACME-1", Plan.SUPPORT, None), "company")
        settle(contact_key("carl"), ContactListed("acme", "Carl", EMAIL, None, "Europe/Berlin", "de"), "contact")
        for number, days in enumerate((50, 20)):
            said = NoShowConfirmed(
                f"s{number}", "acme", now - timedelta(days=days), "Europe/Berlin", True, configuration.terms.id
            )
            settle(contact_key("carl"), said, f"missed-{number}")
        for key in system.store.due(now, 10):
            system.store.settle(key, decide, now)
    return run


def test_what_stands_is_listed_lifted_and_blocked_with_a_reason(desk: Command) -> None:
    listed = desk("strikes", "list")
    assert "Acme Ltd" in listed.out
    assert EMAIL in listed.out
    assert json.loads(desk("strikes", "list", "--json").out)[0]["counting"] == 1
    assert desk("strikes", "lift", EMAIL, "--reason", " ").code == 1
    assert "a storm" not in desk("explain", EMAIL).out
    assert desk("strikes", "lift", EMAIL, "--reason", "a storm").code == 0
    assert desk("strikes", "lift", EMAIL, "--reason", "a storm").code == 1, "there is nothing left to lift"
    assert "lifted by staff: a storm" in desk("explain", EMAIL).out
    assert desk("strikes", "block", "Acme Ltd", "--reason", "they shout").code == 0
    assert "they shout" in desk("strikes", "list").out
    assert desk("strikes", "unblock", "acme", "--reason", "they apologised").code == 0
    wrong = desk("strikes", "block", "acme", "--reason", "x", "--by", "nobody")
    assert (wrong.code, "staff member" in wrong.err) == (1, True)


def test_a_missed_session_is_waived_and_what_came_of_it_is_undone(desk: Command, config: Path) -> None:
    with operating.system_of(operating.configured(config, os.environ), operating.report) as system:
        missed(system, "s1")
    assert desk("strikes", "waive", "s1", "--reason", " ").code == 1
    waived = desk("strikes", "waive", "s1", "--reason", "our link was dead")
    assert (waived.code, "excused" in waived.out) == (0, True), waived
    assert desk("strikes", "waive", "nothing", "--reason", "x").code == 1
    assert desk("tick").code == 0
    told = desk("explain", EMAIL).out
    assert "no-show-reversed" in told
    assert "its suspension is void" in told
    assert "our link was dead" in desk("explain", "session:s1").out
    assert json.loads(desk("strikes", "list", "--json").out)[0]["counting"] == 0


def missed(system: System, session_id: str) -> None:
    """The session of a no-show that stands in the contact's ledger, as it came to be."""
    now, terms = system.clock.now(), system.configuration.terms
    starts_at = now - timedelta(days=20)
    booking = make.booking(company_id="acme", contact_id="carl", booker=make.attendee("carl", email=EMAIL))
    verdict = Verdict(Outcome.NO_SHOW, starts_at + timedelta(hours=2), Side.SYNCD, "A7")
    attendance = Attendance(starts_at, closed_at=starts_at, verdict=verdict, no_shows=1, in_ledger=True)
    session = make.session(
        session_id, booking=booking, attendance=attendance, terms_id=terms.id, room_id=None, state=SessionState.ENDED
    )
    session = replace(session, span=Span(starts_at, starts_at + timedelta(minutes=30)))
    seen = Evidence("made", "test", now, make.cancel_requested(), session_key(session_id))
    system.store.settle(session_key(session_id), lambda case, at: Decision(case.key, at, state=session), now, (seen,))


def test_a_payment_lifts_it_once_and_a_second_is_put_before_a_person(desk: Command) -> None:
    first = desk("strikes", "reinstate", EMAIL, "--reference", "R-1")
    assert (first.code, "lifted, and the contact is told" in first.out) == (0, True)
    assert desk("strikes", "reinstate", EMAIL, "--reference", "R-1").code == 0, "the same press, the same answer"
    second = desk("strikes", "reinstate", EMAIL, "--reference", "R-2")
    assert (second.code, "before a person" in second.out) == (0, True)
    assert "paid for already" in desk("explain", EMAIL).out


def test_what_the_customer_is_told_is_in_their_language_and_without_our_words(desk: Command) -> None:
    told = desk("explain", EMAIL, "--customer").out
    assert "Kostenlose Termine sind für Sie bis zum Ende von" in told
    assert "100 USD zahlen" in told
    for ours in ("contact:", "terms-", "S1", "suspend", "syncd", "spent"):
        assert ours not in told
    assert "Strikes that count" in desk("explain", "Acme Ltd", "--customer").out
    assert desk("explain", "calendar:nothing", "--customer").code == 1


def test_a_penalty_whose_session_is_not_in_the_record_does_not_verify(desk: Command) -> None:
    found = desk("verify")
    assert found.code == 1
    assert "session:s0" in found.out
    assert json.loads(desk("verify", "--json").out)["differences"] != []


def test_other_terms_from_a_file(desk: Command, tmp_path: Path) -> None:
    file = tmp_path / "next.toml"
    file.write_text("[terms]\nno_shows = 3\n")
    shown = desk("replay", "--terms", str(file), "--since", "2020-01-01", "--html", str(tmp_path / "page.html"))
    assert shown.code == 0
    assert "no_shows: 2 → 3" in shown.out
    assert "cannot foresee" in shown.out
    assert "<svg" in (tmp_path / "page.html").read_text()
    file.write_text("[terms]\nno_shows = 0\n")
    refused = desk("replay", "--terms", str(file), "--since", "2020-01-01")
    assert (refused.code, "terms.no_shows" in refused.err) == (3, True)
    csv = tmp_path / "report.csv"
    assert desk("report", "--csv", str(csv)).code == 0
    assert csv.read_text().startswith("table,of,attended")

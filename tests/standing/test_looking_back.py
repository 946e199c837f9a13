"""Verification, other terms and figures over a past that the store itself has written."""

from __future__ import annotations

import csv
import io
import shutil
import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.cli import pictures
from syncd.domain.terms import Terms
from syncd.engine.report import Report, report
from syncd.engine.verify import verify
from syncd.engine.whatif import LEDGER_TERMS, only_the_ledgers_differ, what_if
from syncd.policy.decide import decide, decide_session
from syncd.ports.past import Course
from syncd.store.codec import CONTACT
from syncd.store.sql_store import SqlStore, open_store
from syncd.web.report import as_csv
from tests.standing.history import FIRST

SINCE = FIRST - timedelta(days=2)
NOW = FIRST + timedelta(days=200)
AS_IT_IS = replace(Terms(), id="other")


def test_every_penalty_of_the_past_follows_from_its_evidence(past: SqlStore) -> None:
    found = verify(past.past, past.views, decide)
    assert found.differences == ()
    assert found.suspensions >= 3
    assert found.sessions >= 2 * found.suspensions


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("UPDATE case_ SET state = replace(state, '\"lifted_at\":null', '\"lifted_at\":\"2026-01-02T00:00:00+00:00\"') "
         "WHERE kind = 'contact'", "lifted_at"),
        ("UPDATE case_ SET state = replace(state, '\"strikes\":[{', '\"strikes\":[],\"gone\":[{') "
         "WHERE kind = 'company'", "strike by session"),
        ("UPDATE evidence SET payload = replace(payload, '\"says\":\"nobody\"', '\"says\":\"online\"') "
         "WHERE kind = 'attested'", "decision of"),
        ("DELETE FROM evidence WHERE kind = 'no-show-confirmed'", "suspension by session"),
    ],
)  # fmt: skip
def test_what_does_not_follow_is_found(past_file: Path, tmp_path: Path, damage: str, says: str) -> None:
    copy = tmp_path / "copy.db"
    shutil.copy(past_file, copy)
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute(damage).rowcount > 0
        connection.commit()
    store = open_store(f"sqlite:///{copy}")
    found = verify(store.past, store.views, decide)
    store.close()
    assert any(says in one.what for one in found.differences)


def test_the_same_terms_make_no_difference(past: SqlStore) -> None:
    """Also where every session is decided again: one setting differs, by nothing that anybody met."""
    for terms in (AS_IT_IS, replace(AS_IT_IS, deletions_held_min=7)):
        found = what_if(past.past, past.views, terms, Terms(), SINCE, NOW, decide)
        assert (found.before, found.changes) == (found.after, ())
        assert all(before == after for _, before, after in found.outcomes)
        assert found.before.suspensions >= 3


def test_milder_terms_lift_what_they_would_have_spared(past: SqlStore) -> None:
    terms = replace(AS_IT_IS, no_shows=3, suspension_days=30)
    quick = what_if(past.past, past.views, terms, Terms(), SINCE, NOW, decide)
    assert quick.after.suspensions < quick.before.suspensions
    assert quick.after.days < quick.before.days / 2
    assert quick.after.strikes == quick.after.suspensions
    slow = what_if(past.past, past.views, replace(terms, deletions_held_min=7), Terms(), SINCE, NOW, decide)
    assert (slow.after, slow.changes) == (quick.after, quick.changes), "deciding sessions again comes to the same"


def test_an_earlier_close_strikes_nobody_whom_the_record_does_not_show_absent(past: SqlStore) -> None:
    """Who came after it is presumed to have been there, and a press later than ten minutes after it is none (A13)."""
    terms = replace(AS_IT_IS, close_without_mobile=timedelta(minutes=2))
    found = what_if(past.past, past.views, terms, Terms(), SINCE, NOW, decide)
    outcomes = {name: (before, after) for name, before, after in found.outcomes}
    assert outcomes["attended"][1] > outcomes["attended"][0]
    assert 0 < outcomes["no-show"][1] < outcomes["no-show"][0]
    assert all(change.after.no_shows <= change.before.no_shows for change in found.changes)


def test_a_what_if_writes_nothing(past: SqlStore) -> None:
    with past.database.read() as connection:
        before = connection.exec_driver_sql("SELECT total_changes(), (SELECT count(*) FROM decision)").one()
    what_if(past.past, past.views, replace(AS_IT_IS, no_shows=1), Terms(), SINCE, NOW, decide)
    with past.database.read() as connection:
        after = connection.exec_driver_sql("SELECT total_changes(), (SELECT count(*) FROM decision)").one()
    assert before == after


def test_no_rule_about_a_session_decides_by_the_terms_of_the_ledgers(past: SqlStore) -> None:
    """Else sessions could not be taken as they were where only these differ."""
    numbers: dict[str, Any] = {n: 1 for n in LEDGER_TERMS if n.endswith(("days", "months", "shows", "told"))}
    other = Terms(id="default", **numbers)
    assert only_the_ledgers_differ(other, Terms())
    compared = 0
    for course in past.past.courses(SINCE, (), lambda outline, told: True):
        for recorded in course.cases or ():
            before = recorded.state_before()
            usual = decide_session(recorded.load(before, Terms()), recorded.decided_at)
            under = decide_session(recorded.load(before, other), recorded.decided_at)
            assert (usual.state, usual.claims, usual.derived, usual.answers, usual.review_at) == (
                (under.state, under.claims, under.derived, under.answers, under.review_at)
            )
            compared += 1
    assert compared > 150


def test_who_was_seen_in_time_is_not_judged_again(past: SqlStore) -> None:
    """Most of a year: what was told of them suffices, and their decisions are not read."""
    terms, unread = replace(AS_IT_IS, close_without_mobile=timedelta(minutes=8)), 0

    class Watched:
        def __getattr__(self, name: str) -> object:
            return getattr(past.past, name)

        def courses(self, *asked: object) -> Iterator[Course]:
            nonlocal unread
            for course in past.past.courses(*asked):  # type: ignore[arg-type]
                unread += course.cases is None
                assert course.told or course.cases is not None
                yield course

    what_if(Watched(), past.views, terms, Terms(), SINCE, NOW, decide)  # type: ignore[arg-type]
    attended = past.views.figures(SINCE, NOW)
    assert unread > 8
    assert unread <= attended.judged - attended.by_word


def figures(past: SqlStore) -> Report:
    return report(past.past.sessions(SINCE, NOW), SINCE, NOW, "Europe/Berlin", str)


def test_the_figures_add_up_in_every_table(past: SqlStore) -> None:
    found = figures(past)
    sessions = list(past.past.sessions(SINCE, NOW))
    assert found.total.judged + found.total.cancelled == len(sessions)
    missed = sum(1 for contact in past.views.contacts() for n in contact.no_shows if n.reversed_at is None)
    assert found.total.no_show == missed
    for rows in (found.weeks, found.companies, found.staff, found.hours):
        assert sum(count.judged for _, count in rows) == found.total.judged
        assert sum((count.saved for _, count in rows), timedelta()) == found.total.saved
    let_go = [s for s in sessions if s.attendance.released_at == s.starts_at + timedelta(minutes=10)]
    ends_early = [s for s in let_go if not s.attendance.overturned]
    assert 0 < len(ends_early) < missed, "a word after the close lets nobody go at it"
    assert found.total.saved == len(ends_early) * timedelta(minutes=20)


def test_csv_and_page_hold_what_the_table_says(past: SqlStore) -> None:
    found = figures(past)
    rows = list(csv.DictReader(io.StringIO(as_csv(found))))
    assert {row["table"] for row in rows} == {"all", "week", "company", "staff", "hour"}
    assert int(rows[0]["no_show"]) == found.total.no_show
    page = pictures.report(found)
    drawings = [ET.fromstring(part.partition("</svg>")[0].join(("<svg", "</svg>"))) for part in page.split("<svg")[1:]]
    assert all(one.tag == "svg" for one in drawings)
    assert "<script" not in page
    assert "https://" not in page


def test_a_name_is_no_formula_and_no_markup(past: SqlStore) -> None:
    sessions = [
        replace(s, booking=s.booking and replace(s.booking, company_name="=cmd|' /C calc'!A0<b>"))
        for s in past.past.sessions(SINCE, NOW)
    ]
    found = report(sessions, SINCE, NOW, "UTC", str)
    assert "\n=cmd" not in as_csv(found)
    assert ",'=cmd" in as_csv(found)
    assert "<b>" not in pictures.report(found)


def test_a_contact_of_an_earlier_version_is_read() -> None:
    """Ledgers as they were written before they had days, fees and questions."""
    old = '{"id":"c","company_id":"a","name":"C","email":"c@a.example","suspensions":[{"started_at":' \
          '"2026-01-01T00:00:00+00:00","ends_at":"2026-03-03T00:00:00+00:00"}]}'  # fmt: skip
    contact = CONTACT.load(old)
    assert contact.suspended_at(datetime(2026, 2, 1, tzinfo=UTC)) is not None
    assert (contact.fees, contact.matters, contact.no_shows) == ((), (), ())

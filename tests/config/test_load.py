"""A configuration is read whole; every mistake in it is named at once, with its place, what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.config import load as config_load
from syncd.config.problems import Severity, did_you_mean
from syncd.domain.people import Plan
from tests.config.good import Catalogue, good, judged

Change = Callable[[dict[str, Any]], Any]


def test_what_is_right_becomes_settings_with_the_defaults_filled_in() -> None:
    loaded = judged(good())
    assert loaded.problems == ()
    found = loaded.settings
    assert found is not None
    assert found.terms.cancel_cutoff == timedelta(minutes=65)
    assert found.terms.free_plans == (Plan.SUPPORT, Plan.MAINTENANCE)
    assert found.types[0].length == timedelta(minutes=30)
    assert [h.weekday for h in found.staff[0].hours] == [0, 1, 2, 3, 4]
    assert [c.name for c in found.connectors] == ["cal", "mail", "rooms"]


@pytest.mark.parametrize(
    ("change", "path", "says"),
    [
        (lambda d: d["desk"].update(naem="x"), "desk.naem", "“name”"),
        (lambda d: d["desk"].pop("organizer"), "desk.organizer", "is missing"),
        (lambda d: d.pop("desk"), "desk", "is missing"),
        (lambda d: d.update(desks={}), "desks", "“desk”"),
        (lambda d: d["desk"].update(base_url="http://desk.example"), "desk.base_url", "not https"),
        (lambda d: d["desk"].update(zone="Europe/Berln"), "desk.zone", "Europe/Berlin"),
        (lambda d: d["desk"].update(locale="xx"), "desk.locale", "no words"),
        (lambda d: d["desk"].update(organizer="support"), "desk.organizer", "no e-mail address"),
        (lambda d: d["desk"].update(marks={"tags": "#x"}), "desk.marks.tags", "“tag”"),
        (lambda d: d["desk"].update(name="Sup\nport"), "desk.name", "line break"),
        (lambda d: d.update(terms={"cancel_cutof": "1 h"}), "terms.cancel_cutof", "cancel_cutoff"),
        (lambda d: d.update(terms={"hold": "10"}), "terms.hold", "65 min"),
        (lambda d: d.update(terms={"hold": "0 s"}), "terms.hold", "longer than nothing"),
        (lambda d: d.update(terms={"deletions_held_share": 25}), "terms.deletions_held_share", "quarter"),
        (lambda d: d.update(terms={"reminders": ["2 h", "2 h"]}), "terms.reminders", "twice"),
        (lambda d: d.update(terms={"reminders": ["2 h", "soon"]}), "terms.reminders[1]", "no duration"),
        (lambda d: d.update(terms={"free_plans": ["gold"]}), "terms.free_plans[0]", "maintenance"),
        (lambda d: d["staff"][1].update(zone="IST"), "staff[1].zone", "no time zone"),
        (lambda d: d["staff"][1].update(hours={"mon": "9-5"}), "staff[1].hours", "are no hours"),
        (lambda d: d["staff"][1].update(holidays=["christmas"]), "staff[1].holidays[0]", "date"),
        (lambda d: d["staff"][1].update(id="dana"), "staff[1].id", "taken by staff[0]"),
        (lambda d: d["staff"][1].update(email="DANA@desk.example"), "staff[1].email", "staff[0]"),
        (lambda d: d["staff"][1].update(email="Support@desk.example"), "staff[1].email", "is desk.organizer"),
        (lambda d: d["staff"][1]["calendar"].update(address="/dana/"), "staff[1].calendar", "bound by staff[0]"),
        (lambda d: d["staff"][1]["calendar"].update(connector="call"), "staff[1].calendar.connector", "“cal”"),
        (lambda d: d["staff"][1]["calendar"].update(connector="mail"), "staff[1].calendar.connector", "mail-out"),
        (lambda d: d["staff"][0]["reads"][0].update(address="/ravi/"), "staff[0].reads[0]", "calendar of staff[1]"),
        (lambda d: d["staff"][0].update(reads=d["staff"][0]["reads"] * 2), "staff[0].reads[1]", "twice"),
        (lambda d: d.update(staff=[]), "type[0].staff[0]", "no staff member “dana”"),
        (lambda d: d.pop("staff"), "staff", "there is none"),
        (lambda d: d.update(staff={"id": "dana"}), "staff", "[[staff]]"),
        (lambda d: d["type"][0].update(staff=["dina"]), "type[0].staff[0]", "“dana”"),
        (lambda d: d["type"][0].update(channel="video"), "type[0].channel", "online"),
        (lambda d: d["type"][0].update(horizon="1 h"), "type[0].horizon", "nothing to book"),
        (lambda d: d["connector"][0].update(kind="davv"), "connector[0].kind", "“dav”"),
        (lambda d: d["connector"][0].update(ulr="x"), "connector[0].ulr", "“url”"),
        (lambda d: d["connector"][0].update(password="x"), "connector[0].password", "credential files"),
        (lambda d: d["connector"][0].pop("url"), "connector[0].url", "is missing"),
        (lambda d: d["connector"].pop(1), "connector", "none of them sends mail"),
        (lambda d: d["connector"].append({"name": "mail2", "kind": "post", "url": "x"}), "connector", "all send mail"),
        (lambda d: d["connector"][1].update(name="cal"), "connector[1].name", "taken by connector[0]"),
        (lambda d: d.update(engine={"lease": "30 s"}), "connector[1].timeout_seconds", "make engine.lease longer"),
        (lambda d: d["connector"][0].update(timeout_seconds=120), "connector[0].timeout_seconds", "taken for lost"),
        (lambda d: d.update(web={"port": 70_000}), "web.port", "65535"),
        (lambda d: d.update(log={"level": "loud"}), "log.level", "warning"),
        (lambda d: d.update(store="sqlite"), "store", "is no table"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_what_to_do(change: Change, path: str, says: str) -> None:
    document = good()
    change(document)
    loaded = judged(document)
    assert loaded.settings is None
    found = [p for p in loaded.problems if p.path == path and p.severity is Severity.ERROR]
    assert found, loaded.problems
    assert any(says in f"{p.what} {p.hint}" for p in found), found


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["staff"][0].update(zone="Nowhere"),
        lambda d: d["connector"][0].update(ulr="x"),
        lambda d: d["connector"][1].update(kind="nothing"),
        lambda d: d["desk"].update(zone=1),
    ],
)
def test_one_mistake_is_one_problem(change: Change) -> None:
    document = good()
    change(document)
    assert len(judged(document).problems) == 1


def test_a_mistake_in_every_table_is_named_in_one_go() -> None:
    document = good()
    document["desk"]["zone"] = "Berlin"
    document["terms"] = {"hold": "x"}
    document["staff"][0]["email"] = "dana"
    document["staff"][1]["hours"] = {"mon": "12:00-10:00"}
    document["type"][0]["staff"] = ["nobody"]
    document["connector"][0]["kind"] = "davv"
    document["web"] = {"host": 1}
    paths = [p.path for p in judged(document).problems]
    assert paths == [
        "desk.zone",
        "terms.hold",
        "web.host",
        "staff[0].email",
        "staff[1].hours",
        "connector[0].kind",
        "type[0].staff[0]",
    ]


def _pushed(**tables: dict[str, Any]) -> Change:
    def change(document: dict[str, Any]) -> None:
        document["connector"][0]["push"] = True
        for name, values in tables.items():
            document.setdefault(name, {}).update(values)

    return change


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda d: d["desk"].pop("operator_email"), "desk.operator_email"),
        (lambda d: d["desk"].pop("portal_hint"), "desk.portal_hint"),
        (lambda d: d["staff"][0].pop("hours"), "staff[0].hours"),
        (lambda d: d["type"][0].update(notice="1 h"), "type[0].notice"),
        (_pushed(desk={"base_url": "http://127.0.0.1:8000"}), "connector[0].push"),
        (_pushed(web={"enabled": False}), "connector[0].push"),
    ],
)
def test_what_works_but_perhaps_not_as_meant_is_a_warning(change: Change, path: str) -> None:
    document = good()
    change(document)
    loaded = judged(document)
    assert loaded.settings is not None
    assert [(p.path, p.severity) for p in loaded.problems] == [(path, Severity.WARNING)]


def test_a_calendar_that_is_only_read_holds_no_sessions() -> None:
    document = good()
    document["connector"].append({"name": "ics", "kind": "feed", "url": "https://feed.example"})
    document["staff"][0]["reads"] = [{"connector": "ics", "address": "holidays"}]
    assert judged(document).problems == ()
    document["staff"][1]["calendar"]["connector"] = "ics"
    (problem,) = judged(document).problems
    assert problem.path == "staff[1].calendar.connector"
    assert "only read" in problem.what


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"[desk\n", "line 1"),
        (b"[desk]\nname = \xff\n", "not UTF-8"),
        (b"a = " + b"[" * 20_000, "nested"),
        (b"#" * (config_load.FILE_BYTES_MAX + 1), "larger"),
    ],
)
def test_a_file_that_is_no_toml_is_one_problem_with_a_hint(raw: bytes, says: str) -> None:
    (problem,) = config_load.load(raw, Catalogue()).problems
    assert says in problem.what
    assert problem.hint


def test_a_file_that_is_not_there_says_where_to_begin(tmp_path: Path) -> None:
    (problem,) = config_load.load_file(tmp_path / "none.toml", Catalogue()).problems
    assert problem.path == str(tmp_path / "none.toml")
    assert "config.example.toml" in problem.hint


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)
tables = st.sampled_from(["desk", "terms", "staff", "type", "topic", "connector", "store", "web", "log", "engine", "x"])


@settings(max_examples=40)
@given(st.dictionaries(tables, values | st.lists(st.dictionaries(st.sampled_from(["id", "name", "kind"]), values))))
def test_no_document_breaks_the_reading(document: dict[str, Any]) -> None:
    loaded = judged(good() | document)
    assert (loaded.settings is None) is any(p.severity is Severity.ERROR for p in loaded.problems)
    assert all(p.what for p in loaded.problems)


def test_a_hint_names_the_nearest_word_or_the_few_there_are() -> None:
    assert did_you_mean("organiser", ["organizer", "name"]) == "did you mean “organizer”?"
    assert did_you_mean("xyz", ["b", "a"]) == "known are a, b"
    assert did_you_mean("xyz", [str(n) for n in range(1000, 1100)]) == ""

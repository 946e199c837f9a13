"""One value has one text, and the text gives the value back, also to a later version."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.domain.absence import Absence, LeftAlone
from syncd.domain.decision import CalendarState, Claim, Decision, Finding, State
from syncd.domain.effect import EffectBody
from syncd.domain.evidence import Payload
from syncd.domain.keys import CaseKind, session_key
from syncd.domain.money import Amount, Catalogue, Fee
from syncd.domain.request import Request
from syncd.domain.spans import Span
from syncd.store.codec import (
    CONTACT,
    DECISION,
    DESK,
    EFFECT_BODY,
    PAYLOAD,
    SESSION,
    STATES,
    TERMS,
    Codec,
    UnreadableRow,
)
from syncd.testing import builders as make

_zones = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-11))])
_instants = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=_zones)
_lengths = st.timedeltas(timedelta(minutes=1), timedelta(days=9))
_spans = st.builds(lambda starts_at, length: Span(starts_at, starts_at + length), _instants, _lengths)

st.register_type_strategy(datetime, _instants)
st.register_type_strategy(Span, _spans)
st.register_type_strategy(Amount, st.builds(Amount, st.integers(0, 10**9), st.sampled_from(["USD", "EUR"])))


@pytest.mark.parametrize("payload", get_args(Payload), ids=lambda payload: payload.__name__)
def test_every_kind_of_evidence_is_read_back(payload: type[Any]) -> None:
    @settings(max_examples=10, deadline=None)
    @given(st.from_type(payload))
    def read_back(value: Any) -> None:
        text = PAYLOAD.dump(value)
        assert PAYLOAD.load(text) == value
        assert PAYLOAD.dump(PAYLOAD.load(text)) == text

    read_back()


@pytest.mark.parametrize("body", get_args(EffectBody), ids=lambda body: body.__name__)
def test_every_body_of_an_effect_is_read_back(body: type[Any]) -> None:
    @settings(max_examples=5, deadline=None)
    @given(st.from_type(body))
    def read_back(value: Any) -> None:
        assert EFFECT_BODY.load(EFFECT_BODY.dump(value)) == value

    read_back()


@pytest.mark.parametrize("state", [make.session(), make.company(), make.contact(), CalendarState("cal")])
def test_a_decision_knows_which_state_it_holds(state: State) -> None:
    found = (Finding("B1", "so", (("a", "1"),)),)
    made = Decision(session_key("s1"), make.NOW, found, state, make.claims_of(make.session()))
    assert DECISION.load(DECISION.dump(made)) == made
    assert type(DECISION.load(DECISION.dump(made)).state) is type(state)


def test_every_kind_of_case_has_a_codec_of_its_state() -> None:
    states: dict[CaseKind, State] = {
        CaseKind.SESSION: make.session(),
        CaseKind.COMPANY: make.company(plan_until=date(2027, 1, 1)),
        CaseKind.CONTACT: make.contact(),
        CaseKind.CALENDAR: CalendarState("cal"),
        CaseKind.CATALOGUE: Catalogue((), (Fee("online", date(2027, 1, 1), Amount(9_900)),)),
        CaseKind.STAFF: Absence("ann", (("cal-ann", make.span()),), ("s1",), (LeftAlone("s1", make.START),)),
        CaseKind.REQUEST: Request("r1", "mail", "sam@example.org", make.NOW),
    }
    assert set(states) == set(CaseKind)
    for kind, state in states.items():
        assert STATES[kind].load(STATES[kind].dump(state)) == state


def test_desk_and_terms_are_read_back() -> None:
    assert DESK.load(DESK.dump(make.desk())) == make.desk()
    assert TERMS.load(TERMS.dump(make.terms())) == make.terms()


def test_one_instant_has_one_text_whatever_its_zone() -> None:
    berlin = make.START.astimezone(ZoneInfo("Europe/Berlin"))
    assert SESSION.dump(make.session(dtstamp=berlin)) == SESSION.dump(make.session(dtstamp=make.START))


def test_a_time_without_a_zone_is_not_stored() -> None:
    with pytest.raises(ValueError, match="names no zone"):
        SESSION.dump(make.session(dtstamp=datetime(2026, 1, 1)))


def test_the_text_is_ascii_and_compact() -> None:
    text = CONTACT.dump(make.contact(name="Zoë\x00\ud800"))
    assert text.isascii()
    assert ": " not in text
    assert CONTACT.load(text).name == "Zoë\x00\ud800"


def test_a_field_that_a_later_version_added_takes_its_default_and_an_unknown_one_is_left_out() -> None:
    data = json.loads(CONTACT.dump(make.contact()))
    del data["suspensions"]
    assert CONTACT.load(json.dumps({**data, "invented_later": 1})) == make.contact()


@pytest.mark.parametrize(
    "change",
    [
        {"email": None},
        {"email": 5},
        {"listed": 1},
        {"suspensions": {}},
        {"suspensions": [{"started_at": "2026-01-01T00:00:00", "ends_at": "2026-01-02T00:00:00+00:00"}]},
        {"suspensions": [{"started_at": "yesterday", "ends_at": "2026-01-02T00:00:00+00:00"}]},
    ],
    ids=repr,
)
def test_what_is_of_another_shape_is_unreadable(change: dict[str, Any]) -> None:
    data = json.loads(CONTACT.dump(make.contact()))
    with pytest.raises(UnreadableRow, match="cannot be read as Contact") as failure:
        CONTACT.load(json.dumps({**data, **change}))
    assert "doctor" in failure.value.hint


@pytest.mark.parametrize("text", ["", "{", "null", "[]", '{"id":"x"}', '"text"', "[" * 100_000], ids=lambda t: t[:12])
def test_damaged_text_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableRow):
        CONTACT.load(text)


@pytest.mark.parametrize("kind", ["unheard-of", "", None])
def test_an_unknown_kind_of_evidence_is_unreadable(kind: str | None) -> None:
    with pytest.raises(UnreadableRow):
        PAYLOAD.load(json.dumps({"kind": kind}))


def test_what_breaks_a_rule_of_its_type_is_unreadable() -> None:
    data = json.loads(SESSION.dump(make.session()))
    data["span"] = {"starts_at": data["span"]["ends_at"], "ends_at": data["span"]["starts_at"]}
    with pytest.raises(UnreadableRow, match="cannot be read as Session: ValueError"):
        SESSION.load(json.dumps(data))


def test_plain_values_keep_their_exact_size() -> None:
    moment = replace(make.member().hours[0], opens=time(8, 30, 0, 1))
    desk = make.desk(staff=(make.member(hours=(moment,), holidays=(date(2026, 12, 24),)),))
    assert DESK.load(DESK.dump(desk)) == desk
    tiny = make.terms(hold=timedelta(microseconds=1), deletions_held_share=1 / 3)
    assert TERMS.load(TERMS.dump(tiny)) == tiny


def test_a_type_without_a_text_is_refused() -> None:
    with pytest.raises(TypeError, match="no codec"):
        Codec[set[int]](set[int]).dump({1})
    assert Codec[Claim](Claim).load(Codec[Claim](Claim).dump(Claim("staff:ann", make.span()))).resource == "staff:ann"

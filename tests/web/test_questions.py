"""Staff answer by a signed link: GET shows, POST answers, and what is settled is told so (N8, K9, CAL-7)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.domain.effect import EffectKind
from syncd.domain.evidence import DeletionReported, EffectDone, EntryGone, LookAnswered
from syncd.domain.keys import calendar_key, session_key
from syncd.domain.session import EntryRef, SessionState, Signature
from tests.web.house import House


def vanished(house: House, token: str) -> str:
    """The session's event was written, and is now gone two hours before the start: the link of the question (K9)."""
    session = house.session(token)
    put = next(r.effect for r in house.store.views.outbox() if r.effect.kind is EffectKind.CALENDAR_PUT)
    ref = EntryRef("cal-dana", "event-1", "v1")
    shown = Signature(session.starts_at, session.ends_at, "confirmed", "")
    key = session_key(session.id)
    house.tell(key, EffectDone(put.key, put.kind, put.revision, ref, shown, recipient=put.recipient))
    house.clock.advance_to(session.starts_at - timedelta(minutes=90))
    house.tell(key, EntryGone(ref, "tombstone"))
    house.tell(key, LookAnswered("look", "gone"))
    (question,) = house.session(token).questions
    return "/q/" + house.keys.sign("question", key, question.id, question.to)


def test_a_vanished_event_is_shown_with_what_can_be_answered(house: House) -> None:
    token = house.booked(issue="Prints twice.")
    page = house.get(vanished(house, token))
    assert page.heading == "Did you mean to cancel this session?"
    for part in ("A question for Dana Doe", "Acme Ltd: Carl Customer", "Prints twice.", "07:45 EST", "put it back"):
        assert part in page.words
    assert house.session(token).state is SessionState.BOOKED
    assert house.session(token).questions, "opening the link answers nothing (C7)"


@pytest.mark.parametrize(("choice", "state"), [("cancel", SessionState.CANCELLED), ("restore", SessionState.BOOKED)])
def test_an_answer_counts_once_and_is_thanked_for(house: House, choice: str, state: SessionState) -> None:
    token = house.booked()
    page = house.get(vanished(house, token))
    done = page.press(choice=choice)
    assert done.status == 303
    assert house.session(token).state is state
    assert "is recorded" in done.follow().heading
    assert page.press(choice=choice).status == 303, "the same press is the same act"
    late = house.get(page.path)
    assert late.heading == "This question has been settled"
    other = page.press(choice="restore" if choice == "cancel" else "cancel")
    assert house.session(token).state is state
    assert other.status in (303, 409)


def test_two_open_pages_give_one_answer(house: House) -> None:
    token = house.booked()
    address = vanished(house, token)
    one, two = house.get(address), house.get(address)
    one.press(choice="restore")
    late = two.press(choice="cancel")
    assert late.status == 409
    assert late.heading == "This question has been settled"
    assert house.session(token).state is SessionState.BOOKED


def test_deletions_on_hold_are_asked_about_together(house: House) -> None:
    sessions = [house.session(house.booked(n * 8)) for n in range(2)]
    for session in sessions:
        house.tell(calendar_key("cal-dana"), DeletionReported(session.id, session.starts_at))
        house.clock.advance(timedelta(seconds=1))
    page = house.get("/q/" + house.keys.sign("question", calendar_key("cal-dana"), "held-1", "dana"))
    assert page.heading == "Did you mean to delete all these sessions?"
    assert page.words.count("Acme Ltd: Carl Customer") == 2
    assert "No, put them back" in page.words
    assert page.press(choice="restore").status == 303


def test_unknown_broken_and_foreign_question_links_get_the_one_404(house: House) -> None:
    token = house.booked()
    good = vanished(house, token)
    key = session_key(house.session(token).id)
    bad = [
        "/q/x",
        good[:-1],
        "/q/" + token,
        "/q/" + house.keys.sign("question", key, "q"),
        "/q/" + house.keys.sign("question", key, "q", "nobody"),
    ]
    assert {house.get(path).text for path in bad} == {house.get("/s/x").text}
    gone = house.get("/q/" + house.keys.sign("question", "session:unknown", "q", "dana"))
    assert gone.heading == "This question has been settled"
    assert house.get("/q/" + house.keys.sign("question", "nonsense", "q", "dana")).heading == gone.heading


@pytest.mark.parametrize("fields", [{"other": "x"}, {"choice": "cancel"}, {"choice": "explode"}, {"press": "forged"}])
def test_an_answer_that_our_page_did_not_send_does_nothing(house: House, fields: dict[str, str]) -> None:
    token = house.booked()
    page = house.get(vanished(house, token))
    sent = fields if fields != {"choice": "explode"} else page.fields() | fields
    assert house.post(page.path, sent).status == 403
    assert house.session(token).questions


def test_the_choice_whose_link_was_followed_stands_first_and_is_not_made(house: House) -> None:
    token = house.booked()
    address = vanished(house, token)
    for choice, other in (("cancel", "restore"), ("restore", "cancel")):
        text = house.get(f"{address}?choice={choice}").text
        assert text.index(f'value="{choice}"') < text.index(f'value="{other}"')
    assert house.session(token).questions

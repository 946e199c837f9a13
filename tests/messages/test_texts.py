"""What a text says: two parts at most, the code in each, instants, and no word that a carrier acts on (SMS-6, C9)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncd.domain.correspondence import Candidate
from syncd.domain.effect import CustomerText, StaffText
from syncd.domain.keys import session_key
from syncd.domain.letters import StaffLetter, TextLetter
from syncd.domain.phrases import TAUGHT, Wish, read_words
from syncd.domain.session import Question, QuestionKind
from syncd.messages import texts
from syncd.messages.catalogue import available
from syncd.messages.parts import Links
from syncd.ports.connector import Role
from syncd.runtime.registry import Registry
from tests.messages import samples

PAGE = "https://support.example.com/s/" + "x" * 86
LINKS = Links(PAGE, f"{PAGE}/cancel", f"{PAGE}/reschedule", f"{PAGE}/restore", "https://support.example.com/book")
STARTS_AT = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
FACTS = replace(samples.FACTS, starts_at=STARTS_AT, ends_at=STARTS_AT + timedelta(minutes=30), code="4821")
LETTERS = [letter for letter in TextLetter if letter is not TextLetter.OPTED_OUT]
TAGS = sorted(available())


def text(letter: TextLetter, tag: str = "en", **changes: Any) -> CustomerText:
    until = STARTS_AT + timedelta(minutes=15)
    needs = letter in (
        TextLetter.ARE_YOU_COMING,
        TextLetter.STILL_THERE,
        TextLetter.TOO_LATE,
        TextLetter.SHIFTED,
    )
    one = Candidate("s1", "4821", STARTS_AT, "America/New_York")
    made = CustomerText(
        letter=letter,
        number="+12125550123",
        locale=tag,
        zone="America/New_York",
        code="4821",
        issued_at=STARTS_AT,
        facts=None if letter in (TextLetter.WHICH_ONE, TextLetter.UNKNOWN) else FACTS,
        email="carol@acme.example",
        until=until if needs else None,
        candidates=(one, replace(one, code="1234"), replace(one, code="0001"))
        if letter is TextLetter.WHICH_ONE
        else (),
    )
    return replace(made, **changes)


def said(letter: TextLetter, tag: str = "en", **changes: Any) -> str:
    return texts.words(text(letter, tag, **changes), LINKS, samples.DESK)


VARIANTS: list[dict[str, Any]] = [
    {},
    {"until": STARTS_AT + timedelta(minutes=15)},
    {"facts": replace(FACTS, text_until=STARTS_AT - timedelta(minutes=30))},
]


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("letter", LETTERS)
def test_every_text_fits_two_parts_and_carries_the_code(letter: TextLetter, tag: str) -> None:
    for changes in VARIANTS:
        if letter in (TextLetter.WHICH_ONE, TextLetter.UNKNOWN) and changes:
            continue
        words = said(letter, tag, **changes)
        assert texts.parts(words) <= 2, words
        assert "4821" in words or letter is TextLetter.UNKNOWN
        assert "{" not in words


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("letter", LETTERS)
def test_no_text_teaches_a_word_on_which_a_carrier_acts(letter: TextLetter, tag: str) -> None:
    registry = Registry()
    acted = set()
    for kind in registry.kinds():
        manifest = registry.manifest(kind)
        if manifest.role is Role.TEXTS:
            acted |= set(KEYWORDS[kind])
    assert acted >= {"cancel", "stop"}
    words = said(letter, tag)
    assert words.strip(" .!").casefold() not in acted
    shouted = {word.casefold() for word in re.findall(r"\b[A-ZÄÖÜ]{2,}\b", words)}
    assert shouted & acted == set(), "a word in capitals is one that people send back"


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("kind", list(QuestionKind))
def test_a_question_to_staff_fits_two_parts_with_its_link(kind: QuestionKind, tag: str) -> None:
    link = "https://support.example.com/q/" + "x" * 150
    desk = replace(samples.DESK, locale=tag)
    question = Question("q", kind, "ann", (), STARTS_AT)
    for facts, about in ((replace(FACTS, company_name="A company of quite a long name"), ""), (None, "x" * 60)):
        for repeated in (False, True):
            asked = StaffText(
                StaffLetter.QUESTION,
                "ann",
                "+12125550171",
                "America/New_York",
                STARTS_AT,
                question,
                session_key("s1"),
                facts,
                about,
                repeated,
            )
            words = texts.words_to_staff(asked, link, desk)
            assert texts.parts(words) <= 2, words
            assert words.endswith(link)
            assert "{" not in words


def _keywords() -> dict[str, tuple[str, ...]]:
    """Every texts connector's, so that a new one is held against the wordings too."""
    from connectors.text_sink import translate as sink
    from connectors.twilio.keywords import LONG_CODE, TOLL_FREE

    return {"text_sink": tuple(sink.KEYWORDS), "twilio": (*LONG_CODE, *TOLL_FREE)}


KEYWORDS = _keywords()


def test_what_is_taught_is_understood_and_harmless() -> None:
    for wish, words in TAUGHT.items():
        for word in words:
            assert read_words(word).wish is wish
            assert read_words(f"{word} 4821") == replace(read_words(word), code="4821")
            assert all(word.casefold() not in keywords for keywords in KEYWORDS.values())


def test_the_question_prints_when_the_wait_ends_in_the_readers_zone() -> None:
    words = said(TextLetter.ARE_YOU_COMING)
    assert "10:15 EST" in words
    assert "Reply 1" in words


def test_move_prints_the_link_that_rebooks() -> None:
    assert f"{PAGE}/reschedule" in said(TextLetter.MOVE)


def test_which_one_lists_each_with_its_code_and_time() -> None:
    words = said(TextLetter.WHICH_ONE)
    assert "4821, Tue 1 Dec, 10:00 EST" in words
    assert "1234, " in words


@pytest.mark.parametrize(
    ("name", "shown"), [("Zoë Müller", "Zoe Müller"), ("Łukasz — “Lu”", 'Łukasz - "Lu"'), ("x" * 60, "x" * 25 + "...")]
)
def test_names_are_spelled_in_the_alphabet_of_texts_where_they_can_be(name: str, shown: str) -> None:
    assert shown in said(TextLetter.FREED, facts=replace(FACTS, staff_name=name))


@pytest.mark.parametrize(
    ("words", "parts"),
    [("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2),
     ("日" * 70, 1), ("日" * 71, 2)],
)  # fmt: skip
def test_parts_are_counted_as_carriers_do(words: str, parts: int) -> None:
    assert texts.parts(words) == parts


@pytest.mark.parametrize(
    ("body", "wish", "code"),
    [
        ("C 4821", Wish.CANCEL, "4821"),
        ("c4821", Wish.CANCEL, "4821"),
        ("4821 move", Wish.MOVE, "4821"),
        ("#4821", Wish.OTHER, "4821"),
        ("DON’T CANCEL", Wish.OTHER, ""),
        ("cancel 48210", Wish.OTHER, ""),
        ("Ｋｅｅｐ！", Wish.KEEP, ""),
        ("ÜBERMORGEN?", Wish.OTHER, ""),
        ("termin  absagen…", Wish.CANCEL, ""),
        ("", Wish.OTHER, ""),
        ("c" * 100_000, Wish.OTHER, ""),
    ],
)
def test_words_are_exact_phrases_once_tidied(body: str, wish: Wish, code: str) -> None:
    found = read_words(body)
    assert (found.wish, found.code) == (wish, code)


def test_a_picture_is_words() -> None:
    assert read_words("cancel", media=1).wish is Wish.OTHER

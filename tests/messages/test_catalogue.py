"""Are all words there, in every language? What one locale says, every other says with the same blanks to fill."""

from __future__ import annotations

import re
import string
from itertools import product

import pytest

from syncd.domain.decision import ACCEPTED, AnswerCode
from syncd.domain.letters import STANDING_LETTERS, Cause, Letter, StaffLetter
from syncd.domain.session import Choice, QuestionKind
from syncd.messages import customer, standing
from syncd.messages.catalogue import Locale, available, locale
from tests.messages import samples

ENGLISH = locale("en")
OPTIONAL = ("zones.", "cities.")  # names that a language has of its own


def blanks(pattern: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(pattern) if name}


LOCALES = [locale(tag) for tag in sorted(available())]


@pytest.mark.parametrize("words", LOCALES, ids=lambda w: w.tag)
def test_every_locale_has_every_word_with_the_same_blanks(words: Locale) -> None:
    wanted = {key for key in ENGLISH.words if not key.startswith(OPTIONAL)}
    assert {key for key in words.words if not key.startswith(OPTIONAL)} == wanted
    assert {key: blanks(words.words[key]) for key in wanted} == {key: blanks(ENGLISH.words[key]) for key in wanted}
    assert {key: len(values) for key, values in words.lists.items()} == {k: len(v) for k, v in ENGLISH.lists.items()}


def test_french_signs_stand_behind_a_space_that_does_not_break() -> None:
    loose = {key for key, said in locale("fr").words.items() if re.search(r"[^\u00a0][:;?!](\s|$)", said)}
    assert loose == set()


@pytest.mark.parametrize("words", LOCALES, ids=lambda w: w.tag)
def test_every_locale_tells_the_kinds_of_mail_apart_by_the_first_word(words: Locale) -> None:
    kinds = [words.words[f"subject.{letter}"].split(":")[0] for letter in ("invitation", "update", "cancellation")]
    assert len(set(kinds)) == 3


@pytest.mark.parametrize(
    ("tag", "spoken"),
    [("de", "de"), ("de-CH", "de"), ("DE_at", "de"), ("en-US", "en-US"), ("en-us", "en-US"), ("tlh", "en"), ("", "en"),
     ("../../etc", "en"), ("de-DE-1996", "de")],
)  # fmt: skip
def test_a_language_tag_finds_its_words(tag: str, spoken: str) -> None:
    assert locale(tag).tag == spoken


@pytest.mark.parametrize("letter", sorted(set(Letter) - STANDING_LETTERS))
def test_every_letter_has_words_for_every_cause(letter: Letter) -> None:
    facts = None if letter in customer.REQUEST_LETTERS | {Letter.LINKS, Letter.CODE} else samples.FACTS
    if letter in customer.CALL_LETTERS:
        facts = samples.CALL_FACTS
    for cause, tag in product(Cause, ("en", "de", "es", "fr")):
        mail = samples.mail(letter, cause, facts, samples.after_attendee(locale=tag))
        parts = customer.render(mail, samples.LINKS, samples.DESK)
        assert parts.lang == tag
        for text in (parts.subject, parts.text, parts.html.partition("<body")[2], parts.description):
            assert "{" not in text, "a blank that nobody filled in"


def test_every_letter_about_standing_has_its_words() -> None:
    assert {mail.letter for mail in samples.standing_mails().values()} == STANDING_LETTERS
    for tag in ("en", "de"):
        for mail in samples.standing_mails(samples.after_attendee(locale=tag)).values():
            links = {past.session_id: samples.LINKS for past in mail.sessions}
            parts = standing.render(mail, links, samples.LINKS.book, samples.DESK)
            assert parts.lang == tag
            assert "{" not in parts.subject + parts.text + parts.html.partition("<body")[2]


def test_every_refusal_has_its_reason_and_every_question_and_notice_its_words() -> None:
    refusals = set(AnswerCode) - ACCEPTED
    told = {code for code in refusals if f"reason.{code}" in ENGLISH.words}
    assert {AnswerCode.TOO_LATE} <= refusals - told, "told by its own letter"
    assert "reason.other" in ENGLISH.words
    for topic in [f"question.{kind}" for kind in QuestionKind] + [
        x for x in StaffLetter if x is not StaffLetter.QUESTION
    ]:
        for table in ("staff_subject", "staff_headline", "staff_lead"):
            assert f"{table}.{topic}" in ENGLISH.words
    assert {f"choice.{choice}" for choice in Choice} <= set(ENGLISH.words)

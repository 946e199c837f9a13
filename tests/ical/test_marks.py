"""What staff mark, and whom they name, is read from words alone (K7, K8)."""

from __future__ import annotations

import pytest

from syncd.domain.desk import Marks
from syncd.ical import marks

MARKS = Marks()


@pytest.mark.parametrize(
    ("title", "notes", "categories", "found"),
    [
        ("Support: Upgrade", "", (), "Upgrade"),
        ("  support:   Upgrade  now ", "", (), "Upgrade now"),
        ("Upgrade #session", "", (), "Upgrade"),
        ("Upgrade (#Session)!", "", (), "Upgrade"),
        ("Upgrade", "please\n#session.", (), "Upgrade"),
        ("Upgrade", "", ("support  SESSION",), "Upgrade"),
        ("Upgrade", "", ("Other",), None),
        ("Unsupported: lunch", "", (), None),
        ("Upgrade #sessions", "see x#session", (), None),
        ("", "", (), None),
    ],
)
def test_any_one_mark_suffices_and_is_taken_off_the_title(
    title: str, notes: str, categories: tuple[str, ...], found: str | None
) -> None:
    assert marks.marked_title(MARKS, title, notes, categories) == found


def test_a_mark_that_is_not_configured_marks_nothing() -> None:
    assert marks.marked_title(Marks("", "", ""), "Upgrade", "", ("",)) is None


def test_addresses_come_once_each_and_in_order() -> None:
    text = "Ask <Dora@Acme.Example> or carl@acme.example. dora@acme.example; not@home, @x.example"
    assert marks.emails_in(text) == ("dora@acme.example", "carl@acme.example")


def test_words_that_may_be_codes_have_a_digit_or_are_capitals() -> None:
    assert marks.codes_in("for ACME-4711 by carl99@acme.example, see TEAM b2b Upgrade") == ("ACME-4711", "TEAM", "b2b")


def test_tags_are_words_of_their_own() -> None:
    assert marks.tags_in("#Attended #late15 x#no &#39; https://x.example/#top #attended") == ("#attended", "#late15")


def test_there_is_a_limit_on_everything() -> None:
    many = " ".join(f"a{n}@x.example B{n} #t{n}" for n in range(5000))
    assert len(marks.emails_in(many)) == marks.EMAILS_MAX
    assert len(marks.codes_in(many)) == marks.CODES_MAX
    assert len(marks.tags_in("#tag" + " #tag".join(f"{n}" for n in range(500)))) <= marks.TAGS_MAX

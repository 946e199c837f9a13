"""Do the mails still say what was last found good? Bytewise.

New wording: `python -m tests.messages.refresh`, and look at the difference.
"""

from __future__ import annotations

import pytest

from syncd.domain.letters import Letter
from tests.messages import golden, refresh

WANTED = dict(golden.everything())


@pytest.mark.parametrize("name", WANTED)
def test_a_mail_is_byte_for_byte_as_it_was_found_good(name: str) -> None:
    assert (golden.GOLDEN / name).read_bytes() == WANTED[name]


def test_no_golden_mail_is_left_over() -> None:
    assert {f"{path.parent.name}/{path.name}" for path in golden.GOLDEN.glob("*/*")} == set(WANTED)


def test_every_letter_has_a_golden_mail() -> None:
    assert set(golden.WHOLE.values()) == {*Letter}


def test_the_template_is_made_from_its_source() -> None:
    assert (refresh.TEMPLATES / "mail.html").read_text("utf-8") == refresh.template()

"""Does our block keep to its place in a body, whatever programs have made of it? CAL-16."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.msgraph import body
from syncd.ical.staff_event import BLOCK_BEGINS, BLOCK_ENDS

BLOCK = "Company: Acme & Söhne <GmbH>\nJoin: https://meet.example/j/1?a=1&b=2\nConference ID: 500 554 261#"
_VOID = ("br", "hr", "img", "meta")


class Balance(HTMLParser):
    """Are the tags that a body opens closed again, in order?"""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.broken = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.broken = True


def balanced(content: str) -> bool:
    found = Balance()
    found.feed(content)
    found.close()
    return not found.broken and not found.open


OUTLOOK = (
    "<html><head><style>p {color: red}</style></head><body><p class=MsoNormal>before</p>"
    "<div><p class='MsoNormal'><span>=====&nbsp;syncd: these lines\r\n are kept up to date =====</span></p>"
    "<p>Company: <b>Old</b> &amp; Co</p></div><div><p>===== syncd: your own notes are safe outside =====<br></p></div>"
    "<p>after</p></body></html>"
)
AS_WE_WROTE = body.new_body("Old")
BODIES = {
    "as-we-wrote-it": (AS_WE_WROTE, "html"),
    "as-outlook-rewrote-it": (OUTLOOK, "html"),
    "notes-alone": ("<html><body><p>jotting</p></body></html>", "html"),
    "no-body-tag": ("<p>jotting</p>", "html"),
    "empty": ("", "html"),
    "text": ("jotting", "text"),
    "text-with-a-block": (f"before\r\n{BLOCK_BEGINS}\r\nOld\r\n{BLOCK_ENDS}\r\nafter", "text"),
    "half-a-block": (f"<body>{BLOCK_BEGINS}<br>jotting</body>", "html"),
    "two-blocks": (f"<body>{AS_WE_WROTE[12:-14]}<p>jotting</p>{AS_WE_WROTE[12:-14]}</body>", "html"),
}


@pytest.mark.parametrize("which", BODIES)
def test_the_block_stands_once_and_says_what_it_should(which: str) -> None:
    content, kind = BODIES[which]
    once = body.with_block(content, kind, BLOCK)
    assert body.says(once, kind, BLOCK)
    assert body.block_in(body.text_of(once, kind)) == BLOCK
    again = body.with_block(once, kind, "Newer")
    assert body.says(again, kind, "Newer")
    assert "Acme" not in again
    assert body.text_of(again, kind).count("Newer") == 1


@pytest.mark.parametrize("which", BODIES)
def test_all_around_the_block_stays(which: str) -> None:
    content, kind = BODIES[which]
    written = body.with_block(content, kind, BLOCK)
    for word in ("before", "after", "jotting", "<style>p {color: red}</style>", "class=MsoNormal"):
        assert (word in written) is (word in content)
    assert "Old" not in written
    if which not in ("no-body-tag", "empty", "text", "text-with-a-block"):
        assert balanced(written) is balanced(content)


def test_what_staff_wrote_is_read_without_the_block() -> None:
    written = body.with_block(OUTLOOK, "html", BLOCK)
    assert body.notes_in(body.text_of(written, "html")).split() == ["before", "after"]


def test_scripts_styles_and_comments_are_not_read() -> None:
    content = "<style>a</style><script>b</script><!-- c --><title>d</title><p>seen&nbsp;it</p>"
    assert body.text_of(content, "html") == "seen it"


_PIECES = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<div>", "</div>", "<b>", "</b>", "<br>", "x", "&amp;", "<!-- y -->", BLOCK_BEGINS, BLOCK_ENDS]
    ),
    max_size=14,
).map("".join)


@given(_PIECES, st.sampled_from(["html", "text"]))
def test_a_body_that_is_written_says_so_and_writing_it_again_changes_nothing(content: str, kind: str) -> None:
    once = body.with_block(content, kind, BLOCK)
    assert body.says(once, kind, BLOCK)
    twice = body.with_block(once, kind, BLOCK)
    assert body.text_of(twice, kind) == body.text_of(once, kind)
    assert body.with_block(twice, kind, BLOCK) == twice


@given(_PIECES)
def test_no_tag_outside_the_block_is_lost(content: str) -> None:
    """What was balanced stays balanced, wherever in the tags the markers stand."""
    if balanced(content):
        assert balanced(body.with_block(content, "html", BLOCK))

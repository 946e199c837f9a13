"""What does a description say, and how do we write into it? Our block between its markers, staff's notes around it.

CAL-16. Google keeps a description as it was sent, shows it as HTML, and its own editor turns line breaks into <br>: so
the markers hold no character that HTML would change, and both spellings are read.
"""

from __future__ import annotations

import html
import re

BLOCK_BEGINS = "===== syncd: these lines are kept up to date ====="
BLOCK_ENDS = "===== syncd: your own notes are safe outside ====="

_BLOCK = re.compile(
    r"=+ syncd: these lines are kept up to date =+(.*?)=+ syncd: your own notes are safe outside =+", re.DOTALL
)
_MARKER = re.compile(r"=+ (syncd: (?:these lines are kept|your own notes are safe))")
_BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li|h[1-6]|tr)>", re.IGNORECASE)
_NAMES = (
    "a|abbr|b|blockquote|br|code|div|em|font|h[1-6]|hr|html-blob|i|img|li|ol|p|pre|s|small|span|strong|sub|sup|table|"
    "tbody|td|tr|u|ul|wbr"
)
_TAG = re.compile(rf"</?(?:{_NAMES})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_MAILTO = re.compile(r'href="mailto:([^"?<>\s]+)', re.IGNORECASE)
_BLANK_BREAKS = re.compile(r"\A(?:\s|<br\s*/?>)+|(?:\s|<br\s*/?>)+\Z", re.IGNORECASE)


def notes_of(description: str) -> str:
    """What staff wrote, as plain text, without our block; addresses behind links included."""
    rest = _BLOCK.sub("\n", description)
    linked = [html.unescape(each) for each in _MAILTO.findall(rest)]
    text = plain(rest)
    return "\n".join([text, *(each for each in linked if each.casefold() not in text.casefold())])


def block_of(description: str) -> str | None:
    """Our block as plain text; None where it is not there."""
    found = _BLOCK.search(description)
    return None if found is None else plain(found[1])


def with_block(description: str, block: str) -> str:
    """The description with our block in its old place, or after the notes; the notes stay as they are."""
    as_html = bool(_TAG.search(_BLOCK.sub("", description)))
    ours = _spelled(f"{BLOCK_BEGINS}\n{_harmless(block).strip()}\n{BLOCK_ENDS}", as_html)
    if _BLOCK.search(description):
        return _BLOCK.sub(lambda _: ours, description, count=1)
    notes = _BLANK_BREAKS.sub("", description)
    return f"{notes}{'<br><br>' if as_html else chr(10) * 2}{ours}" if notes else ours


def says(description: str, block: str) -> bool:
    """Does it hold exactly this block already, in whatever spelling?"""
    present = block_of(description)
    return present is not None and len(_BLOCK.findall(description)) == 1 and present.split() == _harmless(block).split()


def plain(text: str) -> str:
    """HTML or not, as plain text."""
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", text))).replace("\u00a0", " ").strip()


def _harmless(block: str) -> str:
    """What customers typed ends no block: else their #tags would be read as staff's."""
    return _MARKER.sub(r"\1", block)


def _spelled(text: str, as_html: bool) -> str:
    """As text that reads the same whether it is taken for HTML or not, wherever there is such a spelling."""
    if as_html or "<" in text or html.unescape(text) != text:
        text = html.escape(text, quote=False)
    return text.replace("\n", "<br>") if as_html else text

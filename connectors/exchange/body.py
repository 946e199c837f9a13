"""How does our block stand in an event's text? Between markers, in plain text or in HTML; the rest is staff's (CAL-16).

Outlook rewrites HTML freely, yet keeps words in their order. So the markers are found in the source, what was said
between them goes, and every byte outside stays. Pure.
"""

from __future__ import annotations

import re

from syncd.ical.staff_event import BLOCK_BEGINS, BLOCK_ENDS


def _marker(line: str) -> str:
    """The line, however its blanks were wrapped and its rules shortened."""
    return r"={0,9}\s?" + r"\s{1,9}".join(re.escape(word) for word in line.strip("= ").split()) + r"\s?={0,9}"


_BLOCK = re.compile(rf"{_marker(BLOCK_BEGINS)}(.*?){_marker(BLOCK_ENDS)}", re.DOTALL)
_TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
_LINE_BREAK = re.compile(r"<br\b[^>]*>", re.IGNORECASE)
_BODY_ENDS = re.compile(r"</body\b", re.IGNORECASE | re.ASCII)
_NOTHING_IN_IT = re.compile(r"<([a-z][\w:]*)\b[^>]*></\1\s*>", re.IGNORECASE)


def notes_in(text: str) -> str:
    """A plain text without our block."""
    return _BLOCK.sub("", text).strip()


def says(text: str, block: str) -> bool:
    """Does our block in this plain text say so already, white space aside?"""
    found = _BLOCK.findall(text)
    return len(found) == 1 and found[0].split() == block.split()


def with_block(body: str, kind: str, block: str) -> str:
    """The body with our block in its old place, or after the notes. `kind` is Text or HTML."""
    lines = [BLOCK_BEGINS, *block.strip().split("\n"), BLOCK_ENDS]
    return _in_html(body, lines) if kind == "HTML" else _in_text(body, lines)


def _in_text(text: str, lines: list[str]) -> str:
    text, ours = text.replace("\r\n", "\n"), "\n".join(lines)
    if _BLOCK.search(text):
        return _BLOCK.sub(lambda _: ours, text, count=1)
    return f"{text.rstrip()}\n\n{ours}" if text.strip() else ours


def _in_html(source: str, lines: list[str]) -> str:
    ours = "<br>".join(_escaped(line) for line in lines)
    if _BLOCK.search(source):
        return _BLOCK.sub(lambda found: ours + _tags_left(found[1]), source, count=1)
    ends = [found.start() for found in _BODY_ENDS.finditer(source)]
    outside = (at for at in reversed(ends) if source.rfind("<!--", 0, at) <= source.rfind("-->", 0, at))
    at = next(outside, len(source))
    return f"{source[:at]}<p>{ours}</p>{source[at:]}"


def _tags_left(between: str) -> str:
    """What opened or closed between the markers, so that all outside nests as before; without what holds nothing."""
    tags = "".join(tag for tag in _TAG.findall(between) if not _LINE_BREAK.fullmatch(tag))
    while (fewer := _NOTHING_IN_IT.sub("", tags)) != tags:
        tags = fewer
    return tags


def _escaped(line: str) -> str:
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

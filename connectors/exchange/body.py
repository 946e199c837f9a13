"""How does our block stand in an event's text? Between markers, in plain text or in HTML; the rest is staff's (CAL-16).

Outlook rewrites HTML freely, but keeps words in their order. So in HTML the markers are found as text, and what stands
between them is replaced piece by piece; no tag outside is touched. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree, html

from syncd.ical.staff_event import BLOCK_BEGINS, BLOCK_ENDS

BODY_CHARACTERS_MAX = 2_000_000

_BEGINS, _ENDS = BLOCK_BEGINS.strip("= "), BLOCK_ENDS.strip("= ")
_BEGIN, _END = (re.compile(rf"[ \t]*=*[ \t]*{re.escape(words)}[ \t]*=*") for words in (_BEGINS, _ENDS))
_BLOCK = re.compile(rf"{_BEGIN.pattern}(.*?){_END.pattern}[ \t]*", re.DOTALL)


def notes_in(text: str) -> str:
    """A plain text without our block."""
    return _BLOCK.sub("", text).strip()


def says(text: str, block: str) -> bool:
    """Does our block in this plain text say so already, white space aside?"""
    found = _BLOCK.findall(text)
    return len(found) == 1 and found[0].split() == block.split()


def with_block(body: str, kind: str, block: str) -> str:
    """The body with our block in its old place, or after the notes. `kind` is Text or HTML."""
    return _in_html(body, block) if kind == "HTML" else _in_text(body, block)


def _in_text(text: str, block: str) -> str:
    text = text.replace("\r\n", "\n")
    ours = f"{BLOCK_BEGINS}\n{block.strip()}\n{BLOCK_ENDS}"
    if _BLOCK.search(text):
        return _BLOCK.sub(lambda _: ours, text, count=1)
    return f"{text.rstrip()}\n\n{ours}" if text.strip() else ours


def _in_html(body: str, block: str) -> str:
    if not body.strip() or len(body) > BODY_CHARACTERS_MAX:
        return _after(body, block)
    root = html.document_fromstring(body)
    pieces = list(_pieces(root))
    first = next((i for i, piece in enumerate(pieces) if _BEGIN.search(_said(piece))), None)
    last = next((i for i, piece in enumerate(pieces) if _END.search(_said(piece))), None)
    if first is None or last is None or last < first:
        return _after(body, block)
    before = _BEGIN.split(_said(pieces[first]))[0]
    after = _END.split(_said(pieces[last]))[-1]
    for node, part in pieces[first : last + 1]:
        setattr(node, part, None)
    _drop_empty(dict.fromkeys(node for node, _ in pieces[first + 1 : last + 1] if node is not pieces[first][0]))
    _put(*pieces[first], [before + BLOCK_BEGINS, *block.strip().split("\n"), BLOCK_ENDS + after])
    return str(html.tostring(root, encoding="unicode"))


def _after(body: str, block: str) -> str:
    """Our block as a paragraph of its own at the end."""
    lines = [BLOCK_BEGINS, *block.strip().split("\n"), BLOCK_ENDS]
    paragraph = "<p>" + "<br>".join(_escaped(line) for line in lines) + "</p>"
    end = re.search(r"</body\s*>(?!.*</body\s*>)", body, re.IGNORECASE | re.DOTALL)
    return f"{body[: end.start()]}{paragraph}{body[end.start() :]}" if end else f"{body}{paragraph}"


def _pieces(root: Any) -> Iterator[tuple[Any, str]]:
    """Every place for text, in the order of the document: (node, "text" or "tail")."""
    for act, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        yield node, "text" if act == "start" else "tail"


def _said(piece: tuple[Any, str]) -> str:
    return getattr(*piece) or ""


def _drop_empty(nodes: Iterable[Any]) -> None:
    """Take out the elements that held nothing but our former lines."""
    for node in nodes:
        parent = node.getparent()
        if parent is not None and not len(node) and not (node.text or "").strip() and not (node.tail or "").strip():
            parent.remove(node)


def _put(node: Any, part: str, lines: list[str]) -> None:
    """Write lines where a piece of text was, with line breaks between them."""
    breaks = []
    for line in lines[1:]:
        line_break = etree.Element("br")
        line_break.tail = line
        breaks.append(line_break)
    setattr(node, part, lines[0])
    if part == "text":
        for place, line_break in enumerate(breaks):
            node.insert(place, line_break)
    else:
        parent = node.getparent()
        place = parent.index(node) + 1
        for step, line_break in enumerate(breaks):
            parent.insert(place + step, line_break)


def _escaped(line: str) -> str:
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

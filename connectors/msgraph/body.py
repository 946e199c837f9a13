"""What does an event's body say, and where in it is ours? HTML or text as Outlook keeps it; pure.

CAL-16: our block stands between its two marker lines, the words of which are looked for whatever tags, spaces and
entities a program has put around them; all else stays as staff have it.
"""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

from syncd.ical.staff_event import BLOCK_BEGINS, BLOCK_ENDS

READ_CHARS_MAX = 400_000

_GAP = r"(?:\s|&nbsp;|&#160;|&#xa0;|\xa0)+"
_TAGS = re.compile(r"<!--.*?-->|<(/?)([a-zA-Z][\w:-]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*?(/?)>", re.DOTALL)
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
_LINES = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "table"})
_UNSEEN = frozenset({"style", "script", "head", "title"})
_VOID = frozenset(
    {"br", "hr", "img", "input", "meta", "link", "area", "base", "col", "embed", "source", "track", "wbr"}
)


def _words(marker: str) -> str:
    return r"={3,5}" + _GAP + _GAP.join(re.escape(word) for word in marker.strip("= ").split()) + _GAP + r"={3,5}"


_BEGIN, _END = _words(BLOCK_BEGINS), _words(BLOCK_ENDS)
_BLOCK = re.compile(f"{_BEGIN}((?:(?!{_BEGIN}).)*?){_END}", re.DOTALL)
"""From a first line to the next last one: where staff deleted a last line, what follows is theirs."""


class _Reader(HTMLParser):
    """Collects what a person would read, a line for each paragraph, break, item and row."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        if tag in _LINES:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        if tag in _LINES and tag != "br":
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.pieces.append(re.sub(r"[\s\xa0]+", " ", data))


def text_of(content: str, content_type: str) -> str:
    """The body as plain text, our block included; at most READ_CHARS_MAX of it are read."""
    content = content[:READ_CHARS_MAX]
    if content_type.casefold() != "html":
        return content.replace("\r\n", "\n").strip()
    reader = _Reader()
    reader.feed(content)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).split("\n"))
    return "\n".join(line for line in lines if line)


def notes_in(text: str) -> str:
    """The plain text without our block."""
    return _BLOCK.sub("", text).strip()


def block_in(text: str) -> str | None:
    """Our block's lines; None where there is none."""
    found = _BLOCK.search(text)
    return None if found is None else "\n".join(line.strip() for line in found[1].strip().split("\n"))


def says(content: str, content_type: str, block: str) -> bool:
    """Does our block stand in it, once, saying this? White space aside."""
    found = _BLOCK.findall(text_of(content, content_type))
    return len(found) == 1 and found[0].split() == block.split()


def new_body(block: str) -> str:
    """The HTML body of an event that we make."""
    return f"<html><body>{_as_html(block)}</body></html>"


def with_block(content: str, content_type: str, block: str) -> str:
    """The same body with our block brought up to date in its place, or added after the notes; copies of it go."""
    html = content_type.casefold() == "html"
    found = list(_BLOCK.finditer(content))
    if found:
        ours = _lines_of_html(block) if html else _lines_of_text(block)
        pieces, at = [], 0
        for number, each in enumerate(found):
            kept = _unclosed(each[0]) if html else ""
            pieces += [content[at : each.start()], "" if number else ours, kept]
            at = each.end()
        return "".join([*pieces, content[at:]])
    if not html:
        return f"{content.rstrip()}\n\n{_lines_of_text(block)}" if content.strip() else _lines_of_text(block)
    end = content.lower().rfind("</body>")
    at = end if end >= 0 else len(content)
    return content[:at] + _as_html(block) + content[at:]


def _lines_of_text(block: str) -> str:
    return f"{BLOCK_BEGINS}\n{block.strip()}\n{BLOCK_ENDS}"


def _as_html(block: str) -> str:
    return f"<div>{_lines_of_html(block)}</div>"


def _lines_of_html(block: str) -> str:
    return "<br>".join([BLOCK_BEGINS, *(_linked(line) for line in block.strip().split("\n")), BLOCK_ENDS])


def _linked(line: str) -> str:
    pieces, at = [], 0
    for link in _LINK.finditer(line):
        pieces += [escape(line[at : link.start()], quote=False), f'<a href="{escape(link[0])}">{escape(link[0])}</a>']
        at = link.end()
    return "".join([*pieces, escape(line[at:], quote=False)])


def _unclosed(replaced: str) -> str:
    """The tags of the replaced stretch whose other half stands outside it: they stay, so that the rest stays whole."""
    opened: list[tuple[str, str]] = []
    closing: list[str] = []
    for tag in _TAGS.finditer(replaced):
        name = (tag[2] or "").lower()
        if not name or name in _VOID or tag[3]:
            continue
        if not tag[1]:
            opened.append((name, tag[0]))
        elif any(name == each for each, _ in opened):
            while opened.pop()[0] != name:
                pass
        else:
            closing.append(tag[0])
    return "".join([*closing, *(text for _, text in opened)])

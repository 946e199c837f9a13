"""How does a letter read as plain text? Written as text, not stripped from HTML; and a calendar entry's description.

Lines are not wrapped: readers' programs do it to their own width.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from syncd.messages.catalogue import locale
from syncd.messages.parts import Block, Button, Figure, Letter, Rows, Say, Section, Steps


def text(letter: Letter) -> str:
    """The whole letter. Lines end in a newline; a signature separator stands before the footer."""
    parts = [letter.headline, "\n".join(letter.lead)]
    if letter.time is not None:
        box = letter.time
        lines = [f"    {box.date}", f"    {box.span}", f"    {box.place}"]
        if box.former:
            lines.append(f"    ({box.former})")
        if box.doubt:
            lines.extend(["", box.doubt])
        parts.append("\n".join(lines))
    colon = locale(letter.lang).say("colon")
    parts.extend("\n".join([s.title, "-" * len(s.title), *_lines(s, colon)]) for s in letter.sections)
    parts.append("-- \n" + "\n".join(letter.footer))
    return "\n\n".join(parts) + "\n"


def description(letter: Letter) -> str:
    """The sections alone: title and time stand in the calendar entry itself."""
    return sections(letter.sections, letter.lang)


def sections(found: Iterable[Section], lang: str) -> str:
    """For calendars, whose readers show text in any font: titles in capitals."""
    colon = locale(lang).say("colon")
    return "\n\n".join("\n".join([section.title.upper(), *_lines(section, colon)]) for section in found)


def _lines(section: Section, colon: str) -> Iterator[str]:
    for block in section.blocks:
        yield from _block(block, colon)


def _block(block: Block, colon: str) -> Iterator[str]:
    match block:
        case Say():
            yield block.text
        case Button():
            yield f"{block.label}{colon}"
            yield f"  {block.href}"
        case Figure():
            yield f"{block.label}{colon} {block.value}"
        case Rows():
            for row in block.rows:
                yield f"{row.label}{colon} {row.value}"
        case Steps():
            for number, item in enumerate(block.items, start=1):
                yield f"{number}. {item}"

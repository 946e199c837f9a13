"""How does it look? Charts as inline SVG, drawn on the server: no script, right in the dark, readable aloud.

Pure: labels and numbers in, text out. Colours are classes of `STYLE`, so that a page can bring its own. Each chart has
a title for readers aloud; the numbers themselves stand in the table beneath it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 760
ROW = 26
LABEL = 210

STYLE = """
:root { color-scheme: light dark; --page: #f4f5f7; --sheet: #ffffff; --ink: #1d2329; --quiet: #5a6673; --line: #dfe3e8;
  --miss: #b5432e; --open: #c08a12; --calm: #1f6f9f; --none: #eef1f4; }
@media (prefers-color-scheme: dark) { :root { --page: #0f1216; --sheet: #191d23; --ink: #e8ecf1; --quiet: #a3adba;
  --line: #2c333c; --miss: #f08a70; --open: #e3b755; --calm: #6db9e8; --none: #232931; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 880px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 6px; } h2 { font-size: 18px; margin: 0 0 12px; }
.lead, .note { color: var(--quiet); margin: 0 0 24px; max-width: 66ch; }
section { background: var(--sheet); border: 1px solid var(--line); border-radius: 12px; padding: 20px;
  margin: 0 0 20px; }
.figures { display: flex; flex-wrap: wrap; gap: 12px 36px; margin: 0; }
.figures dt { color: var(--quiet); font-size: 14px; } .figures dd { margin: 0; font-size: 26px; font-weight: 600; }
.scroll { overflow-x: auto; } svg { display: block; width: 100%; min-width: 560px; height: auto; }
svg text { fill: var(--ink); font: 13px system-ui, sans-serif; } svg .quiet { fill: var(--quiet); }
svg .grid { stroke: var(--line); } .miss { fill: var(--miss); } .open { fill: var(--open); }
.calm { fill: var(--calm); } .none { fill: var(--none); }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 4px 8px; border-top: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; white-space: normal; } th { color: var(--quiet); font-weight: 500; }
details { margin-top: 14px; } summary { cursor: pointer; color: var(--calm); }
.key { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 10px 0 0; padding: 0; list-style: none; font-size: 14px; }
.key svg { display: inline-block; width: 12px; min-width: 12px; height: 12px; margin-right: 6px; vertical-align: -1px; }
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of several parts: (class of colour, value). `note` stands behind it; `about` is its tooltip."""

    label: str
    parts: tuple[tuple[str, float], ...]
    note: str = ""
    about: str = ""


def columns(title: str, bars: Sequence[Bar], unit: str = "") -> str:
    """Upright bars from left to right, parts stacked; a label where there is room for one."""
    height, left, floor = 220, 44, 186
    top = _nice(max((sum(v for _, v in bar.parts) for bar in bars), default=0))
    wide = (WIDTH - left) / max(len(bars), 1)
    every = max(1, -(-64 // max(int(wide), 1)))
    out = [_open(title, height)]
    for part in range(5):
        y = floor - (floor - 14) * part / 4
        out.append(f'<line class="grid" x1="{left}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        out.append(
            f'<text class="quiet" x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{top * part / 4:g}{unit}</text>'
        )
    for number, bar in enumerate(bars):
        x, y = left + number * wide, float(floor)
        out.append(f"<g><title>{escape(bar.about or bar.label)}</title>")
        for colour, value in bar.parts:
            tall = (floor - 14) * value / top
            y -= tall
            box = f'x="{x + wide * 0.14:.1f}" y="{y:.1f}" width="{wide * 0.72:.1f}" height="{tall:.1f}"'
            out.append(f'<rect class="{colour}" {box}/>')
        out.append("</g>")
        if number % every == 0 and x + 40 < WIDTH:
            out.append(f'<text class="quiet" x="{x + wide * 0.14:.1f}" y="{floor + 20}">{escape(bar.label)}</text>')
    return "".join(out) + "</svg>"


def bars(title: str, rows: Sequence[Bar]) -> str:
    """Bars lying one under the other, parts end to end."""
    top = max((sum(v for _, v in row.parts) for row in rows), default=0) or 1
    room = WIDTH - LABEL - 120
    out = [_open(title, ROW * len(rows) + 6)]
    for number, row in enumerate(rows):
        y, x = number * ROW + 4, float(LABEL)
        out.append(f"<g><title>{escape(row.about or row.label)}</title>{_label(row.label, y)}")
        for colour, value in row.parts:
            wide = room * value / top
            out.append(f'<rect class="{colour}" x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{ROW - 9}" rx="2"/>')
            x += wide
        out.append(f'<text class="quiet" x="{x + 8:.1f}" y="{y + 13}">{escape(row.note)}</text></g>')
    return "".join(out) + "</svg>"


def pairs(title: str, rows: Sequence[tuple[str, float, float]], words: tuple[str, str]) -> str:
    """Before above after, one pair a row: who gains and who loses is seen at a glance."""
    top = max((max(before, after) for _, before, after in rows), default=0) or 1
    tall, room = ROW + 12, WIDTH - LABEL - 60
    out = [_open(title, tall * len(rows) + 6)]
    for number, (label, before, after) in enumerate(rows):
        y = number * tall + 4
        said = f"{label}: {words[0]} {before:g}, {words[1]} {after:g}"
        out.append(f"<g><title>{escape(said)}</title>{_label(label, y + 6)}")
        for offset, colour, value in ((0, "calm", before), (15, "open", after)):
            wide = room * value / top
            out.append(f'<rect class="{colour}" x="{LABEL}" y="{y + offset}" width="{wide:.1f}" height="12" rx="2"/>')
            out.append(f'<text class="quiet" x="{LABEL + wide + 7:.1f}" y="{y + offset + 11}">{value:g}</text>')
        out.append("</g>")
    return "".join(out) + "</svg>"


def heat(
    title: str, rows: Sequence[str], columns_: Sequence[str], cells: dict[tuple[int, int], tuple[float, str]]
) -> str:
    """A grid of shares, 0 to 1, darker the higher (against the highest); `cells` hold (share, tooltip) by row and
    column. What is not in them is left blank."""
    left, wide, tall = 56, (WIDTH - 56) / max(len(columns_), 1), 30
    top = max((share for share, _ in cells.values()), default=0) or 1
    out = [_open(title, tall * len(rows) + 26)]
    for row, name in enumerate(rows):
        out.append(f'<text class="quiet" x="0" y="{row * tall + 20}">{escape(name)}</text>')
        for column in range(len(columns_)):
            x, y = left + column * wide, row * tall + 2
            share, about = cells.get((row, column), (0.0, ""))
            box = f'x="{x:.1f}" y="{y}" width="{wide - 3:.1f}" height="{tall - 3}" rx="3"'
            out.append(f'<g><title>{escape(about)}</title><rect class="none" {box}/>')
            if (row, column) in cells and share:
                out.append(f'<rect class="miss" opacity="{0.15 + 0.85 * share / top:.2f}" {box}/>')
            out.append("</g>")
    for column, name in enumerate(columns_):
        x = left + column * wide
        out.append(f'<text class="quiet" x="{x:.1f}" y="{tall * len(rows) + 20}">{escape(name)}</text>')
    return "".join(out) + "</svg>"


def key(*entries: tuple[str, str]) -> str:
    """What the colours mean: (class, words)."""
    items = "".join(
        f'<li><svg viewBox="0 0 12 12" aria-hidden="true"><rect class="{colour}" width="12" height="12" rx="2"/></svg>'
        f"{escape(words)}</li>"
        for colour, words in entries
    )
    return f'<ul class="key">{items}</ul>'


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], summary: str = "") -> str:
    """The numbers behind a chart; folded away under `summary` where one is given."""
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in headings)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    made = (
        f"{_scroll(summary or 'The numbers')}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    return f"<details><summary>{escape(summary)}</summary>{made}</details>" if summary else made


def figures(entries: Sequence[tuple[str, str]]) -> str:
    pairs_ = "".join(f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>" for label, value in entries)
    return f'<dl class="figures">{pairs_}</dl>'


def section(title: str, *parts: str) -> str:
    drawn = "".join(f"{_scroll(title)}{part}</div>" if part.startswith("<svg") else part for part in parts)
    return f"<section><h2>{escape(title)}</h2>{drawn}</section>"


def page(title: str, lead: str, sections: Sequence[str], note: str = "", lang: str = "en") -> str:
    """A whole page that stands for itself, to be kept or mailed."""
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f'<body><main><h1>{escape(title)}</h1><p class="lead">{escape(lead)}</p>{"".join(sections)}'
        f'<p class="note">{escape(note)}</p></main></body></html>\n'
    )


def _scroll(label: str) -> str:
    """What is wider than a small screen is moved by keyboard, too."""
    return f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(label)}">'


def _open(title: str, height: float) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{escape(title)}">'


def _label(text: str, y: float) -> str:
    shown = text if len(text) <= 28 else text[:27] + "…"
    return f'<text x="{LABEL - 10}" y="{y + 13}" text-anchor="end">{escape(shown)}</text>'


def _nice(value: float) -> float:
    """A round number not below the value, that divides by four."""
    step = 1.0
    for _ in range(12):
        for factor in (1, 2, 5):
            if value <= 4 * step * factor:
                return 4 * step * factor
        step *= 10
    return value or 4.0

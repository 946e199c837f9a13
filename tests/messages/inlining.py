"""The mail template with its styles inlined, made from its source. Jinja's tags pass through as placeholders."""

from __future__ import annotations

import re

import css_inline

_STATEMENT = re.compile(r"\{%.*?%\}")
_EXPRESSION = re.compile(r"\{\{.*?\}\}")


def inlined(source: str, css: str) -> str:
    tags: list[str] = []

    def keep(found: re.Match[str]) -> str:
        tags.append(found[0])
        name = f"JINJA{len(tags) - 1}TAG"
        return f"<!--{name}-->" if found[0].startswith("{%") else name

    page = _EXPRESSION.sub(keep, _STATEMENT.sub(keep, source))
    page = page.replace("</head>", f"<style>{css}</style>\n</head>")
    inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
    page = inliner.inline(page)
    style = page[page.index("<style>") : page.index("</style>") + len("</style>\n")]  # after the charset it goes
    page = page.replace(style, "", 1).replace("\n</head>", style + "</head>")
    page = re.sub(r"<!--(JINJA\d+TAG)-->", r"\1", page)
    return re.sub(r"JINJA(\d+)TAG", lambda found: tags[int(found[1])], page) + "\n"

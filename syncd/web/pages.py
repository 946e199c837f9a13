"""How does a page become bytes? Templates compiled once, the stylesheet and the scripts with their digests.

Jinja2 with autoescape and no undefined names; static files are read at start and served from memory, under an address
that changes with their content, so that browsers may keep them for ever.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Protocol

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response

from syncd.domain.desk import Desk
from syncd.messages.catalogue import Locale
from syncd.messages.when import When
from syncd.ports.errors import Misconfigured
from syncd.web.places import zone_choices
from syncd.web.services import Look
from syncd.web.visible import contrast

PAPER, NIGHT = "#ffffff", "#1c1d21"  # the lightest surface by day and by night (syncd.css)
CONTRAST_MIN = 4.5  # WCAG 2.2, 1.4.3
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
STATIC = {
    "syncd.css": "text/css; charset=utf-8",
    "zone.js": "text/javascript; charset=utf-8",
    "pick.js": "text/javascript; charset=utf-8",
    "hold.js": "text/javascript; charset=utf-8",
    "desk.js": "text/javascript; charset=utf-8",
    "session.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


class Reader(Protocol):
    """Whom a page is made for (a Visit): the desk in force, and the reader's own clock and language."""

    @property
    def desk(self) -> Desk: ...

    @property
    def when(self) -> When: ...


class Pages:
    def __init__(self, look: Look) -> None:
        self._static = {name: files("syncd.web").joinpath("static", name).read_bytes() for name in STATIC}
        self._static["syncd.css"] += _colours(look)
        self._templates = _templates()

    def address(self, name: str) -> str:
        return f"/static/{sha256(self._static[name]).hexdigest()[:12]}/{name}"

    def static(self, digest: str, name: str) -> Response | None:
        """A static file under its present address; None for any other."""
        if name not in self._static or self.address(name) != f"/static/{digest}/{name}":
            return None
        kept = {"cache-control": "public, max-age=31536000, immutable"}
        return Response(self._static[name], headers=kept, media_type=STATIC[name])

    def render(self, template: str, visit: Reader, values: Mapping[str, object]) -> str:
        page = self._templates[template]
        when = visit.when
        return page.render(
            static=self.address, visit=visit, desk=visit.desk, when=when, say=phrases(when.locale), **values
        )

    def answer(self, template: str, visit: Reader, status: int, values: Mapping[str, object]) -> Response:
        """Never kept by anyone: a page of ours shows the present, and some of them are personal."""
        return HTMLResponse(self.render(template, visit, values), status, {"cache-control": "no-store"})


def phrases(locale: Locale) -> Callable[..., Markup]:
    """`say(key, name=value)` for templates: the locale's words, in which values are escaped unless they are markup."""

    def say(key: str, **values: object) -> Markup:
        return escape(locale.words[key]).format(**values)

    return say


def _strong(words: str) -> Markup:
    return Markup("<strong>{}</strong>").format(words)


def _zone_options() -> Markup:
    """The same on every page, so made once."""
    groups = (
        Markup('<optgroup label="{}">\n{}\n</optgroup>\n').format(
            area, Markup("").join(Markup('<option value="{}">{}</option>').format(*place) for place in places)
        )
        for area, places in zone_choices()
    )
    return Markup("").join(groups)


@cache
def _templates() -> dict[str, Template]:
    """All of them, compiled once in a process."""
    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["zone_options"] = _zone_options()
    environment.filters["strong"] = _strong
    names = (entry.name for entry in files("syncd.web").joinpath("templates").iterdir())
    return {name: environment.get_template(name) for name in names if name.endswith(".html")}


def _template(name: str) -> str | None:
    source = files("syncd.web").joinpath("templates", name)
    return source.read_text("utf-8") if source.is_file() else None


def _colours(look: Look) -> bytes:
    """The operator's accent as the last word of the stylesheet, refused where it could not be read (PAGE-3)."""
    for setting, colour, ground in (("accent", look.accent, PAPER), ("accent_dark", look.accent_dark, NIGHT)):
        if not COLOUR.fullmatch(colour) or contrast(colour, ground) < CONTRAST_MIN:
            raise Misconfigured(
                f"{setting} {colour!r} cannot be read on {ground}",
                hint=f"write it as #rrggbb with a contrast of {CONTRAST_MIN} to {ground} or more",
            )
    return (
        f":root{{--accent:{look.accent}}}@media (prefers-color-scheme:dark){{:root{{--accent:{look.accent_dark}}}}}"
    ).encode()

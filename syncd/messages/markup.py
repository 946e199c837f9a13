"""How does a letter look? HTML of one column, without images or scripts, right in the dark and in a narrow window.

`templates/mail.html` is made from `templates/source/` with its styles inlined once, when the template is built
(`python -m tests.messages.refresh`); a test holds the two together.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template

from syncd.messages.parts import Letter


def html(letter: Letter) -> str:
    """The whole page. Every value is escaped."""
    return _template().render(letter=letter)


@lru_cache(maxsize=1)
def _template() -> Template:
    source = files("syncd.messages").joinpath("templates", "mail.html").read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source)

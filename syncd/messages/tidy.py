"""What of a typed text can be shown on one line? Control characters are nobody's words."""

from __future__ import annotations

import re

CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def one_line(text: str) -> str:
    """Without control characters and lone surrogates; every run of white space is one blank."""
    return " ".join(CONTROL.sub("", text).split())

"""What does a calendar's cursor hold, and what if it held something else?"""

from __future__ import annotations

import json
from typing import Any


def held(text: str | None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((text or "").partition(" ")[2])
    return found


def altered(text: str | None, **changes: object) -> str:
    """The same cursor, by the same fingerprint, with other fields."""
    return f"{(text or '').partition(' ')[0]} {json.dumps(held(text) | changes)}"

"""Which Windows names do the server's zones have? A few that the tests need; the names are public CLDR data."""

from __future__ import annotations

_ZONES = {
    "UTC": "UTC",
    "W. Europe Standard Time": "Europe/Berlin",
    "Eastern Standard Time": "America/New_York",
    "Lord Howe Standard Time": "Australia/Lord_Howe",
    "India Standard Time": "Asia/Kolkata",
    "Pacific SA Standard Time": "America/Santiago",
    "GMT Standard Time": "Europe/London",
}
NAMES = tuple(_ZONES)


def iana(windows: str) -> str | None:
    return _ZONES.get(windows)


def windows(iana_name: str) -> str:
    return next(name for name, known in _ZONES.items() if known == iana_name)

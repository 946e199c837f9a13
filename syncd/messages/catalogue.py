"""In which words? The catalogue of one locale: a TOML file in `locales/`, found by its language tag (RFC 5646).

To add a language, add a file: tests say which words are missing. A regional file (`en-US.toml`) holds only what differs
from its language. An unknown locale speaks English.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

FALLBACK = "en"
LOCALES_REMEMBERED_MAX = 256


@dataclass(frozen=True, slots=True, eq=False)
class Locale:
    """`tag` is what `lang` attributes say. Words are looked up by dotted keys; a missing one is a KeyError."""

    tag: str
    words: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]

    def say(self, key: str, **values: object) -> str:
        return self.words[key].format_map(values) if values else self.words[key]

    def first(self, *keys: str, **values: object) -> str:
        """The first of the keys that the locale has words for; the last one it must have."""
        return self.say(next((key for key in keys if key in self.words), keys[-1]), **values)

    def count(self, key: str, number: int, **values: object) -> str:
        """As `say`, in the singular (`<key>.one`) where the number is one and the locale tells the two apart."""
        return self.first(*([f"{key}.one"] if number == 1 else []), key, number=number, **values)

    def get(self, key: str, default: str) -> str:
        return self.words.get(key, default)


@lru_cache(maxsize=LOCALES_REMEMBERED_MAX)
def locale(tag: str) -> Locale:
    """The locale of a language tag: its regional file over its language's, else English."""
    language, _, region = tag.replace("_", "-").partition("-")
    language, region = language.lower(), region.split("-")[0].upper()
    known = available()
    if language not in known:
        return locale(FALLBACK)
    regional = f"{language}-{region}"
    names = [language, *([regional] if regional in known else [])]
    words: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    for name in names:
        _flatten("", _read(name), words, lists)
    return Locale(names[-1], words, lists)


@lru_cache(maxsize=1)
def available() -> frozenset[str]:
    """The names of all locale files, regional ones included."""
    return frozenset(
        each.name.removesuffix(".toml")
        for each in files("syncd.messages").joinpath("locales").iterdir()
        if each.name.endswith(".toml")
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("syncd.messages").joinpath("locales", f"{name}.toml").read_text("utf-8"))


def _flatten(prefix: str, table: Mapping[str, Any], words: dict[str, str], lists: dict[str, tuple[str, ...]]) -> None:
    for key, value in table.items():
        if isinstance(value, Mapping):
            _flatten(f"{prefix}{key}.", value, words, lists)
        elif isinstance(value, list):
            lists[f"{prefix}{key}"] = tuple(str(each) for each in value)
        else:
            words[f"{prefix}{key}"] = str(value)

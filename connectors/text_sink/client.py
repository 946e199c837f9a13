"""A folder as a carrier: `out` takes texts, `in` holds what people answered (ports/texts.py). Whole files only."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from connectors.text_sink import Settings
from connectors.text_sink.translate import (
    FILE_BYTES_MAX,
    KEYWORDS,
    Answer,
    answer_of,
    evidence_of,
    opted_out,
    sent_file,
    sent_name,
    text_key,
)
from syncd.ports.connector import Tools
from syncd.ports.errors import Misconfigured, Permanent
from syncd.ports.source import Batch, Raw
from syncd.ports.texts import Text

FILES_MAX = 5_000
NO_TEXT = "no text: from, body and at (with its zone) are needed, as JSON"


class TextSink:
    """ports.texts.Texts over a folder."""

    keywords: Mapping[str, str] = KEYWORDS

    def __init__(self, name: str, settings: Settings, tools: Tools) -> None:
        self.id = name
        self.lane = name
        self._number = settings.number
        self._folder = tools.folder / settings.folder
        self._clock = tools.clock

    def send(self, text: Text) -> str:
        if text.to in opted_out([answer for _, answer in self._answers("")[0]]):
            raise Permanent("the number has opted out", hint="START opts in again.", means="out")
        name = sent_name(text)
        place = self._at("out") / name
        if not place.exists():
            _write(place, sent_file(text, self._clock.now()))
        return name

    def look(self, text: Text, since: datetime) -> str | None:
        name = sent_name(text)
        return name if (self._at("out") / name).exists() else None

    def observe(self, cursor: str | None, now: datetime) -> Batch:
        """What was answered since; a file's name begins with its instant, so names sort by time. What is no text is put
        aside, and read again while nothing later came: half of one may become whole."""
        found, broken = self._answers(cursor or "")
        evidence = tuple(evidence_of(self.id, name, answer, self._number) for name, answer in found)
        marks = tuple(Raw(each.key, each.received_at, b"") for each in evidence)
        aside = tuple(Raw(text_key(self.id, name), now, body, NO_TEXT) for name, body in broken)
        cursor = found[-1][0] if found else cursor
        return Batch(evidence, cursor=cursor, read_at=now, raw=(*aside, *marks))

    def probe(self) -> tuple[str, ...]:
        return (f"texts lie in {self._at('out')}; nothing is sent",)

    def _answers(self, after: str) -> tuple[list[tuple[str, Answer]], list[tuple[str, bytes]]]:
        """By file name: texts, and the bytes of what is none."""
        found, broken = [], []
        for place in sorted(self._at("in").glob("*.json"))[-FILES_MAX:]:
            if place.name > after:
                with place.open("rb") as file:
                    body = file.read(FILE_BYTES_MAX)
                answer = answer_of(body)
                if answer is not None:
                    found.append((place.name, answer))
                else:
                    broken.append((place.name, body))
        return found, broken

    def _at(self, name: str) -> Path:
        place = self._folder / name
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Misconfigured(
                f"{place} cannot be made: {error.strerror}", hint="Set folder to one of yours."
            ) from None
        return place


def _write(place: Path, text: str) -> None:
    """The whole file, or none."""
    half = place.with_suffix(".half")
    with half.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    half.replace(place)

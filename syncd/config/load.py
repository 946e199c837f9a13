"""What does the file say? TOML to typed settings, all problems at once.

Each table is understood on its own, so that a mistake in one hides none in another; what the tables say of one another
is judged afterwards (judge.py), over those that were understood.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from syncd.config import settings as s
from syncd.config.judge import Understood, judge
from syncd.config.problems import PROBLEMS_MAX, Problem, did_you_mean, errors_in, problems_of
from syncd.ports.connector import Manifest
from syncd.ports.errors import Misconfigured

FILE_BYTES_MAX = 1_048_576

TABLES: Mapping[str, type[BaseModel]] = {
    "desk": s.DeskSettings,
    "terms": s.TermsSettings,
    "store": s.StoreSettings,
    "web": s.WebSettings,
    "login": s.LoginSettings,
    "log": s.LogSettings,
    "engine": s.EngineSettings,
}
LISTS: Mapping[str, tuple[type[BaseModel], int, bool]] = {
    "staff": (s.StaffSettings, s.STAFF_MAX, True),
    "type": (s.TypeSettings, s.TYPES_MAX, True),
    "topic": (s.TopicSettings, s.TOPICS_MAX, False),
}
"""Tables of which there are several: model, how many at most, whether at least one is needed."""

M = TypeVar("M", bound=BaseModel)


class Catalogue(Protocol):
    """The connectors that are installed (runtime/registry.py)."""

    def kinds(self) -> tuple[str, ...]: ...

    def manifest(self, kind: str) -> Manifest:
        """Raises Misconfigured: not installed, or not loadable."""
        ...


@dataclass(slots=True)
class Reading:
    """What was understood so far, and what was not."""

    document: Mapping[str, Any]
    catalogue: Catalogue
    understood: Understood = field(default_factory=Understood)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Loaded:
    """`settings` is None exactly when a problem is an error; warnings may stand beside good settings."""

    settings: s.Settings | None
    problems: tuple[Problem, ...]


def load_file(path: Path, catalogue: Catalogue) -> Loaded:
    """The configuration in one file; a file that cannot be read is a problem like any other."""
    try:
        with path.open("rb") as file:
            raw = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        hint = "write one: config.example.toml shows every setting; or name another with --config"
        return _refused(Problem(str(path), f"cannot be read: {error.strerror}", hint))
    return load(raw, catalogue)


def load(raw: bytes, catalogue: Catalogue) -> Loaded:
    if len(raw) > FILE_BYTES_MAX:
        return _refused(
            Problem("(file)", f"is larger than {FILE_BYTES_MAX // 1024} KiB", "directories are no settings")
        )
    try:
        document = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return _refused(Problem("(file)", f"is not UTF-8 at byte {error.start}", "save it as UTF-8"))
    except tomllib.TOMLDecodeError as error:
        return _refused(Problem("(file)", f"is not TOML: {error}", "texts stand in quotes, tables in [brackets]"))
    except RecursionError:
        return _refused(Problem("(file)", "is nested too deep", "no setting needs more than three levels"))
    return understand(document, catalogue)


def understand(document: Mapping[str, Any], catalogue: Catalogue) -> Loaded:
    """Settings from the parsed document."""
    reading = Reading(document, catalogue)
    _read_unknown(reading)
    for name, model in TABLES.items():
        _read_table(reading, name, model)
    for name, (model, at_most, needed) in LISTS.items():
        _read_list(reading, name, model, at_most, needed=needed)
    _read_connectors(reading)
    reading.problems += judge(reading.understood)
    problems = tuple(reading.problems[:PROBLEMS_MAX])
    if errors_in(reading.problems):
        return Loaded(None, problems)
    return Loaded(_settings(reading.understood), problems)


def _refused(problem: Problem) -> Loaded:
    return Loaded(None, (problem,))


def _read_unknown(reading: Reading) -> None:
    known = [*TABLES, *LISTS, "connector"]
    for key in reading.document:
        if key not in known:
            reading.problems.append(Problem(key, "there is no such table", did_you_mean(key, known)))


def _read_table(reading: Reading, name: str, model: type[BaseModel]) -> None:
    raw = reading.document.get(name, {})
    if not isinstance(raw, dict):
        reading.problems.append(Problem(name, "is no table", f"write [{name}] and its settings beneath"))
        return
    if name == "desk" and name not in reading.document:
        reading.problems.append(Problem(name, "is missing", "[desk] names the desk, its mailbox and its address"))
        return
    found = _validated(reading, raw, model, name)
    if found is not None:
        reading.understood.tables[name] = found


def _read_list(reading: Reading, name: str, model: type[BaseModel], at_most: int, *, needed: bool) -> None:
    rows = _rows(reading, name, at_most)
    if needed and not rows and name not in reading.document:
        reading.problems.append(Problem(name, "there is none", f"at least one [[{name}]] is needed"))
    for index, raw in enumerate(rows):
        path = f"{name}[{index}]"
        reading.understood.note_id(name, path, raw.get("id"))
        found = _validated(reading, raw, model, path)
        if found is not None:
            reading.understood.lists[name].append((path, found))


def _rows(reading: Reading, name: str, at_most: int) -> list[dict[str, Any]]:
    rows = reading.document.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        reading.problems.append(Problem(name, "is no list of tables", f"write [[{name}]] above each"))
        return []
    if len(rows) > at_most:
        reading.problems.append(Problem(name, f"there are {len(rows)}, and at most {at_most} are read"))
    return rows[:at_most]


def _read_connectors(reading: Reading) -> None:
    for index, raw in enumerate(_rows(reading, "connector", s.CONNECTORS_MAX)):
        path = f"connector[{index}]"
        head = {key: value for key, value in raw.items() if key in s.ConnectorHeader.model_fields}
        reading.understood.note_id("connector", path, raw.get("name"))
        header = _validated(reading, head, s.ConnectorHeader, path)
        if header is None:
            continue
        try:
            manifest = reading.catalogue.manifest(header.kind)
        except Misconfigured as error:
            reading.problems.append(Problem(f"{path}.kind", str(error), error.hint))
            continue
        reading.understood.manifests[header.name] = manifest
        own = {key: value for key, value in raw.items() if key not in s.ConnectorHeader.model_fields}
        found = _validated(reading, own, manifest.settings, path)
        if found is not None:
            reading.understood.connectors.append(s.Connector(name=header.name, kind=header.kind, settings=found))


def _validated(reading: Reading, raw: Mapping[str, Any], model: type[M], path: str) -> M | None:
    try:
        return model.model_validate(dict(raw))
    except ValidationError as error:
        reading.problems += problems_of(error, model, path)
        return None


def _settings(found: Understood) -> s.Settings:
    tables: dict[str, Any] = dict(found.tables)
    return s.Settings(
        **tables,
        staff=tuple(row for _, row in found.lists["staff"]),
        types=tuple(row for _, row in found.lists["type"]),
        topics=tuple(row for _, row in found.lists["topic"]),
        connectors=tuple(found.connectors),
    )

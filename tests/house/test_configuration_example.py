"""config.example.toml shows every setting there is, with its default and why one would change it; and it is right."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from syncd.config import settings as s
from syncd.config.load import LISTS, TABLES
from syncd.config.values import say_duration
from syncd.runtime.configuration import read_configuration
from syncd.runtime.registry import Registry

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "config.example.toml"
TEXT = EXAMPLE.read_text("utf-8")
SETTING = re.compile(r"^(?P<off># )?(?P<key>[a-z][a-z_]*) = (?P<rest>.+)$", re.M)


def uncommented() -> dict[str, Any]:
    """The document with every default in force that stands behind a #."""
    headed = re.sub(r"^# (\[\[\w+\]\])", r"\1", TEXT, flags=re.M)
    return tomllib.loads(SETTING.sub(lambda m: f"{m['key']} = {m['rest']}", headed))


def models() -> Iterator[tuple[str, type[BaseModel], dict[str, Any]]]:
    """Every table of the example with the model that reads it."""
    document = uncommented()
    for name, model in TABLES.items():
        yield name, model, document.get(name, {})
    yield "desk.marks", s.MarksSettings, document["desk"]["marks"]
    yield "desk.invitations", s.InvitationsSettings, document["desk"]["invitations"]
    for name, (model, _, _) in LISTS.items():
        yield name, model, document[name][0]
    yield "staff.calendar", s.CalendarAt, document["staff"][0]["calendar"]
    registry = Registry()
    shown = {table["kind"]: table for table in document["connector"]}
    for kind in registry.kinds():
        own = {key: value for key, value in shown.get(kind, {}).items() if key not in ("name", "kind")}
        yield f"connector {kind}", registry.manifest(kind).settings, own


def as_written(default: Any) -> Any:
    """A default as the file would have it."""
    if isinstance(default, timedelta):
        return say_duration(default)
    if isinstance(default, BaseModel):
        return {key: as_written(getattr(default, key)) for key in type(default).model_fields}
    if isinstance(default, list | tuple):
        return [as_written(value) for value in default]
    return default.value if hasattr(default, "value") else str(default) if isinstance(default, Path) else default


@pytest.mark.parametrize(("name", "model", "shown"), [pytest.param(*m, id=m[0]) for m in models()])
def test_every_setting_stands_in_the_example(name: str, model: type[BaseModel], shown: dict[str, Any]) -> None:
    assert set(model.model_fields) - set(shown) == set()


@pytest.mark.parametrize(("name", "model", "shown"), [pytest.param(*m, id=m[0]) for m in models()])
def test_what_stands_behind_a_mark_is_the_default(name: str, model: type[BaseModel], shown: dict[str, Any]) -> None:
    in_force = tomllib.loads(TEXT)
    parts = name.split(".") if not name.startswith("connector ") else ["connector", name.split(" ")[1]]
    table: Any = in_force.get(parts[0], {})
    for part in parts[1:]:
        table = next((t for t in table if t["kind"] == part), {}) if parts[0] == "connector" else first(table).get(part)
    set_here = set(first(table) or {})
    for key, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if key not in set_here and default is not PydanticUndefined and default is not None:
            assert duration(shown[key]) == duration(as_written(default)), f"{name}.{key}"


def first(table: Any) -> dict[str, Any]:
    found: dict[str, Any] = table[0] if isinstance(table, list) else table
    return found


def duration(value: Any) -> Any:
    """60 s and 1 min are one value."""
    from syncd.config.values import parse_duration

    if isinstance(value, list):
        return [duration(one) for one in value]
    if isinstance(value, str) and re.fullmatch(r"\d+ (s|min|h|days)", value):
        return parse_duration(value)
    return value


def test_every_setting_says_why_in_one_line() -> None:
    bare = [
        m["key"] for m in SETTING.finditer(TEXT) if not m["rest"].rstrip().endswith(("[", "{")) and "  # " not in m[0]
    ]
    bare = [key for key in bare if not re.search(rf"^{key} = \[[^\]]*$", TEXT, re.M)]
    assert bare == []


def test_the_example_itself_is_a_good_configuration(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE, tmp_path / "syncd.toml")
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    for name in re.findall(r'^(?:\w+_)?credential = "([^"]+)"', TEXT, re.M):
        (credentials / name).write_text("secret\n")
        (credentials / name).chmod(0o600)
    configuration = read_configuration(tmp_path / "syncd.toml", {})
    assert configuration.warnings == ()
    assert configuration.desk.name == "Example Support"

"""Does a request or an answer fit the API? Checked against the discovery document that the client library ships."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import googleapiclient

FILE = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents" / "calendar.v3.json"


class Unfit(ValueError):
    """What does not fit, and where."""


@dataclass(frozen=True)
class Method:
    """One method of the API, as described."""

    id: str
    verb: str
    path: re.Pattern[str]
    parameters: Mapping[str, Any]
    scopes: frozenset[str]
    request: Mapping[str, Any] | None
    response: Mapping[str, Any] | None


@cache
def document() -> dict[str, Any]:
    return dict(json.loads(FILE.read_text()))


@cache
def methods() -> tuple[Method, ...]:
    everywhere = document()["parameters"]
    return tuple(
        Method(
            each["id"],
            each["httpMethod"],
            re.compile(re.sub(r"\\?\{(\w+)\\?\}", r"(?P<\1>[^/]+)", each["path"])),
            {**everywhere, **each.get("parameters", {})},
            frozenset(each["scopes"]),
            each.get("request"),
            each.get("response"),
        )
        for resource in document()["resources"].values()
        for each in resource["methods"].values()
    )


def find(verb: str, path: str) -> tuple[Method, dict[str, str]] | None:
    """The method of this address below /calendar/v3/, and its path parameters; literal paths come before patterns."""
    found = [(m, hit) for m in methods() if m.verb == verb and (hit := m.path.fullmatch(path))]
    found.sort(key=lambda pair: len(pair[1].groupdict()))
    return (found[0][0], {k: unquote(v) for k, v in found[0][1].groupdict().items()}) if found else None


def check_parameters(method: Method, given: Mapping[str, list[str]]) -> dict[str, Any]:
    """The parameters by their types; raises Unfit for unknown, missing, doubled or ill-typed ones."""
    read: dict[str, Any] = {}
    for name, values in given.items():
        described = method.parameters.get(name)
        if described is None:
            raise Unfit(f"{method.id} has no parameter {name}")
        if len(values) > 1 and not described.get("repeated"):
            raise Unfit(f"{name} is given {len(values)} times")
        typed = [_parameter(name, value, described) for value in values]
        read[name] = typed if described.get("repeated") else typed[0]
    for name, described in method.parameters.items():
        if described.get("required") and name not in read:
            raise Unfit(f"{method.id} needs {name}")
    return read


def check_body(schema: Mapping[str, Any], body: Any, *, patch: bool = False) -> None:
    """Raises Unfit. In a patch, null takes a property away."""
    problem = next(_problems(schema, body, "", patch), None)
    if problem is not None:
        raise Unfit(problem)


def _parameter(name: str, value: str, described: Mapping[str, Any]) -> Any:
    kind = described["type"]
    if "enum" in described and value not in described["enum"]:
        raise Unfit(f"{name} cannot be {value}")
    if kind == "boolean":
        if value not in ("true", "false"):
            raise Unfit(f"{name} is neither true nor false")
        return value == "true"
    if kind == "integer":
        if not re.fullmatch(r"-?\d+", value):
            raise Unfit(f"{name} is no number")
        number = int(value)
        if number < int(described.get("minimum", number)) or number > int(described.get("maximum", number)):
            raise Unfit(f"{name} is out of bounds")
        return number
    if not _formatted(value, described.get("format")):
        raise Unfit(f"{name} is no {described['format']}")
    return value


def _problems(schema: Mapping[str, Any], value: Any, where: str, patch: bool) -> Iterator[str]:
    if "$ref" in schema:
        schema = document()["schemas"][schema["$ref"]]
    if value is None and patch:
        return
    kind = schema.get("type", "object")
    if kind == "object":
        yield from _object_problems(schema, value, where, patch)
    elif kind == "array":
        if not isinstance(value, list):
            yield f"{where} is no list"
            return
        for index, each in enumerate(value):
            yield from _problems(schema["items"], each, f"{where}[{index}]", False)
    elif not _typed(kind, value, schema.get("format")):
        yield f"{where} is no {schema.get('format') or kind}: {value!r}"
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{where} cannot be {value!r}"


def _object_problems(schema: Mapping[str, Any], value: Any, where: str, patch: bool) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where} is no object: {value!r}"
        return
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    for name, each in value.items():
        inner = known.get(name, others)
        if inner is None:
            yield f"{where}.{name} is unknown"
        else:
            yield from _problems(inner, each, f"{where}.{name}", patch)


def _typed(kind: str, value: Any, form: str | None) -> bool:
    if kind == "any":
        return True
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in ("integer", "number"):
        return isinstance(value, int if kind == "integer" else int | float) and not isinstance(value, bool)
    return isinstance(value, str) and _formatted(value, form)


def _formatted(value: str, form: str | None) -> bool:
    try:
        if form == "date-time":
            return "T" in value and datetime.fromisoformat(value).tzinfo is not None
        if form == "date":
            return len(value) == 10 and date.fromisoformat(value) is not None
        if form in ("int64", "int32", "uint32"):
            return re.fullmatch(r"-?\d+", value) is not None
    except ValueError:
        return False
    return True

"""What does Stripe's own description allow? Requests and answers held to the OpenAPI document (TST-1).

Its schemas are loose and partly circular; what is judged: the path and method exist, every parameter is known by name
and of its type, required ones are there, and every field of an answer is known and of its type.
"""

from __future__ import annotations

import json
import re
from functools import cached_property
from pathlib import Path
from typing import Any


class Undescribed(AssertionError):
    pass


class Described:
    def __init__(self, document: Path) -> None:
        self._document = json.loads(document.read_text("utf-8"))

    def check_request(self, method: str, path: str, given: dict[str, Any]) -> None:
        operation = self._operation(method, path)
        if method == "post":
            content = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]
            self._check(content["schema"], given, f"{method} {path}")
            return
        known = {p["name"]: p.get("schema", {}) for p in operation.get("parameters", [])}
        for name, value in given.items():
            if name not in known:
                raise Undescribed(f"{method} {path}: no parameter {name}")
            self._check(known[name], value, name)

    def check_answer(self, method: str, path: str, given: dict[str, Any]) -> None:
        schema = self._operation(method, path)["responses"]["200"]["content"]["application/json"]["schema"]
        self._check(schema, given, f"answer of {method} {path}")

    @cached_property
    def _paths(self) -> list[tuple[re.Pattern[str], dict[str, Any]]]:
        paths = self._document["paths"].items()
        return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "$"), item) for path, item in paths]

    def _operation(self, method: str, path: str) -> dict[str, Any]:
        for pattern, item in self._paths:
            if pattern.match(path) and method in item:
                return dict(item[method])
        raise Undescribed(f"{method} {path} is not described")

    def _check(self, schema: dict[str, Any], value: Any, where: str) -> None:
        if "$ref" in schema:
            schema = self._document["components"]["schemas"].get(schema["$ref"].rsplit("/", 1)[-1], {})
        if value is None:
            if not schema.get("nullable") and ("type" in schema or "anyOf" in schema):
                raise Undescribed(f"{where} may not be null")
            return
        if "anyOf" in schema:
            self._any(schema["anyOf"], value, where)
            return
        kind = schema.get("type")
        if kind == "object":
            self._object(schema, value, where)
        elif kind == "array":
            rows = value.values() if isinstance(value, dict) else value
            for n, row in enumerate(rows):
                self._check(schema["items"], row, f"{where}[{n}]")
        elif kind == "integer" and not re.fullmatch(r"-?\d+", str(value)):
            raise Undescribed(f"{where} is no integer")
        elif kind == "string" and not isinstance(value, str):
            raise Undescribed(f"{where} is no string")
        if "enum" in schema and value not in schema["enum"]:
            raise Undescribed(f"{where} is none of {schema['enum']}")

    def _any(self, schemas: list[dict[str, Any]], value: Any, where: str) -> None:
        for schema in schemas:
            try:
                self._check(schema, value, where)
            except Undescribed:
                continue
            return
        raise Undescribed(f"{where} fits none of its shapes")

    def _object(self, schema: dict[str, Any], value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise Undescribed(f"{where} is no object")
        known = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value:
                raise Undescribed(f"{where}.{name} is missing")
        for name, part in value.items():
            if name in known:
                self._check(known[name], part, f"{where}.{name}")
            elif schema.get("additionalProperties") in (None, False) and known:
                raise Undescribed(f"{where}.{name} is not described")

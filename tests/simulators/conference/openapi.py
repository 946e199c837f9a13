"""Does a request or an answer fit the vendor's description? OpenAPI 3.0 documents, where SYNCD_CONFORMANCE has them.

What a vendor's own examples break is listed beside each simulator (TST-1); without the documents nothing is checked,
and the tests of the description skip visibly.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator


def conformance(*parts: str) -> Path | None:
    """A file of the conformance data; None where there is none."""
    root = os.environ.get("SYNCD_CONFORMANCE")
    found = Path(root, *parts) if root else None
    return found if found is not None and found.exists() else None


@cache
def _document(name: str) -> dict[str, Any] | None:
    file = conformance("openapi", name)
    return None if file is None else json.loads(file.read_text("utf-8"))


def unfit(name: str, verb: str, path: str, query: Mapping[str, str], status: int, body: bytes) -> list[str]:
    """What is wrong with a request and its answer; `path` is that below the API's own root."""
    document = _document(name)
    if document is None:
        return []
    operation = _operation(document, verb.lower(), path)
    if operation is None:
        return [f"{verb} {path}: no such call"]
    return [*_parameters(document, operation, query), *_answer(document, operation, status, body)]


def _operation(document: dict[str, Any], verb: str, path: str) -> dict[str, Any] | None:
    hits = []
    for template, calls in document["paths"].items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", template)
        if verb in calls and re.fullmatch(pattern, path):
            hits.append((template.count("{"), calls[verb]))
    return min(hits, key=lambda hit: hit[0])[1] if hits else None


def _parameters(document: dict[str, Any], operation: dict[str, Any], query: Mapping[str, str]) -> list[str]:
    described = {}
    for parameter in operation.get("parameters", ()):
        known = (
            document["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
            if "$ref" in parameter
            else parameter
        )
        if known["in"] == "query":
            described[known["name"]] = known
    wrong = [f"no parameter {name}" for name in query if name not in described]
    for name, known in described.items():
        if known.get("required") and name not in query:
            wrong.append(f"parameter {name} is missing")
        if name in query:
            value: Any = query[name]
            if known["schema"].get("type") == "integer":
                value = int(value) if value.isdigit() else value
            wrong += [f"{name}: {error.message}" for error in Draft202012Validator(known["schema"]).iter_errors(value)]
    return wrong


def _answer(document: dict[str, Any], operation: dict[str, Any], status: int, body: bytes) -> list[str]:
    answers = operation["responses"]
    if str(status) not in answers:
        return [] if status >= 400 else [f"no answer {status}"]
    schema = answers[str(status)].get("content", {}).get("application/json", {}).get("schema")
    if schema is None or status >= 400:
        return []
    validator = Draft202012Validator({"components": document.get("components", {}), **schema})
    return [f"{error.json_path}: {error.message}"[:300] for error in validator.iter_errors(json.loads(body))]

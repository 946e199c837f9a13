"""Does it speak as the vendor describes it? Answers and requests against twilio_api_v2010.json, if it is at hand.

Where the vendor's own schema contradicts what the vendor sends, that stands in BREAKS with the reason.
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

BREAKS = {
    "next_page_uri and the other page addresses": "declared as `uri`, sent as paths without a host",
    "date_created and the other dates": "format date-time-rfc-2822, which no validator knows",
    "DateSent>": "described as day-grained, declared as date-time; a date alone is refused by its schema",
}
"""Formats are therefore not asserted for answers."""


@cache
def document() -> dict[str, Any] | None:
    folder = os.environ.get("SYNCD_CONFORMANCE")
    place = Path(folder) / "openapi" / "twilio_api_v2010.json" if folder else None
    return json.loads(place.read_text("utf-8")) if place is not None and place.exists() else None


def check_answer(method: str, template: str, status: int, body: Mapping[str, Any]) -> None:
    """Raises AssertionError where the answer is not one that the vendor describes."""
    described = document()
    if described is None or status >= 400:
        return
    schema = described["paths"][template][method.lower()]["responses"][str(status)]["content"]["application/json"]
    whole = {**_plain(schema["schema"]), "components": _plain(described["components"])}
    problems = [f"{'/'.join(map(str, e.path))}: {e.message}" for e in Draft202012Validator(whole).iter_errors(body)]
    assert problems == [], problems


def check_request(method: str, template: str, names: set[str]) -> None:
    """Raises AssertionError for a parameter that the vendor does not know."""
    described = document()
    if described is None:
        return
    operation = described["paths"][template][method.lower()]
    known = {each["name"] for each in operation.get("parameters", [])}
    body = operation.get("requestBody", {}).get("content", {}).get("application/x-www-form-urlencoded", {})
    known |= set(body.get("schema", {}).get("properties", {}))
    assert names <= known, f"{names - known} are no parameters of {method} {template}"


def _plain(schema: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema: `nullable` becomes a type."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _plain(value) for key, value in schema.items() if key not in ("nullable", "format")}
    if schema.get("nullable"):
        return {"anyOf": [made, {"type": "null"}]}
    return made


def template_of(path: str) -> str:
    """The path as the document names it."""
    for pattern, name in (
        (r"/Messages\.json$", "/Messages.json"),
        (r"/Conferences\.json$", "/Conferences.json"),
        (r"/Conferences/[^/]+/Participants\.json$", "/Conferences/{ConferenceSid}/Participants.json"),
        (r"/Calls\.json$", "/Calls.json"),
    ):
        if re.search(pattern, path):
            return "/2010-04-01/Accounts/{AccountSid}" + name
    return ""

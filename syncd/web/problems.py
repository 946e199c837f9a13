"""How does the API say no? Problem documents of a closed list, each explained under its own address (RFC 9457).

Nothing of another company ever shows: what is unknown and what is somebody else's get the same document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from syncd.messages.catalogue import FALLBACK, locale
from syncd.web.forms import Mistake
from syncd.web.words import KINDS

MEDIA_TYPE = "application/problem+json"
SCHEMA = "#/components/schemas/{model}"
PROBLEMS_PATH = "/api/v1/problems"

ENGLISH = locale(FALLBACK).words
TITLES: dict[str, tuple[int, str, str]] = {
    kind.name: (kind.status, ENGLISH[f"answer.{kind.name}.title"], ENGLISH[f"answer.{kind.name}.means"])
    for kind in KINDS.values()
} | {
    "invalid": (422, "Something in this request cannot be used", "`errors` names each field and what to do about it."),
    "unreadable": (400, "The request could not be read", "It is no JSON in UTF-8, or breaks off."),
    "no-key": (
        401,
        "This takes a key",
        "Send `Authorization: Bearer <key>`; an operator makes one with `syncd key add`.",
    ),
    "key-scope": (403, "This key does not open that", "`syncd key list` shows what a key opens."),
    "not-found": (404, "There is nothing here", "The address is not known, or its token is not valid."),
    "method-not-allowed": (405, "This address does not take this method", "`Allow` names those that it takes."),
    "too-slow": (408, "The request took too long to arrive", "Nothing was changed. Send it again."),
    "too-large": (413, "The request is too large", "Nothing was changed. Leave out what is not needed."),
    "media-type": (415, "This kind of content is not understood", "Send `application/json`."),
    "too-many-tries": (429, "There have been too many tries", "`Retry-After` says when to try again."),
    "unfinished": (500, "We could not finish this", "Send it again with the same Idempotency-Key: it counts once."),
    "not-recorded": (503, "This has not been recorded", "Nothing can be written at the moment. Send it again soon."),
}

BY_STATUS = {400: "unreadable", 404: "not-found", 405: "method-not-allowed", 408: "too-slow", 413: "too-large"}


class FieldError(BaseModel):
    """One field that cannot be used."""

    model_config = ConfigDict(extra="forbid")
    field: str = Field(description="Name of the field, as in the request.")
    detail: str = Field(description="What is wrong with it, and what to do.")


class Problem(BaseModel):
    """RFC 9457. `nearest` and `until` only where they apply."""

    type: str = Field(description="Address that explains this kind of problem.")
    title: str
    status: int
    detail: str
    errors: list[FieldError] = Field(default_factory=list)
    until: str | None = Field(default=None, description="The instant that it turns on, RFC 3339.")
    nearest: list[dict[str, Any]] | None = Field(default=None, description="Free slots close to one that was lost.")


class ProblemRaised(Exception):
    """Ends a call with a problem document."""

    def __init__(
        self,
        name: str,
        *,
        detail: str = "",
        errors: Sequence[Mistake] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(name)
        self.name, self.detail, self.errors, self.headers, self.more = name, detail, errors, headers, more or {}


def problem(base_url: str, raised: ProblemRaised) -> Response:
    status, title, means = TITLES[raised.name]
    body = {
        "type": f"{base_url}{PROBLEMS_PATH}/{raised.name}",
        "title": title,
        "status": status,
        "detail": raised.detail or means,
        "errors": [{"field": m.field, "detail": m.says} for m in raised.errors],
        **raised.more,
    }
    headers = {"cache-control": "no-store", **(raised.headers or {})}
    return JSONResponse(body, status, headers, MEDIA_TYPE)


def from_validation(failure: RequestValidationError) -> ProblemRaised:
    """Pydantic's findings under the names of our fields; what was sent is not repeated."""
    found = failure.errors()
    if any(each["type"] == "json_invalid" for each in found):
        return ProblemRaised("unreadable")
    mistakes = [Mistake(".".join(str(part) for part in each["loc"][1:]) or "body", each["msg"]) for each in found]
    return ProblemRaised("invalid", errors=mistakes)


def is_api(path: str) -> bool:
    return path == "/api" or path.startswith("/api/")


def documented(statuses: Sequence[int]) -> dict[int | str, dict[str, Any]]:
    """The problem answers of a route, for its OpenAPI entry: problems have a media type of their own."""
    titles = {status: [title for code, title, _ in TITLES.values() if code == status] for status in statuses}
    content = {MEDIA_TYPE: {"schema": {"$ref": SCHEMA.format(model="Problem")}}}
    return {status: {"description": "; ".join(titles[status]), "content": content} for status in statuses}


def with_problems(document: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI with the schema that `documented` names."""
    schema = Problem.model_json_schema(ref_template=SCHEMA)
    document["components"]["schemas"] |= schema.pop("$defs") | {"Problem": schema}
    return document

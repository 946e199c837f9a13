"""What is wrong with it? Problems of a configuration: where, what, and what to do; all of them at once.

A path reads like the file: `staff[2].zone` is the third `[[staff]]`, its `zone`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

PROBLEMS_MAX = 200
SECRET_WORDS = ("password", "secret", "token", "passphrase", "api_key")


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """`what` and `hint` are sentences for the operator; they hold no secret."""

    path: str
    what: str
    hint: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"{self.path}: {self.what}" + (f" ({self.hint})" if self.hint else "")


class ConfigurationRefused(Exception):
    """The configuration cannot be used. `problems` holds every error and warning that was found."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__("\n".join([f"{source} cannot be used:", *(f"  {p}" for p in self.problems)]))


def warning(path: str, what: str, hint: str = "") -> Problem:
    return Problem(path, what, hint, Severity.WARNING)


def errors_in(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(p for p in problems if p.severity is Severity.ERROR)


def wrong(what: str, hint: str = "") -> PydanticCustomError:
    """What a validator of ours raises: a sentence and its hint."""
    return PydanticCustomError("syncd", "{what}", {"what": what, "hint": hint})


def path_of(location: Iterable[str | int], prefix: str = "") -> str:
    """`("staff", 2, "zone")` → `staff[2].zone`."""
    out = prefix
    for step in location:
        if isinstance(step, int):
            out += f"[{step}]"
        else:
            out += f".{step}" if out else step
    return out


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint with the nearest known word, or the list of them where it is short."""
    words = list(known)
    folded = {w.casefold(): w for w in words}
    near = difflib.get_close_matches(word.casefold(), folded, n=2, cutoff=0.6)
    if near:
        return "did you mean " + " or ".join(f"“{folded[n]}”" for n in near) + "?"
    if 0 < len(words) <= 12:
        return "known are " + ", ".join(sorted(words))
    return ""


def problems_of(error: ValidationError, model: type[BaseModel], prefix: str = "") -> list[Problem]:
    """Every error pydantic found in one table, in our words."""
    details = error.errors(include_url=False)[:PROBLEMS_MAX]
    deeper = {detail["loc"][:depth] for detail in details for depth in range(len(detail["loc"]))}
    return [
        _problem_of(detail, model, prefix)
        for detail in details
        if not (detail["type"] == "too_short" and detail["loc"] in deeper)  # short of rows that were wrong themselves
    ]


def _problem_of(detail: ErrorDetails, model: type[BaseModel], prefix: str) -> Problem:
    *ways, last = detail["loc"] or ("",)
    location = [step for step in ways if not (isinstance(step, str) and "[" in step)] + [last]  # less pydantic's own
    path = path_of(location, prefix)
    context: Mapping[str, Any] = detail.get("ctx") or {}
    match detail["type"]:
        case "extra_forbidden":
            key = str(location[-1])
            return Problem(path, "there is no such setting", _hint_for_unknown(key, _model_at(model, location[:-1])))
        case "missing":
            return Problem(path, "is missing", _description(model, location) or "it has no default")
        case "syncd":
            return Problem(path, str(context["what"]), str(context["hint"]))
        case "value_error":
            return Problem(path, str(context.get("error", detail["msg"])), _description(model, location))
        case _:
            return Problem(path, _plain(detail["msg"]), _description(model, location))


def _plain(message: str) -> str:
    return message.removeprefix("Input ").removeprefix("Value error, ")


def _hint_for_unknown(key: str, model: type[BaseModel] | None) -> str:
    if any(word in key.casefold() for word in SECRET_WORDS):
        return "secrets stand in credential files, and the configuration only names them"
    return did_you_mean(key, model.model_fields) if model is not None else ""


def _model_at(model: type[BaseModel], location: Sequence[str | int]) -> type[BaseModel] | None:
    """The model of the table at `location`, as far as the annotations tell."""
    here: type[BaseModel] | None = model
    for step in location:
        if isinstance(step, int):
            continue
        if here is None or step not in here.model_fields:
            return None
        here = _model_in(here.model_fields[step].annotation)
    return here


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _model_in(part)
        if found is not None:
            return found
    return None


def _description(model: type[BaseModel], location: Sequence[str | int]) -> str:
    names = [i for i, step in enumerate(location) if isinstance(step, str)]
    if not names:
        return ""
    holder = _model_at(model, location[: names[-1]])
    if holder is None:
        return ""
    field = holder.model_fields.get(str(location[names[-1]]))
    return (field.description or "") if field is not None else ""

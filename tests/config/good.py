"""A small configuration that is right, to make wrong in one place at a time; and connectors to judge it with."""

from __future__ import annotations

import copy
from typing import Any

from pydantic import BaseModel, ConfigDict

from syncd.config.load import Loaded, understand
from syncd.config.problems import did_you_mean
from syncd.ports.connector import PUSH, WRITE, Manifest, Role
from syncd.ports.errors import Misconfigured


class Server(BaseModel):
    model_config = ConfigDict(extra="forbid")

    url: str
    credential: str | None = None
    timeout_seconds: float = 30


class Telling(Server):
    push: bool = False


class Nothing(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _build(name: str, settings: Any, tools: Any) -> Any:
    raise AssertionError("judging builds nothing")


def _manifest(kind: str, role: Role, settings: type[BaseModel], *capabilities: str) -> Manifest:
    return Manifest(kind, role, settings, _build, f"the {kind} of these tests", frozenset(capabilities))


MANIFESTS = {
    "dav": _manifest("dav", Role.CALENDAR, Telling, WRITE, PUSH),
    "feed": _manifest("feed", Role.CALENDAR, Server),
    "post": _manifest("post", Role.MAIL_OUT, Server),
    "place": _manifest("place", Role.ROOMS, Nothing),
}


class Catalogue:
    """config.load.Catalogue over the manifests above."""

    def kinds(self) -> tuple[str, ...]:
        return tuple(MANIFESTS)

    def manifest(self, kind: str) -> Manifest:
        if kind not in MANIFESTS:
            raise Misconfigured(f"no connector of kind “{kind}” is installed", hint=did_you_mean(kind, MANIFESTS))
        return MANIFESTS[kind]


GOOD: dict[str, Any] = {
    "desk": {
        "name": "Support",
        "organizer": "support@desk.example",
        "base_url": "https://desk.example",
        "zone": "Europe/Berlin",
        "operator_email": "ops@desk.example",
        "portal_hint": "On your profile page.",
    },
    "staff": [
        {
            "id": "dana",
            "name": "Dana",
            "email": "dana@desk.example",
            "zone": "America/New_York",
            "calendar": {"connector": "cal", "address": "/dana/"},
            "reads": [{"connector": "cal", "address": "/dana/private/"}],
            "hours": {"mon-fri": "09:00-17:00"},
        },
        {
            "id": "ravi",
            "name": "Ravi",
            "email": "ravi@desk.example",
            "zone": "Asia/Kolkata",
            "calendar": {"connector": "cal", "address": "/ravi/"},
            "hours": {"mon-fri": "09:00-17:00"},
        },
    ],
    "type": [{"id": "online", "name": "Screen share", "staff": ["dana"]}],
    "connector": [
        {"name": "cal", "kind": "dav", "url": "https://dav.example"},
        {"name": "mail", "kind": "post", "url": "smtp://mail.example"},
        {"name": "rooms", "kind": "place"},
    ],
}


def good() -> dict[str, Any]:
    return copy.deepcopy(GOOD)


def judged(document: dict[str, Any]) -> Loaded:
    return understand(document, Catalogue())

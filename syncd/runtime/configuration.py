"""Which configuration is in force, and is it good? The file, the installed connectors and their rooms, judged together.

Offline: nothing is connected to; of the connectors only those with the role `rooms` are built, which do no I/O.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel

from syncd.config.credentials import Credentials
from syncd.config.judge import judge_rooms
from syncd.config.load import load_file
from syncd.config.problems import ConfigurationRefused, Problem, did_you_mean, errors_in
from syncd.config.settings import Settings
from syncd.domain.desk import Desk, PaymentMethod, Room
from syncd.domain.terms import Terms
from syncd.ports.connector import ONLINE, Role, Tools
from syncd.ports.errors import Misconfigured
from syncd.runtime.clock import SystemClock
from syncd.runtime.desk import desk_of, terms_of
from syncd.runtime.keys import SECRET_BYTES, InstallationKeys
from syncd.runtime.registry import Registry

DEFAULT_PATHS = (Path("syncd.toml"), Path("/etc/syncd/syncd.toml"))
ENVIRONMENT = "SYNCD_CONFIG"


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration that can be used. `warnings`: what works, but perhaps not as meant."""

    path: Path
    settings: Settings
    desk: Desk
    terms: Terms
    credentials: Credentials
    registry: Registry
    warnings: tuple[Problem, ...]

    @property
    def folder(self) -> Path:
        """What relative paths of the file are relative to."""
        return self.path.parent


def chosen_path(given: Path | None, environment: Mapping[str, str]) -> Path:
    """The file that was named, by option or $SYNCD_CONFIG, else the first usual one that is there."""
    if given is not None:
        return given
    if environment.get(ENVIRONMENT):
        return Path(environment[ENVIRONMENT])
    return next((path for path in DEFAULT_PATHS if path.exists()), DEFAULT_PATHS[0])


def read_configuration(path: Path, environment: Mapping[str, str], *, signed_in: bool = True) -> Configuration:
    """Raises ConfigurationRefused with every problem there is. `signed_in` false: credentials may be missing still, for
    the command that fetches them."""
    registry = Registry()
    loaded = load_file(path, registry)
    if loaded.settings is None:
        raise ConfigurationRefused(str(path), loaded.problems)
    credentials = Credentials.beside(path.absolute(), environment)
    tools = Tools(SystemClock(), keys_of_nobody(), lambda name: credentials.read(name).reveal(), path.absolute().parent)
    rooms, unbuilt = _rooms(loaded.settings, registry, tools)
    rooms = [(path, _fed(room, loaded.settings, registry)) for path, room in rooms]
    problems = [*loaded.problems, *unbuilt]
    if signed_in:
        problems += _missing_credentials(loaded.settings, credentials)
    if not unbuilt:
        problems += judge_rooms(loaded.settings, rooms)
        problems += _strange_rooms(loaded.settings, registry, (room.id for _, room in rooms))
    if errors_in(problems):
        raise ConfigurationRefused(str(path), problems)
    return Configuration(
        path=path.absolute(),
        settings=loaded.settings,
        desk=desk_of(
            loaded.settings,
            [room for _, room in rooms],
            inboxes=_inboxes(loaded.settings, registry),
            payments=_payments(loaded.settings, registry),
        ),
        terms=terms_of(loaded.settings),
        credentials=credentials,
        registry=registry,
        warnings=tuple(problems),
    )


def _rooms(settings: Settings, registry: Registry, tools: Tools) -> tuple[list[tuple[str, Room]], list[Problem]]:
    found: list[tuple[str, Room]] = []
    problems: list[Problem] = []
    for index, connector in enumerate(settings.connectors):
        manifest = registry.manifest(connector.kind)
        if manifest.role is Role.ROOMS:
            try:
                built = manifest.build(connector.name, connector.settings, tools)
                found += [(f"connector[{index}]", room) for room in built.rooms()]
            except Misconfigured as error:
                problems.append(Problem(f"connector[{index}]", str(error), error.hint))
    return found, problems


def _fed(room: Room, settings: Settings, registry: Registry) -> Room:
    """The room with what each configured feed can prove of it (CON-1)."""
    feeds = []
    for connector in settings.connectors:
        manifest = registry.manifest(connector.kind)
        if manifest.role is Role.FEED and manifest.offers is not None:
            offered = manifest.offers(connector.name, connector.settings).get(room.id)
            feeds += [replace(offered, feed=connector.name)] if offered is not None else []
    return replace(room, feeds=tuple(feeds))


def _strange_rooms(settings: Settings, registry: Registry, known: Iterable[str]) -> Iterator[Problem]:
    """Rooms that a feed is bound to and nobody offers: a misspelt one would stay uncovered without a word."""
    rooms = set(known)
    for index, connector in enumerate(settings.connectors):
        manifest = registry.manifest(connector.kind)
        if manifest.role is Role.FEED and manifest.offers is not None:
            for room_id in sorted(set(manifest.offers(connector.name, connector.settings)) - rooms):
                hint = did_you_mean(room_id, rooms) or "rooms stand in a [[connector]] of kind room"
                yield Problem(f"connector[{index}].rooms", f"there is no room “{room_id}”", hint)


def _inboxes(settings: Settings, registry: Registry) -> list[str]:
    """The connectors that bring customers' words: nobody is a no-show while one of them is unread (A7)."""
    bring = (Role.MAIL_IN, Role.TEXTS)
    return [one.name for one in settings.connectors if registry.manifest(one.kind).role in bring]


def _payments(settings: Settings, registry: Registry) -> list[PaymentMethod]:
    found = [(connector, registry.manifest(connector.kind)) for connector in settings.connectors]
    return [
        PaymentMethod(connector.name, ONLINE in manifest.capabilities)
        for connector, manifest in found
        if manifest.role is Role.PAYMENTS
    ]


def _missing_credentials(settings: Settings, credentials: Credentials) -> Iterator[Problem]:
    for index, connector in enumerate(settings.connectors):
        for path, name in _named_credentials(connector.settings, f"connector[{index}]"):
            try:
                credentials.read(name)
            except Misconfigured as error:
                yield Problem(path, str(error), error.hint)


def _named_credentials(table: BaseModel, path: str) -> Iterator[tuple[str, str]]:
    """Every setting that names a credential (ports/connector.py, Tools), of tables within tables too."""
    for field in type(table).model_fields:
        value = getattr(table, field)
        if isinstance(value, BaseModel):
            yield from _named_credentials(value, f"{path}.{field}")
        elif isinstance(value, str) and (field == "credential" or field.endswith("_credential")):
            yield f"{path}.{field}", value


def keys_of_nobody() -> InstallationKeys:
    """Rooms are described, not named: judging a configuration makes no secret and needs none."""
    return InstallationKeys([secrets.token_urlsafe(SECRET_BYTES)])

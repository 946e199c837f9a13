"""Whom do we talk to, and who may call us? The configured connectors, built: calendars by id, the mail server,
mailboxes, directories, feeds, the carrier of texts, and the hooks that any of them offers.

Connectors are built, not called: a server that is down does not keep the daemon from starting.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from syncd.config.settings import Connector
from syncd.ports.calendar import Calendar, CalendarBinding, CalendarConnector
from syncd.ports.clock import Clock
from syncd.ports.connector import PUSH, Role, Tools
from syncd.ports.directory import Directory
from syncd.ports.errors import Misconfigured
from syncd.ports.feed import Feed
from syncd.ports.hook import Hook, Hooked
from syncd.ports.keys import Keys
from syncd.ports.mail import MailIn, MailOut
from syncd.ports.payments import Payments
from syncd.ports.source import Source
from syncd.ports.texts import Texts
from syncd.runtime.configuration import Configuration
from syncd.runtime.desk import calendars_of

log = structlog.get_logger()

READ_BEYOND_DAYS = 15
"""Calendars are read further ahead than anybody can book: a slot page looks at whole weeks."""


HOOKS = "/hooks/"
"""Where hooks stand under the base URL (web/hooks.py)."""


@dataclass(frozen=True, slots=True)
class Outside:
    """`watched`: the calendars that can tell us of changes, each with the address to which it shall."""

    calendars: Mapping[str, Calendar]
    mail: MailOut
    directories: tuple[Directory, ...]
    payments: Mapping[str, Payments]
    feeds: tuple[Feed, ...] = ()
    texts: Texts | None = None
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    watched: Mapping[str, str] = field(default_factory=dict)
    mail_in: tuple[MailIn, ...] = ()

    @property
    def sources(self) -> tuple[Source, ...]:
        """All that the engine reads by cursor."""
        return (*self.calendars.values(), *self.mail_in, *([self.texts] if self.texts is not None else []))


def build_outside(configuration: Configuration, clock: Clock, keys: Keys) -> Outside:
    """Raises Misconfigured, naming the connector."""
    tools = tools_of(configuration, clock, keys)
    built: dict[Role, dict[str, Any]] = {role: {} for role in Role}
    for connector in configuration.settings.connectors:
        manifest = configuration.registry.manifest(connector.kind)
        if manifest.role is Role.ROOMS:
            continue
        try:
            made = manifest.build(connector.name, connector.settings, tools)
        except Misconfigured as error:
            raise Misconfigured(f"connector {connector.name}: {error}", hint=error.hint) from error
        built[manifest.role][connector.name] = made
    calendars = _calendars(configuration, built[Role.CALENDAR], keys)
    return Outside(
        calendars,
        next(iter(built[Role.MAIL_OUT].values())),
        tuple(built[Role.DIRECTORY].values()),
        built[Role.PAYMENTS],
        tuple(built[Role.FEED].values()),
        next(iter(built[Role.TEXTS].values()), None),
        _hooks(made for by_name in built.values() for made in by_name.values()),
        _watched(configuration),
        tuple(built[Role.MAIL_IN].values()),
    )


def tools_of(configuration: Configuration, clock: Clock, keys: Keys) -> Tools:
    """What connectors are built with."""
    credentials = configuration.credentials

    def keep(name: str, text: str) -> None:
        try:
            credentials.write(name, text)
        except Misconfigured as error:  # the former one is in force, and the connector has the new one in memory
            log.warning("credential.not-kept", credential=name, error=str(error), hint=error.hint)

    return Tools(
        clock,
        keys,
        lambda name: credentials.read(name).reveal(),
        configuration.folder,
        keep if credentials.writable else None,
    )


def is_watched(connector: Connector, capabilities: frozenset[str], base_url: str) -> bool:
    """Shall its calendars tell us of changes, and can they? Push is asked for, and a vendor only calls https."""
    return PUSH in capabilities and getattr(connector.settings, "push", False) and base_url.startswith("https://")


def _watched(configuration: Configuration) -> dict[str, str]:
    settings, registry = configuration.settings, configuration.registry
    if not settings.web.enabled:
        return {}
    base_url = settings.desk.base_url
    asked = {
        connector.name
        for connector in settings.connectors
        if is_watched(connector, registry.manifest(connector.kind).capabilities, base_url)
    }
    return {
        bound.calendar_id: f"{base_url}{HOOKS}{bound.connector}"
        for bound in calendars_of(settings)
        if bound.connector in asked
    }


def _hooks(built: Iterable[object]) -> dict[str, Hook]:
    found: dict[str, Hook] = {}
    for made in built:
        for hook in made.hooks() if isinstance(made, Hooked) else ():
            if hook.id in found:
                raise Misconfigured(
                    f"two connectors want to be called at {HOOKS}{hook.id}", hint="give one of them another name"
                )
            found[hook.id] = hook
    return found


def _calendars(
    configuration: Configuration, accounts: Mapping[str, CalendarConnector], keys: Keys
) -> dict[str, Calendar]:
    desk = configuration.desk
    horizon = max((kind.horizon.days for kind in desk.types), default=0) + READ_BEYOND_DAYS
    return {
        bound.calendar_id: accounts[bound.connector].open(
            CalendarBinding(
                calendar_id=bound.calendar_id,
                address=bound.address,
                zone=bound.zone,
                staff_email=bound.email,
                marks=desk.marks,
                keys=keys,
                writable=bound.writable,
                horizon_days=horizon,
            )
        )
        for bound in calendars_of(configuration.settings)
    }

"""Whom do we talk to? The configured connectors, built: calendars by id, the mail server, directories.

Connectors are built, not called: a server that is down does not keep the daemon from starting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from syncd.ports.calendar import Calendar, CalendarBinding, CalendarConnector
from syncd.ports.clock import Clock
from syncd.ports.connector import Role, Tools
from syncd.ports.directory import Directory
from syncd.ports.errors import Misconfigured
from syncd.ports.keys import Keys
from syncd.ports.mail import MailOut
from syncd.ports.payments import Payments
from syncd.runtime.configuration import Configuration
from syncd.runtime.desk import calendars_of

READ_BEYOND_DAYS = 15
"""Calendars are read further ahead than anybody can book: a slot page looks at whole weeks."""


@dataclass(frozen=True, slots=True)
class Outside:
    calendars: Mapping[str, Calendar]
    mail: MailOut
    directories: tuple[Directory, ...]
    payments: Mapping[str, Payments]


def build_outside(configuration: Configuration, clock: Clock, keys: Keys) -> Outside:
    """Raises Misconfigured, naming the connector."""
    tools = Tools(clock, keys, lambda name: configuration.credentials.read(name).reveal(), configuration.folder)
    accounts: dict[str, CalendarConnector] = {}
    directories: list[Directory] = []
    mail: list[MailOut] = []
    payments: dict[str, Payments] = {}
    for connector in configuration.settings.connectors:
        manifest = configuration.registry.manifest(connector.kind)
        if manifest.role is Role.ROOMS:
            continue
        try:
            built = manifest.build(connector.name, connector.settings, tools)
        except Misconfigured as error:
            raise Misconfigured(f"connector {connector.name}: {error}", hint=error.hint) from error
        match manifest.role:
            case Role.CALENDAR:
                accounts[connector.name] = built
            case Role.DIRECTORY:
                directories.append(built)
            case Role.MAIL_OUT:
                mail.append(built)
            case Role.PAYMENTS:
                payments[connector.name] = built
    return Outside(_calendars(configuration, accounts, keys), mail[0], tuple(directories), payments)


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

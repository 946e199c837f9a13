"""Who is who in this process? The composition root: from a configuration to a whole that works.

Everything that is chosen is chosen here: the store, the connectors, the clock, the keys. The rest of syncd receives it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from syncd.domain.desk import Desk
from syncd.domain.people import normal_email
from syncd.domain.terms import Terms
from syncd.engine.act import Actor, Performers
from syncd.engine.compose import compose, draft_of
from syncd.engine.directory import DirectoryReader
from syncd.engine.door import Door
from syncd.engine.feeds import FeedReader
from syncd.engine.hooks import Hooks
from syncd.engine.observe import Observer
from syncd.engine.tick import Engine
from syncd.engine.ways import Ways
from syncd.policy.decide import decide
from syncd.ports.clock import Clock
from syncd.ports.errors import Misconfigured
from syncd.ports.feed import Doors, Registering
from syncd.ports.keys import Keys
from syncd.runtime.clock import SystemClock
from syncd.runtime.configuration import Configuration
from syncd.runtime.keys import open_keys
from syncd.runtime.outside import Outside, build_outside
from syncd.runtime.place import Place, place_of
from syncd.store.migrate import migrate
from syncd.store.sql_store import SqlStore, open_store

Report = Callable[[str, str, Exception], None]


@dataclass(slots=True)
class InForce:
    """The desk and the terms of this moment; a reload replaces them, and whoever asks gets the present ones."""

    desk: Desk
    terms: Terms


@dataclass(slots=True)
class System:
    """A whole that works. `engine`, `door`, `hooks` and `outside` are renewed by `take_up`."""

    configuration: Configuration
    place: Place
    clock: Clock
    keys: Keys
    store: SqlStore
    in_force: InForce
    outside: Outside
    engine: Engine
    reader: DirectoryReader
    door: Door
    hooks: Hooks
    feeds: FeedReader

    def adopt(self) -> None:
        """Put desk and terms in force for the store; the daemon's and the tick's first step."""
        self.store.adopt(self.in_force.desk, self.in_force.terms, self.clock.now())

    def take_up(self, configuration: Configuration) -> None:
        """Go on with another configuration: connectors are built anew, what is in flight ends with the old ones.

        Raises Misconfigured; then nothing has changed.
        """
        outside = build_outside(configuration, self.clock, self.keys)
        self.store.adopt(configuration.desk, configuration.terms, self.clock.now())
        self.configuration, self.outside = configuration, outside
        self.in_force.desk, self.in_force.terms = configuration.desk, configuration.terms
        self.door.calendars = outside.calendars
        self.engine.sources = outside.sources
        self.engine.feeds = outside.feeds
        self.hooks.hooks, self.hooks.staff_emails = outside.hooks, _staff_emails(configuration.desk)
        self.engine.observer = _observer(self.store, self.clock, self.keys, configuration.desk)
        self.engine.actor = _actor(self.store, self.clock, self.keys, self.in_force, outside)
        self.engine.lease = configuration.settings.engine.lease

    def on(self, store: SqlStore) -> System:
        """The same parts over another store: a rehearsal on a copy."""
        return _assembled(
            self.configuration, self.place, self.clock, self.keys, store, self.outside, self.engine.report
        )

    def close(self) -> None:
        self.store.close()


def open_keys_of(place: Place) -> Keys:
    """The installation's keys; its secret is made at the first start. Raises Misconfigured."""
    return open_keys(place.secret, may_create=place.new or place.file is None)


def make_ready(configuration: Configuration) -> Place:
    """A new installation's folder, secret and schema; what is there already is left alone. Raises Misconfigured."""
    place = place_of(configuration.settings.store, configuration.folder)
    try:
        place.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        hint = "make it, and let syncd write to it; or set store.folder"
        raise Misconfigured(f"the folder {place.folder} cannot be made: {error.strerror}", hint=hint) from None
    if place.new:
        open_keys_of(place)
        migrate(place.url)
    return place


def open_system(configuration: Configuration, report: Report, clock: Clock | None = None) -> System:
    """Raises Misconfigured (a connector, the secret, another schema), Unavailable (the database)."""
    place = place_of(configuration.settings.store, configuration.folder)
    clock = clock if clock is not None else SystemClock()
    keys = open_keys_of(place)
    outside = build_outside(configuration, clock, keys)
    store = open_store(place.url, installation_id=keys.installation_id)
    return _assembled(configuration, place, clock, keys, store, outside, report)


def _assembled(
    configuration: Configuration,
    place: Place,
    clock: Clock,
    keys: Keys,
    store: SqlStore,
    outside: Outside,
    report: Report,
) -> System:
    in_force = InForce(configuration.desk, configuration.terms)
    feeds = FeedReader(store, store.views, clock, keys, lambda: in_force.desk, lambda: in_force.terms)
    engine = Engine(
        store=store,
        clock=clock,
        decide=decide,
        observer=_observer(store, clock, keys, configuration.desk),
        actor=_actor(store, clock, keys, in_force, outside),
        sources=outside.sources,
        report=report,
        lease=configuration.settings.engine.lease,
        feeds=outside.feeds,
        feed_reader=feeds,
    )
    door = Door(
        store=store,
        views=store.views,
        calendars=outside.calendars,
        clock=clock,
        keys=keys,
        desk=lambda: in_force.desk,
        terms=lambda: in_force.terms,
        decide=decide,
    )
    reader = DirectoryReader(store, store.views, clock, keys)
    hooks = Hooks(
        store, store.views, clock, keys, outside.hooks, _staff_emails(configuration.desk), feed_told=feeds.told
    )
    return System(configuration, place, clock, keys, store, in_force, outside, engine, reader, door, hooks, feeds)


def _observer(store: SqlStore, clock: Clock, keys: Keys, desk: Desk) -> Observer:
    own = frozenset(normal_email(address) for address in (desk.organizer, desk.support_email) if address)
    return Observer(store, store.views, clock, keys, _staff_emails(desk), own)


def _staff_emails(desk: Desk) -> frozenset[str]:
    return frozenset(normal_email(member.email) for member in desk.staff)


def _actor(store: SqlStore, clock: Clock, keys: Keys, in_force: InForce, outside: Outside) -> Actor:
    performers = Performers(outside.calendars, outside.mail, outside.payments, outside.texts)
    registrars = {room: feed for feed in outside.feeds if isinstance(feed, Registering) for room in feed.registers}
    doors = {room: feed for feed in outside.feeds if isinstance(feed, Doors) for room in feed.opens}
    return Actor(store, clock, keys, lambda: in_force.desk, performers, compose, draft_of, Ways(registrars, doors))

"""What may an operator do beside the daemon? Reads, and small changes in short transactions of their own (REL-10).

Each function is one command; the daemon sees what was done within a second.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from syncd.config.problems import did_you_mean
from syncd.domain.desk import Desk
from syncd.domain.effect import EffectState
from syncd.domain.keys import CaseKey, calendar_key
from syncd.domain.people import Company
from syncd.domain.spans import Span
from syncd.engine.desk import DeskDoor
from syncd.engine.directory import Imported
from syncd.ports.connector import FILES, Role, Tools
from syncd.ports.directory import Directory
from syncd.ports.errors import Misconfigured, Permanent
from syncd.ports.feed import Importing
from syncd.ports.source import Source
from syncd.ports.store import SourceState
from syncd.ports.views import Explanation, OutboxRow
from syncd.runtime.bootstrap import Report, System, make_ready, open_keys_of, open_system
from syncd.runtime.configuration import ENVIRONMENT, Configuration, chosen_path, read_configuration
from syncd.runtime.desk import calendars_of
from syncd.runtime.lock import EngineLock
from syncd.runtime.place import Place, place_of
from syncd.runtime.users import staff_member
from syncd.store.migrate import migrate as migrate_schema
from syncd.store.sql_store import open_store

OUTBOX_ROWS_MAX = 1_000

log = structlog.get_logger()


def report(what: str, where: str, error: Exception) -> None:
    """Where the engine tells of what it cannot put right itself; with a traceback where we are wrong."""
    log.warning(what, where=where, error=str(error), exc_info=error if what.endswith(".broke") else None)


def configured(given: Path | None, environment: Mapping[str, str], *, signed_in: bool = True) -> Configuration:
    """Raises ConfigurationRefused. `signed_in` false: credentials may be missing still."""
    return read_configuration(chosen_path(given, environment), environment, signed_in=signed_in)


def desk_or(sample: Desk, given: Path | None, environment: Mapping[str, str]) -> Desk:
    """The configured desk; the sample where none is named or lies in a usual place. Raises ConfigurationRefused."""
    if given is None and not chosen_path(None, environment).exists() and not environment.get(ENVIRONMENT):
        return sample
    return read_configuration(chosen_path(given, environment), environment, signed_in=False).desk


@contextmanager
def system_of(configuration: Configuration, report: Report) -> Iterator[System]:
    """An installation that is there, opened and closed again. Raises Misconfigured, Unavailable."""
    place = place_of(configuration.settings.store, configuration.folder)
    if place.new:
        raise Misconfigured(f"there is no database {place.file} yet", hint="`syncd run` or `syncd migrate` makes it")
    system = open_system(configuration, report)
    try:
        yield system
    finally:
        system.close()


# -- the schema, and one turn ------------------------------------------------------------------------------------------


def migrate(configuration: Configuration) -> Place:
    """Bring the schema up to date; a new installation gets its secret too. Raises AlreadyRunning, Misconfigured."""
    place = make_ready(configuration)
    with EngineLock(place.lock):
        open_keys_of(place)
        migrate_schema(place.url)
    return place


def tick(configuration: Configuration, report: Report) -> int:
    """One turn: observe, settle, act; how much was done. Raises AlreadyRunning beside a daemon."""
    with EngineLock(make_ready(configuration).lock), system_of(configuration, report) as system:
        system.adopt()
        for directory in system.outside.directories:
            system.reader.read(directory)
        return system.engine.tick()


def rehearse(configuration: Configuration, report: Report) -> tuple[OutboxRow, ...]:
    """`tick --dry-run`: what a turn would send and write. It observes and settles on a copy of the database."""
    place = place_of(configuration.settings.store, configuration.folder)
    if place.file is None:
        raise Misconfigured("a dry run needs SQLite", hint="restore a copy of the PostgreSQL database, and ask that")
    with system_of(configuration, report) as system, tempfile.TemporaryDirectory(prefix="syncd-") as folder:
        copy = Path(folder) / "copy.db"
        _copy(place.file, copy)
        store = open_store(f"sqlite:///{copy}", installation_id=system.keys.installation_id)
        try:
            rehearsal = system.on(store)
            rehearsal.adopt()
            for directory in rehearsal.outside.directories:
                rehearsal.reader.read(directory)
            for source in rehearsal.engine.sources:
                rehearsal.engine.observe(source)
            rehearsal.engine.settle()
            return _due(rehearsal)
        finally:
            store.close()


def _due(system: System) -> tuple[OutboxRow, ...]:
    now = system.clock.now()
    rows = system.store.views.outbox((EffectState.PENDING,), OUTBOX_ROWS_MAX)
    return tuple(row for row in rows if row.due_at <= now)


def _copy(file: Path, copy: Path) -> None:
    """A consistent copy of a database in use (sqlite.org/backup.html)."""
    with (
        closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)


# -- explain -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """What a text meant: one subject explained, or several to choose from."""

    explanation: Explanation | None
    candidates: tuple[CaseKey, ...]


def explain(system: System, text: str) -> Found:
    """By session id or its beginning, e-mail address, company id, code or name. Raises Permanent if nothing fits."""
    candidates = system.store.views.find_subjects(text)
    if not candidates:
        raise Permanent(
            f"nothing is known of “{text:.80}”",
            hint="name a session id, an e-mail address, or a company's code, id or name",
        )
    if len(candidates) > 1:
        return Found(None, candidates)
    return Found(system.store.views.explain(candidates[0]), candidates)


# -- the outbox --------------------------------------------------------------------------------------------------------


def outbox(system: System, states: tuple[EffectState, ...]) -> tuple[OutboxRow, ...]:
    return system.store.views.outbox(states, OUTBOX_ROWS_MAX)


def retry(system: System, key: str) -> None:
    """Raises Permanent if nothing of that key is parked."""
    if not system.store.retry_parked(key, system.clock.now()):
        raise _not_parked(system, key)


def discard(system: System, key: str, reason: str) -> None:
    """Raises Permanent if nothing of that key is parked."""
    if not system.store.discard(key, reason, system.clock.now()):
        raise _not_parked(system, key)


def _not_parked(system: System, key: str) -> Permanent:
    parked = [row.effect.key for row in outbox(system, (EffectState.PARKED,))]
    hint = did_you_mean(key, parked) or "`syncd outbox list --state parked` shows what can be retried or discarded"
    return Permanent(f"nothing with the key “{key:.200}” is set aside", hint=hint)


# -- sources -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as an operator sees it: what it is, and how it does."""

    state: SourceState
    about: str


def sources(system: System) -> tuple[SourceRow, ...]:
    """Those that are configured, read or not yet."""
    known = {state.source: state for state in system.store.views.sources()}
    about = {
        bound.calendar_id: _about(system, bound.calendar_id) for bound in calendars_of(system.configuration.settings)
    }
    about |= {box.id: "mailbox" for box in system.outside.mail_in}
    about |= {directory.id: "directory" for directory in system.outside.directories}
    if system.outside.texts is not None:
        about[system.outside.texts.id] = "texts"
    return tuple(SourceRow(known.get(name, SourceState(name)), text) for name, text in about.items())


def reread(system: System, name: str) -> None:
    """Read that calendar in full at the next turn (CAL-4). Raises Permanent for a source that is not configured."""
    if name not in system.outside.calendars:
        hint = did_you_mean(name, system.outside.calendars) or "`syncd sources list` shows them"
        raise Permanent(f"there is no calendar “{name:.80}”", hint=hint)
    system.store.begin_round(name, system.clock.now())


def _about(system: System, calendar_id: str) -> str:
    desk = system.configuration.desk
    holder = desk.holder_of(calendar_id)
    if holder is not None:
        return f"sessions of {holder.id}"
    return "busy times of " + ", ".join(member.id for member in desk.staff if calendar_id in member.reads)


# -- mails and texts that were put aside -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PutAside:
    """A mail that could not be read (INV-43), or a text that was told of and not read (SMS-4), without what it
    says."""

    source: str
    key: str
    received_at: datetime
    size: int
    reason: str


def put_aside(system: System) -> tuple[PutAside, ...]:
    return tuple(
        PutAside(box.id, raw.key, raw.received_at, len(raw.body), raw.unreadable)
        for box in inboxes(system)
        for raw in system.store.unreadable(box.id)
    )


def inboxes(system: System) -> tuple[Source, ...]:
    """All that brings customers' words."""
    texts = (system.outside.texts,) if system.outside.texts is not None else ()
    return (*system.outside.mail_in, *texts)


def done_with(system: System, key: str, staff_id: str, reason: str) -> None:
    """It needs no reading, says that member, and why: it stands against nobody any more, and the record keeps the word
    (ATT-7.6). Raises Permanent: nothing of that key is put aside, no such member, no reason."""
    said = " ".join(reason.split())
    if not said:
        raise Permanent("there is no reason", hint="say why it needs no reading: the record keeps it")
    by, aside = staff_member(system, staff_id), {one.key: one for one in put_aside(system)}
    if key not in aside:
        hint = did_you_mean(key, list(aside)) or "`syncd mail list` shows what is"
        raise Permanent(f"nothing with the key “{key:.200}” is put aside", hint=hint)
    DeskDoor(system.door).seen(calendar_key(aside[key].source), key, by, said)


def read_again(system: System) -> tuple[int, int]:
    """This version tries what was put aside: (understood now, put aside still)."""
    read = [system.engine.observer.read_again(box) for box in system.outside.mail_in]
    return sum(now for now, _ in read), sum(still for _, still in read)


# -- the directory -----------------------------------------------------------------------------------------------------


def import_directory(system: System, *, believe: bool) -> Imported:
    """Read the configured directory now. Raises what it raises, and Misconfigured where there is none."""
    if not system.outside.directories:
        raise Misconfigured(
            "no directory is configured", hint="add a [[connector]] with one, or import files with --companies"
        )
    (directory,) = system.outside.directories  # the configuration has one at most
    return system.reader.bring_in(directory, believe_shrunk=believe)


def import_files(system: System, companies: Path, contacts: Path | None, *, believe: bool) -> Imported:
    """Fill syncd's own tables from files (D1), where no directory is configured."""
    if system.outside.directories:
        names = ", ".join(directory.id for directory in system.outside.directories)
        raise Misconfigured(
            f"the directory {names} is in force", hint="what it does not list would be gone at its next read"
        )
    return system.reader.bring_in(_files(system, companies, contacts), believe_shrunk=believe)


def _files(system: System, companies: Path, contacts: Path | None) -> Directory:
    registry = system.configuration.registry
    for kind in registry.kinds():
        manifest = registry.manifest(kind)
        if manifest.role is Role.DIRECTORY and FILES in manifest.capabilities:
            settings = manifest.settings.model_validate(
                {"companies": str(companies.absolute()), "contacts": str(contacts.absolute()) if contacts else None}
            )
            tools = Tools(system.clock, system.keys, lambda name: "", system.configuration.folder)
            built: Directory = manifest.build("import", settings, tools)
            return built
    raise Misconfigured("no connector that reads a directory from files is installed", hint="install syncd anew")


def import_attendance(system: System, path: Path, feed_id: str | None, room_id: str, covered: Span) -> int:
    """A list of who was in a room within `covered` (CON-8); how many records were news. Without `feed_id`: the one feed
    that takes files."""
    able = {feed.id: feed for feed in system.outside.feeds if isinstance(feed, Importing)}
    wanted = feed_id if feed_id is not None else next(iter(able), "")
    if wanted not in able or (feed_id is None and len(able) > 1):
        hint = f"name one by --feed: {', '.join(sorted(able))}" if able else 'add a [[connector]] of kind = "csv_feed"'
        raise Permanent(
            f"there is no feed “{wanted:.80}” that takes files" if wanted else "no feed takes files", hint=hint
        )
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Permanent(f"{path} cannot be read: {error.strerror}", hint="give the file's own path") from None
    return system.feeds.told(wanted, able[wanted].bring(path.name, raw, room_id, covered, system.clock.now()))


def companies(system: System) -> tuple[tuple[Company, int], ...]:
    """Every company with the number of its contacts, by name."""
    views = system.store.views
    counts: dict[str, int] = {}
    for contact in views.contacts():
        counts[contact.company_id] = counts.get(contact.company_id, 0) + 1
    found = sorted(views.companies(), key=lambda company: company.name.casefold())
    return tuple((company, counts.get(company.id, 0)) for company in found)

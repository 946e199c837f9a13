"""Does everything work, really? Every connector tried, the database looked into; a hint for each failure.

What `syncd check` judges offline is tried here for real. Nothing is written, save what signing in leaves behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from syncd.domain.desk import Desk, JoinData, Room
from syncd.domain.effect import EffectState
from syncd.ports.errors import SyncdError
from syncd.ports.feed import Describing, Feed
from syncd.runtime.bootstrap import System
from syncd.runtime.lock import EngineLock

PROBES_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Examined:
    """One part: well or not, what was found, and what to do."""

    part: str
    well: bool
    facts: tuple[str, ...]
    hint: str = ""


def examine(system: System) -> tuple[Examined, ...]:
    """All parts, in the order in which one would mend them."""
    return (*_tables(system), *_probes(system), *_sources(system), *_left_over(system))


def _tables(system: System) -> Iterator[Examined]:
    counts = system.store.views.directory_counts()
    yield Examined("store", True, (f"{counts.companies} companies, {counts.contacts} contacts",))
    holder = EngineLock(system.place.lock).holder()
    yield Examined("daemon", True, ("does not run" if holder is None else f"runs as process {holder}",))


def _probes(system: System) -> Iterator[Examined]:
    outside = system.outside
    probes: list[tuple[str, Callable[[], tuple[str, ...]]]] = [
        *((f"calendar {calendar_id}", calendar.probe) for calendar_id, calendar in outside.calendars.items()),
        ("mail", outside.mail.probe),
        *((f"mailbox {box.id}", box.probe) for box in outside.mail_in),
        *([("texts", outside.texts.probe)] if outside.texts is not None else []),
        *((f"directory {directory.id}", directory.probe) for directory in outside.directories),
        *((f"feed {feed.id}", partial(_feed, feed, system.configuration.desk)) for feed in outside.feeds),
    ]
    with ThreadPoolExecutor(PROBES_AT_ONCE, thread_name_prefix="syncd-probe") as pool:
        yield from pool.map(lambda probe: tried(*probe), probes)


def _feed(feed: Feed, desk: Desk) -> tuple[str, ...]:
    facts = feed.probe()
    if not isinstance(feed, Describing):
        return facts
    said = feed.join_data()
    return (*facts, *(text for room in desk.rooms if room.id in said for text in differences(room, said[room.id])))


def differences(room: Room, said: JoinData) -> tuple[str, ...]:
    """What customers are sent of a room and its provider does not say (CON-11); what it does not tell is not missed."""
    found = []
    if said.conference_digits and said.conference_digits != room.join.conference_digits:
        found.append(
            f"room {room.id}: customers are sent the conference ID {room.join.conference_id},"
            f" but the provider says {said.conference_id}"
        )
    known = {number.e164 for number in said.numbers}
    strange = [number.e164 for number in room.join.numbers if known and number.e164 not in known]
    if strange:
        found.append(f"room {room.id}: customers are sent {', '.join(strange)}, which the provider does not list")
    return tuple(found)


def tried(part: str, probe: Callable[[], tuple[str, ...]]) -> Examined:
    try:
        return Examined(part, True, probe())
    except SyncdError as error:
        return Examined(part, False, (str(error),), error.hint)
    except Exception as error:  # noqa: BLE001 -- one connector's surprise must not hide the others' state
        return Examined(
            part, False, (f"{type(error).__name__}: {error}",), "this is a fault of the connector; report it"
        )


def _sources(system: System) -> Iterator[Examined]:
    outside = system.outside
    known = {*(source.id for source in outside.sources), *(directory.id for directory in outside.directories)}
    for state in system.store.views.sources():
        if state.failing_since is not None and state.source in known:
            since = f"failing since {state.failing_since:%Y-%m-%d %H:%M} UTC: {state.error}"
            yield Examined(f"source {state.source}", False, (since,), state.hint)


def _left_over(system: System) -> Iterator[Examined]:
    for box in system.outside.mail_in:
        if aside := system.store.unreadable(box.id):
            reasons = tuple(dict.fromkeys(raw.unreadable for raw in aside))[:5]
            hint = "see `syncd mail list`; `syncd mail reread` tries them again, as every start does"
            yield Examined(f"mailbox {box.id}", False, (f"{len(aside)} mails could not be read", *reasons), hint)
    texts = system.outside.texts
    if texts is not None and (told := system.store.unreadable(texts.id)):
        what = f"{len(told)} texts were told of and are not read: no no-show is concluded meanwhile (ATT-7.6)"
        since = f"the first came at {min(raw.received_at for raw in told):%Y-%m-%d %H:%M} UTC"
        hint = "the next reading takes them in; what stays: the desk's inbox, or `syncd mail done KEY`, with a reason"
        yield Examined(f"texts {texts.id}", False, (what, since), hint)
    parked = system.store.views.outbox((EffectState.PARKED,))
    if parked:
        facts = tuple(f"{row.effect.kind}: {row.reason}" for row in parked[:5])
        yield Examined("outbox", False, (f"{len(parked)} set aside", *facts), "see `syncd outbox list --state parked`")
    for key, until, reason in system.store.views.set_aside():
        facts = (f"waits until {until:%Y-%m-%d %H:%M} UTC: {reason}",)
        yield Examined(f"case {key}", False, facts, "deciding it failed: this is a fault of syncd; report it")

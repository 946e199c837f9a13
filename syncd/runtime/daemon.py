"""What runs all day? Three independently paced loops: read what changed, settle what is due, act on what follows.

The main thread keeps the cadence (`schedule`), settles, and gives every call to the outside world to the pool, so that
one slow calendar delays no reminder. It sleeps on an alarm that presses, receipts, news and signals ring. All that it
knows is in the tables or asked anew; a kill at any moment forgets nothing (REL-3).
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog
from schedule import Scheduler

from syncd.config.problems import ConfigurationRefused
from syncd.config.settings import EngineSettings
from syncd.engine.observe import Outcome
from syncd.ports.directory import Directory
from syncd.ports.errors import Misconfigured, SyncdError, Unavailable
from syncd.ports.feed import Feed
from syncd.ports.hook import Watchable, watch_of
from syncd.ports.mail import MailIn
from syncd.ports.source import Source
from syncd.runtime.alarm import Alarm
from syncd.runtime.bootstrap import System
from syncd.runtime.configuration import Configuration
from syncd.runtime.metrics import Metrics
from syncd.runtime.notify import Notifier
from syncd.runtime.outages import STORE, Outages
from syncd.runtime.pool import Pool
from syncd.runtime.readings import Reading, Readings
from syncd.runtime.watch import MailWatch
from syncd.runtime.watches import Watches, retry_after

if TYPE_CHECKING:
    from syncd.runtime.serving import WebServer

GRACE_SECONDS = 8.0
"""So long a stop waits for what is in flight (design: SIGTERM); systemd's own patience is longer."""

WEB_SECONDS = 1.0
SLEEP_SECONDS_MAX = 5.0
CLAIMED_PER_THREAD = 3
"""Effects claimed beyond those in flight: each waits for two calls at most, which the lease must outlast."""

log = structlog.get_logger()


class Daemon:
    """One daemon over one system. `reread` answers the configuration as it now stands, or raises why not."""

    def __init__(
        self, system: System, notifier: Notifier, metrics: Metrics, reread: Callable[[], Configuration]
    ) -> None:
        self._system = system
        self._notifier = notifier
        self._metrics = metrics
        self._reread = reread
        self._alarm = Alarm()
        self._outages = Outages()
        self._readings = Readings(system.clock.monotonic)
        self._watches = Watches(system.clock)
        self._pool = Pool(system.configuration.settings.engine.pool, self._alarm.ring, self._broke)
        self._scheduler = Scheduler()
        self._web: WebServer | None = None
        self._mail_watches: list[MailWatch] = []
        self._stop_at: float | None = None
        self._hang_up = False
        self._damage: Misconfigured | None = None
        self._store_failed = False
        system.door.wake = self._alarm.ring
        system.hooks.wake = self._woken
        system.engine.report = self._report

    def run(self, web: WebServer | None) -> None:
        """Until a signal asks to stop. Raises Misconfigured if the database is damaged; nothing is repaired."""
        self._web = web
        self._install_signals()
        self._system.adopt()
        self._read_mail_again()
        self._take_readings()
        self._keep_cadence()
        if web is not None:
            web.start()
        try:
            self._turn()
            where = f"pages on port {web.port}" if web is not None else "no pages"
            self._notifier.ready(f"{len(self._system.outside.calendars)} calendars, {where}")
            log.info("daemon.started", calendars=len(self._system.outside.calendars), pages=web is not None)
            while self._stop_at is None and self._damage is None:
                self._wait_and_work()
        finally:
            self._end()
        if self._damage is not None:
            raise self._damage

    # -- the loop ------------------------------------------------------------------------------------------------------

    def _wait_and_work(self) -> None:
        idle = self._scheduler.idle_seconds or 0.0
        if idle > SLEEP_SECONDS_MAX:  # the wall clock stepped back, and `schedule` waits for the old time (REL 3)
            self._keep_cadence()
            idle = 0.0
        rung = self._alarm.wait(min(idle, SLEEP_SECONDS_MAX))
        if self._hang_up:
            self._hang_up = False
            self._reload()
        if self._stop_at is None:
            if rung:
                self._turn()
            self._scheduler.run_pending()

    def _keep_cadence(self) -> None:
        """Each loop at its own pace; settling first, since it is what the others feed on."""
        seconds = max(1, round(self._system.configuration.settings.engine.sweep.total_seconds()))
        self._scheduler.clear()
        for loop in (self._settle, self._act, self._observe):
            self._scheduler.every(seconds).seconds.do(loop)

    def _turn(self) -> None:
        self._settle()
        self._act()
        self._observe()

    def _settle(self) -> None:
        began = self._system.clock.monotonic()
        settled = self._guarded("settle", self._system.engine.settle)
        self._metrics.settled.inc(settled)
        self._metrics.pass_seconds.set(self._system.clock.monotonic() - began)
        self._notifier.watchdog()
        if settled:
            self._alarm.ring()  # what was derived is due now

    def _act(self) -> None:
        """Writes to calendars leave two threads to mail: calendars that hang delay no reminder."""
        room = self._pool.size * CLAIMED_PER_THREAD - self._pool.held("mail") - self._pool.held("write")
        if room > 0:
            full = self._pool.held("write") >= max(1, self._pool.size - 2)
            lanes = tuple(self._system.outside.calendars) if full else self._pool.busy_lanes()
            self._guarded("act", lambda: self._start(room, lanes))
            self._metrics.in_flight.set(self._pool.held())

    def _start(self, room: int, lanes: tuple[str, ...]) -> int:
        work = self._system.engine.claim(lanes, room)
        for one in work:
            self._pool.submit("write" if one.lane else "mail", one.lane, one.perform)
        self._metrics.started.inc(len(work))
        return len(work)

    def _observe(self) -> None:
        """Readings take half of the pool at most: calendars that hang leave room for reminders."""
        for reading in self._readings.due():
            if self._pool.held("read") >= max(1, self._pool.size // 2):
                return
            self._readings.taken(reading)  # before it begins: it may be over before `submit` returns
            if not self._pool.submit("read", reading.lane, self._reading(reading)):
                self._readings.put_back(reading)

    def _guarded(self, what: str, act: Callable[[], int]) -> int:
        """One step against the store. It cannot write now: nothing is lost, it is told once, and tried again. It is
        damaged: a person must act, and every further step could make it worse."""
        self._store_failed = False
        try:
            done = act()
        except Unavailable as error:
            self._report(f"{what}.waits", STORE, error)
            return 0
        except Misconfigured as error:
            self._damage = error
            return 0
        if done and not self._store_failed:  # something was written: it can be again
            self._outages.ended(STORE)
        return done

    def _report(self, what: str, where: str, error: Exception) -> None:
        """What the engine cannot put right itself. A store that cannot write is one outage, not one a case."""
        self._metrics.faults.labels(what).inc()
        if isinstance(error, Unavailable):
            self._store_failed = True
            self._outages.began(STORE, error)
        else:
            self._outages.noted(what, where, error)

    # -- readings ------------------------------------------------------------------------------------------------------

    def _take_readings(self) -> None:
        settings, outside = self._system.configuration.settings.engine, self._system.outside
        calendars = [
            Reading(source.id, source.lane, partial(self._read_calendar, source, settings))
            for source in outside.calendars.values()
        ]
        mailboxes = [
            Reading(box.id, box.lane, partial(self._read_mail, box, settings.mail_poll)) for box in outside.mail_in
        ]
        texts = [outside.texts] if outside.texts is not None else []
        inboxes = [
            Reading(source.id, source.lane, partial(self._read_inbox, source, settings.texts_poll)) for source in texts
        ]
        directories = [
            Reading(directory.id, directory.id, partial(self._read_directory, directory, settings.directory_poll))
            for directory in outside.directories
        ]
        feeds = [Reading(feed.id, feed.lane, partial(self._read_feed, feed)) for feed in outside.feeds]
        self._watches = Watches(self._system.clock)
        self._readings.set([*feeds, *directories, *mailboxes, *inboxes, *calendars, *self._openings()])
        self._watch_mail()

    def _watch_mail(self) -> None:
        """Those that watched before end by themselves; each mailbox as it now is gets its own."""
        for watch in self._mail_watches:
            watch.stop()
        self._mail_watches = [
            MailWatch(box, partial(self._mail_came, box.id), self._report) for box in self._mailboxes()
        ]
        for watch in self._mail_watches:
            watch.start()

    def _mailboxes(self) -> tuple[MailIn, ...]:
        return self._system.outside.mail_in

    def _mail_came(self, box_id: str) -> None:
        self._readings.wake(box_id)
        self._alarm.ring()

    def _openings(self) -> Iterator[Reading]:
        """The channels to be opened, each in its calendar's lane."""
        outside = self._system.outside
        for calendar_id, address in outside.watched.items():
            calendar = outside.calendars[calendar_id]
            if isinstance(calendar, Watchable):
                yield Reading(watch_of(calendar_id), calendar.lane, partial(self._open, calendar_id, calendar, address))

    def _reading(self, reading: Reading) -> Callable[[], None]:
        def call() -> None:
            wait = timedelta(seconds=SLEEP_SECONDS_MAX)  # after a fault of ours
            try:
                wait = reading.read()
            except Unavailable as error:
                self._report("reading.waits", reading.id, error)
            finally:
                self._readings.finished(reading, wait)

        return call

    def _read_inbox(self, source: Source, interval: timedelta) -> timedelta:
        outcome = self._system.engine.observe(source)
        self._metrics.readings.labels(outcome).inc()
        self._tell_outage(source.id, failed=outcome is Outcome.FAILED)
        return self._system.engine.observer.next_try(source, outcome, interval, None)

    def _read_calendar(self, source: Source, settings: EngineSettings) -> timedelta:
        engine, watches = self._system.engine, self._watches
        told = watches.begins(source.id)
        outcome = engine.observe(source)
        self._metrics.readings.labels(outcome).inc()
        self._tell_outage(source.id, failed=outcome is Outcome.FAILED)
        if outcome is Outcome.FAILED:
            self._readings.hush(source.id)
        else:
            watches.ends(source.id, told=told, news=outcome is Outcome.NEWS)
        interval = watches.interval(source.id, settings.poll, settings.watched_poll)
        return engine.observer.next_try(source, outcome, interval, None)

    def _open(self, calendar_id: str, calendar: Watchable, address: str) -> timedelta:
        """Push only spares polls: where it cannot be had, that is said once, and polling goes on as before."""
        name = watch_of(calendar_id)
        try:
            again = self._watches.open(calendar_id, calendar, address)
        except SyncdError as error:
            self._outages.began(name, error)
            return retry_after(error)
        self._outages.ended(name)
        return again

    def _woken(self, sources: tuple[str, ...]) -> None:
        """A hook says that there is news. What fails waits as its back-off says, whoever calls (CAL-27)."""
        for source_id in sources:
            self._watches.told(source_id)
            if self._system.store.source(source_id).failing_since is None:
                self._readings.wake(source_id)
        self._alarm.ring()

    def _read_directory(self, directory: Directory, interval: timedelta) -> timedelta:
        imported = self._system.reader.read(directory)
        self._metrics.readings.labels(Outcome.FAILED if imported is None else Outcome.QUIET).inc()
        self._tell_outage(directory.id, failed=imported is None)
        for problem in imported.problems if imported is not None else ():
            self._outages.noted("row.unreadable", problem.where, SyncdError(problem.what, hint=problem.hint))
        return interval

    def _read_feed(self, feed: Feed) -> timedelta:
        """Its rooms at their own cadence while a window is open (CON-3)."""
        wait = self._system.engine.poll(feed)
        state = self._system.store.source(feed.id)
        self._metrics.readings.labels(Outcome.QUIET if state.failing_since is None else Outcome.FAILED).inc()
        self._tell_outage(feed.id, failed=state.failing_since is not None)
        return wait

    def _read_mail(self, box: MailIn, interval: timedelta) -> timedelta:
        engine = self._system.engine
        outcome = engine.observe(box)
        self._metrics.readings.labels(outcome).inc()
        self._tell_outage(box.id, failed=outcome is Outcome.FAILED)
        if outcome is Outcome.FAILED:
            self._readings.hush(box.id)
        return engine.observer.next_try(box, outcome, interval, None)

    def _read_mail_again(self) -> None:
        """This version may understand what the former put aside (INV-43)."""
        for box in self._mailboxes():
            understood, _ = self._system.engine.observer.read_again(box)
            if understood:
                log.info("mail.understood", source=box.id, mails=understood)

    def _tell_outage(self, source_id: str, *, failed: bool) -> None:
        if not failed:
            self._outages.ended(source_id)
            return
        state = self._system.store.source(source_id)
        self._outages.began(source_id, SyncdError(state.error, hint=state.hint))

    # -- signals, reload, end ------------------------------------------------------------------------------------------

    def _install_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())
        signal.signal(signal.SIGHUP, lambda *_: self._hung_up())

    def stop(self) -> None:
        """Ask the loop to end; from a signal, or another thread."""
        if self._stop_at is None:
            self._stop_at = self._system.clock.monotonic() + GRACE_SECONDS
        self._alarm.ring()

    def _hung_up(self) -> None:
        self._hang_up = True
        self._alarm.ring()

    def _reload(self) -> None:
        """SIGHUP: the configuration is taken up whole, or not at all, and then it is said why."""
        self._notifier.reloading()
        try:
            configuration = self._reread()
            self._system.take_up(configuration)
        except ConfigurationRefused as refused:
            for problem in refused.problems:
                log.error("configuration.refused", path=problem.path, what=problem.what, hint=problem.hint)
            self._notifier.ready("the changed configuration was refused; the former one stays in force")
        except SyncdError as error:
            log.error("configuration.refused", what=str(error), hint=error.hint)
            self._notifier.ready("the changed configuration was refused; the former one stays in force")
        else:
            self._take_readings()
            self._keep_cadence()
            log.info("configuration.taken-up", desk=configuration.desk.id, terms=configuration.terms.id)
            self._notifier.ready("configuration taken up")

    def _end(self) -> None:
        """Claim nothing more, wait for what is in flight, close. What is not over then is a lost lease (REL-4)."""
        self._notifier.stopping()
        for watch in self._mail_watches:
            watch.stop()
        clock = self._system.clock
        until = self._stop_at if self._stop_at is not None else clock.monotonic() + GRACE_SECONDS
        if self._web is not None:
            self._web.stop()
        left = self._pool.close(until - clock.monotonic())
        if self._web is not None:
            self._web.join(WEB_SECONDS)
        if left == 0:
            self._system.close()
        log.info("daemon.stopped", left=left)

    def _broke(self, error: Exception) -> None:
        self._report("call.broke", "pool", error)

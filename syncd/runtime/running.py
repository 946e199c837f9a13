"""How does the daemon come up, and go? From a configuration file to a running daemon, and the pages alone."""

from __future__ import annotations

import os
import resource
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from syncd.ports.errors import Misconfigured
from syncd.runtime import logging as runtime_logging
from syncd.runtime.alarm import Alarm
from syncd.runtime.bootstrap import System, make_ready, open_system
from syncd.runtime.configuration import Configuration, chosen_path, read_configuration
from syncd.runtime.daemon import Daemon
from syncd.runtime.lock import EngineLock
from syncd.runtime.metrics import Metrics
from syncd.runtime.notify import Notifier
from syncd.runtime.operating import report
from syncd.runtime.place import place_of

if TYPE_CHECKING:
    from syncd.runtime.serving import WebServer

LONG_SECONDS = 3600.0
STOP_SECONDS = 8.0

log = structlog.get_logger()

Announce = Callable[[Configuration], None]
"""Told once the pages listen: the configuration in force."""


def run(
    given: Path | None,
    environment: Mapping[str, str],
    *,
    port: int | None = None,
    sample_mailbox: Path | None = None,
    announce: Announce = lambda configuration: None,
) -> None:
    """The daemon, until a signal ends it. Raises ConfigurationRefused, AlreadyRunning, Misconfigured, Unavailable."""
    path = chosen_path(given, environment)

    def reread() -> Configuration:
        return _with_port(read_configuration(path, environment), port)

    configuration = reread()
    _start_logging(configuration)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold the secrets
    with EngineLock(make_ready(configuration).lock):
        system = open_system(configuration, report)
        metrics = Metrics(system.store.views, system.clock)
        web = _web_of(system, metrics, sample_mailbox) if configuration.settings.web.enabled else None
        daemon = Daemon(system, Notifier(environment, os.getpid()), metrics, _unmoved(reread, system))
        announce(configuration)
        daemon.run(web)


def serve_pages(given: Path | None, environment: Mapping[str, str]) -> None:
    """The pages alone, beside a daemon, until a signal ends them; PostgreSQL only (REL-10). Raises as `run`."""
    configuration = read_configuration(chosen_path(given, environment), environment)
    if place_of(configuration.settings.store, configuration.folder).file is not None:
        raise Misconfigured(
            "on SQLite the daemon serves the pages itself: one process holds the database",
            hint="`syncd run` is all that is needed; pages of their own need PostgreSQL in store.url",
        )
    _start_logging(configuration)
    system = open_system(configuration, report)
    web = _web_of(system, Metrics(system.store.views, system.clock), None)
    notifier = Notifier(environment, os.getpid())
    with _until_signalled() as ended:
        web.start()
        notifier.ready(f"pages on port {web.port}")
        while not ended.wait(LONG_SECONDS):
            pass
        notifier.stopping()
        web.stop()
        web.join(STOP_SECONDS)
    system.close()


def _web_of(system: System, metrics: Metrics, sample_mailbox: Path | None) -> WebServer:
    from syncd.runtime.pages import pages_of  # a daemon without pages does without their libraries too
    from syncd.runtime.serving import WebServer

    ending = threading.Event()
    return WebServer(
        pages_of(system, metrics, sample_mailbox, ending.is_set), system.configuration.settings.web, ending
    )


def _start_logging(configuration: Configuration) -> None:
    runtime_logging.configure(configuration.settings.log.level, configuration.settings.log.format)
    for problem in configuration.warnings:
        log.warning("configuration.doubtful", path=problem.path, what=problem.what, hint=problem.hint)


def _with_port(configuration: Configuration, port: int | None) -> Configuration:
    if port is None:
        return configuration
    settings = configuration.settings
    web = settings.web.model_copy(update={"port": port})
    return replace(configuration, settings=replace(settings, web=web))


def _unmoved(reread: Callable[[], Configuration], system: System) -> Callable[[], Configuration]:
    """A reload changes what the desk does, not where it lies and listens: that takes a restart, and is said."""

    def again() -> Configuration:
        configuration = reread()
        before, now = system.configuration.settings, configuration.settings
        moved = [name for name in ("store", "web", "login", "log") if getattr(before, name) != getattr(now, name)]
        if moved:
            names = ", ".join(f"[{name}]" for name in moved)
            raise Misconfigured(f"{names} changed, and a running daemon cannot follow", hint="restart it")
        return configuration

    return again


@contextmanager
def _until_signalled() -> Iterator[Alarm]:
    """An alarm that SIGTERM and SIGINT ring."""
    alarm = Alarm()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: alarm.ring())
    try:
        yield alarm
    finally:
        alarm.close()

"""What is worth a line, and what must not stand in one? structlog, to standard error, as JSON or for a terminal.

Ids only: names and addresses have no place in a log. What libraries and tracebacks bring along passes the same filter,
which blots out addresses, telephone numbers and signed links.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

TEXT_MAX = 8_000
_BLOT = "[…]"
_PRIVATE = re.compile(
    r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9.-]{1,255}"  # addresses
    r"|(?<![\w.-])\+[1-9][0-9 ().-]{7,18}[0-9]"  # telephone numbers in full
    r"|(?<=/[sq]/)[A-Za-z0-9_.-]{20,}"  # tokens of pages
)
QUIET = (
    "httpx2",
    "httpcore2",
    "urllib3",
    "caldav",
    "niquests",
    "googleapiclient",
    "google",
    "oauthlib",
    "requests_oauthlib",  # its debug lines hold tokens
    "asyncio",
    "uvicorn.access",
    "uvicorn.error",
    "multipart",
    "alembic",
    "schedule",
)


def blotted(text: str) -> str:
    """The text without what belongs to a person, and not endless."""
    if len(text) > TEXT_MAX:
        text = text[: TEXT_MAX // 2] + f" {_BLOT} " + text[-TEXT_MAX // 2 :]
    return _PRIVATE.sub(_BLOT, text)


def _without_people(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    return {key: _clean(value) for key, value in event.items()}


def _clean(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _clean(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(inner) for inner in value]
    return blotted(value if isinstance(value, str) else str(value))


def configure(level: str = "info", form: str = "auto", stream: TextIO | None = None) -> None:
    """Once, by the command that runs. `form`: auto | console | json. Does no I/O but to the stream."""
    out = sys.stderr if stream is None else stream
    plain = form == "json" or (form == "auto" and not out.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _without_people,
    ]
    renderer: Callable[..., Any] = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if plain
        else structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback)
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )

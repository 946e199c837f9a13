"""What did the sessions of some weeks come to, and how far does each feed know? By indexes alone (ATT-15)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection, Text, bindparam, func, literal_column, select

from syncd.domain.attendance import Outcome
from syncd.ports.views import Figures
from syncd.store.schema import coverage, session

_outcomes = (
    select(session.c.outcome, session.c.causes, session.c.by_word, session.c.overturned, func.count().label("sessions"))
    .where(
        session.c.starts_at >= bindparam("since"),
        session.c.starts_at < bindparam("until"),
        session.c.outcome != literal_column("''", Text()),
    )
    .group_by(session.c.outcome, session.c.causes, session.c.by_word, session.c.overturned)
)
_next_feed = select(func.min(coverage.c.feed)).where(coverage.c.feed > bindparam("before"))
_known_upto = select(func.max(coverage.c.upto)).where(coverage.c.feed == bindparam("wanted"))
FEEDS_MAX = 100


def read(connection: Connection, since: datetime, until: datetime) -> Figures:
    judged: Counter[str] = Counter()
    causes: Counter[str] = Counter()
    for row in connection.execute(_outcomes, {"since": since, "until": until}):
        judged["judged"] += row.sessions
        judged["undetermined"] += row.sessions * (row.outcome == Outcome.UNDETERMINED.value)
        judged["by_word"] += row.sessions * row.by_word
        judged["overturned"] += row.sessions * row.overturned
        causes.update(dict.fromkeys(row.causes.split(), row.sessions))
    return Figures(
        judged["judged"],
        judged["undetermined"],
        judged["by_word"],
        judged["overturned"],
        tuple(causes.most_common()),
        _watermarks(connection),
    )


def _watermarks(connection: Connection) -> tuple[tuple[str, datetime | None], ...]:
    """From one feed to the next by the index: what has been covered in years is not walked over."""
    found: list[tuple[str, datetime | None]] = []
    feed = connection.execute(_next_feed, {"before": ""}).scalar()
    while feed is not None and len(found) < FEEDS_MAX:
        found.append((feed, connection.execute(_known_upto, {"wanted": feed}).scalar()))
        feed = connection.execute(_next_feed, {"before": feed}).scalar()
    return tuple(found)

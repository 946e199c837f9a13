"""What has changed in a calendar view? Rounds of calendarView/delta: frozen windows, pages, tokens, removals.

As observed of Graph, beyond its documentation: what is outside the window is told as removed, even when it is new; a
changed series comes whole, and of a deleted occurrence nothing is said; ids of the rest are those of ImmutableId.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.simulators.graph import render
from tests.simulators.graph.faults import Knobs
from tests.simulators.graph.mailbox import Event, Mailbox


class Lost(Exception):
    """The token is not known (any more)."""


@dataclass
class Round:
    """What one token stands for. `pages`: those still to come; empty for a delta token, which goes on from `since`."""

    mailbox: str
    calendar: str
    starts_at: datetime
    ends_at: datetime
    since: int
    pages: list[list[dict[str, Any]]] = field(default_factory=list)


@dataclass
class Changes:
    """Rounds by token. `turned`: how many answers were given; every answer has a token of its own."""

    knobs: Knobs
    rounds: dict[str, Round] = field(default_factory=dict)
    turned: int = 0

    def begin(self, mailbox: Mailbox, calendar: str, starts_at: datetime, ends_at: datetime, size: int) -> Round:
        """A new round over a window: everything in it."""
        rows: list[list[dict[str, Any]]] = []
        for event in mailbox.in_calendar(calendar):
            rows.append(self._rows(event, mailbox, starts_at, ends_at))
        pages = self._paged(rows, size)
        return Round(mailbox.address, calendar, starts_at, ends_at, mailbox.number, pages)

    def go_on(self, token: str, mailboxes: dict[str, Mailbox], size: int) -> Round:
        """The next page of a round, or the changes since a delta token. Raises Lost."""
        known = self.rounds.get(token)
        if known is None:
            raise Lost
        if known.pages:
            if self.knobs.loses_mid_paging:
                raise Lost
            return known
        mailbox = mailboxes[known.mailbox]
        rows = []
        for event_id in mailbox.changed_since(known.since):
            event = mailbox.events.get(event_id)
            if event is None or event.calendar != known.calendar:
                rows.append(self._removed(event, event_id, known))
            else:
                found = self._rows(event, mailbox, known.starts_at, known.ends_at)
                rows.append(found or [removed(event_id)])
        rows += [[removed(event_id)] for event_id in self.knobs.phantoms]
        self.knobs.phantoms = []
        return Round(
            known.mailbox,
            known.calendar,
            known.starts_at,
            known.ends_at,
            mailbox.number,
            self._paged(rows, size),
        )

    def answer(self, now: Round, link: str) -> dict[str, Any]:
        """One page, and the link to go on with."""
        page = now.pages[0] if now.pages else []
        rest = now.pages[1:]
        after = Round(now.mailbox, now.calendar, now.starts_at, now.ends_at, now.since, rest)
        self.turned += 1
        token = f"{self.turned:06d}"
        self.rounds[token] = after
        kept = [t for t, r in self.rounds.items() if (r.mailbox, r.calendar) == (now.mailbox, now.calendar)]
        for old in kept[: -self.knobs.tokens_kept]:
            del self.rounds[old]
        name, option = ("nextLink", "$skiptoken") if rest else ("deltaLink", "$deltatoken")
        return {"value": page * 2 if self.knobs.repeats else page, f"@odata.{name}": f"{link}?{option}={token}"}

    def _rows(self, event: Event, mailbox: Mailbox, starts_at: datetime, ends_at: datetime) -> list[dict[str, Any]]:
        """One event as it is told: by itself, or a series with all of it that is in the window."""
        if event.rule is None:
            if not event.overlaps(starts_at, ends_at):
                return []
            orphan = event.series is not None
            return [render.orphan(event) if orphan else render.event(event, mailbox)]
        found = [render.bare(i, mailbox) for i in mailbox.instances(event, starts_at, ends_at)]
        master = [render.event(event, mailbox)]
        return [] if not found else [*found, *master] if self.knobs.masters_last else [*master, *found]

    def _removed(self, event: Event | None, event_id: str, known: Round) -> list[dict[str, Any]]:
        ids = [event_id]
        if self.knobs.tells_removed_occurrences and event is not None and event.rule is not None:
            whole = Mailbox("", events={event.id: event})
            ids += [each.id for each in whole.instances(event, known.starts_at, known.ends_at)]
        return [removed(each) for each in ids]

    def _paged(self, rows: list[list[dict[str, Any]]], size: int) -> list[list[dict[str, Any]]]:
        """Pages of about `size`; a series stays together unless it is told to be split."""
        groups = [[row] for group in rows for row in group] if self.knobs.splits_series else rows
        pages: list[list[dict[str, Any]]] = [[]]
        for group in groups:
            if pages[-1] and len(pages[-1]) + len(group) > size:
                pages.append([])
            pages[-1] += group
        return pages


def removed(event_id: str) -> dict[str, Any]:
    return {"id": event_id, "@removed": {"reason": "deleted"}}

"""What does the engine do with a calendar? As much of it as two sides need to agree, in memory.

It repeats unknown outcomes, decides again on conflicts (staff's change wins), and believes a deletion only when a look
confirms it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from syncd.domain.evidence import EntryGone, EntrySeen
from syncd.domain.session import EntryRef
from syncd.ports.calendar import EventDraft
from syncd.ports.errors import CursorExpired, OutcomeUnknown, Retryable, Stale
from syncd.testing.contracts.calendar_reader import Reader
from syncd.testing.contracts.calendar_setting import own_draft
from tests.connectors.google_calendar.world import GoogleWorld

SESSIONS = 4


@dataclass
class Wanted:
    """One session. `draft` is what the event shall say; None: there shall be none. `due`: a write is to be made."""

    draft: EventDraft | None
    ref: EntryRef | None = None
    due: bool = True
    missing: bool = False


@dataclass
class Desk:
    world: GoogleWorld
    sessions: dict[int, Wanted] = field(default_factory=dict)
    cancelled_by_staff: set[int] = field(default_factory=set)
    versions: dict[str, int] = field(default_factory=dict)  # the newest that we know of, by event

    def __post_init__(self) -> None:
        self.calendar = self.world.calendar()
        self.reader = Reader(self.calendar)

    def restarts(self) -> None:
        """Nothing is remembered but what the store holds."""
        self.calendar = self.world.calendar()
        self.reader = replace(self.reader, calendar=self.calendar)

    def numbered(self, session_id: str) -> int:
        return next(n for n in range(SESSIONS) if own_draft(n).session_id == session_id)

    def polls(self) -> None:
        """One page. What was not read is read later."""
        before = len(self.reader.batches)
        try:
            self.reader.reads_page()
        except CursorExpired:
            self.reader.cursor = None
        except Retryable:
            return
        for batch in self.reader.batches[before:]:
            for evidence in batch.evidence:
                self._takes_in(evidence.payload)

    def _takes_in(self, payload: object) -> None:
        if isinstance(payload, EntrySeen):
            wanted = self.sessions.get(self.numbered(payload.session_id))
            if wanted is not None and wanted.draft is not None and not wanted.due:
                self._accepts(wanted, payload)
        elif isinstance(payload, EntryGone):
            for wanted in self.sessions.values():
                if wanted.ref is not None and wanted.ref.event_id == payload.ref.event_id:
                    wanted.missing = True

    def _accepts(self, wanted: Wanted, seen: EntrySeen) -> None:
        """Staff's change wins. What a lagging replica tells, older than our own receipt, is no news (CAL-8)."""
        mine = self.versions.get(seen.ref.event_id, -1)
        if version_of(seen.ref) > mine:
            self._follows(wanted, seen)

    def _follows(self, wanted: Wanted, seen: EntrySeen) -> None:
        assert wanted.draft is not None
        self._knows(seen.ref)
        wanted.ref = seen.ref
        wanted.draft = replace(wanted.draft, starts_at=seen.signature.starts_at, ends_at=seen.signature.ends_at)

    def _knows(self, ref: EntryRef) -> None:
        self.versions[ref.event_id] = max(self.versions.get(ref.event_id, -1), version_of(ref))

    def confirms(self) -> None:
        """Looks at what was reported gone; only "gone" counts (CAL-6)."""
        for n, wanted in self.sessions.items():
            if not wanted.missing or wanted.draft is None or wanted.ref is None or wanted.due:
                continue
            look = self.calendar.look(wanted.draft.session_id, wanted.ref)
            if look.answer == "gone":
                self.cancelled_by_staff.add(n)
                wanted.draft, wanted.due, wanted.missing = None, False, False
            elif look.answer == "found" and look.seen is not None:
                wanted.missing = False
                self._follows(wanted, look.seen)

    def writes(self) -> None:
        """Everything that is due, each once."""
        for n, wanted in self.sessions.items():
            if wanted.due:
                self._writes(n, wanted)

    def _writes(self, n: int, wanted: Wanted) -> None:
        try:
            if wanted.draft is None:
                self.calendar.remove(own_draft(n).session_id, wanted.ref)
                wanted.ref = None
            else:
                wanted.ref = self.calendar.put(wanted.draft, wanted.ref).ref
                self._knows(wanted.ref)
            wanted.due = False
        except (Retryable, OutcomeUnknown):
            pass  # later
        except Stale as stale:
            self._decides_again(wanted, stale.seen)

    def _decides_again(self, wanted: Wanted, seen: EntrySeen | None) -> None:
        """Staff were there first: what they set stays; what they deleted is gone once a look says so."""
        if seen is None:
            wanted.missing, wanted.due = True, wanted.draft is None
            return
        if wanted.draft is None:
            wanted.ref = seen.ref
        else:
            self._follows(wanted, seen)
            wanted.due = False


def version_of(ref: EntryRef) -> int:
    """The simulator's ETags rise; nobody but a test may know that."""
    return int((ref.version or "0").strip('"'))

"""Would we decide the same again? Every stored decision's case, rebuilt from what was kept (PRF-3, invariant 6).

A case is rebuilt from the evidence up to the decision's range, the state that the decision before it left, the desk and
terms that it names, and what was consulted.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from sqlalchemy import Connection, bindparam, select

from syncd.domain.case import Case
from syncd.domain.decision import Decision, State
from syncd.domain.evidence import Evidence
from syncd.domain.keys import CaseKey, CaseKind, split_key
from syncd.domain.session import Session
from syncd.ports.store import Decide
from syncd.store import inbox
from syncd.store.cases import KEPT, Kept, other_case, pinned, session_case
from syncd.store.codec import DECISION, UnreadableRow
from syncd.store.columns import AnyRow
from syncd.store.schema import decision
from syncd.store.versions import Versions

KEPT_REMEMBERED_MAX = 64
_decisions = select(decision).where(decision.c.subject == bindparam("subject")).order_by(decision.c.id)
_result = select(decision.c.result).where(decision.c.id == bindparam("wanted"))


def replay(connection: Connection, versions: Versions, key: CaseKey, decide: Decide) -> Iterator[tuple[bytes, bytes]]:
    """(as stored, as decided again), in order. Raises UnreadableRow, and whatever `decide` raises."""
    for row, _, text in replay_rows(connection, versions, key, decide):
        yield row.result.encode(), text.encode()


def replay_rows(
    connection: Connection, versions: Versions, key: CaseKey, decide: Decide
) -> Iterator[tuple[AnyRow, Decision, str]]:
    """Each row of `decision` of the case, what its case gives now, and the text of that. Where the texts are the same,
    the state that the row left is the one that was just decided, and needs no reading."""
    state: State | None = None
    seen = inbox.between(connection, key, 0, inbox.SEQ_MAX)
    for row in connection.execute(_decisions, {"subject": key}).all():
        again = decide(_case(connection, versions, key, row, state, seen), row.decided_at)
        text = DECISION.dump(again)
        yield row, again, text
        left = again.state if text == row.result else DECISION.load(row.result).state
        state = left if left is not None else state


@lru_cache(maxsize=KEPT_REMEMBERED_MAX)
def kept_of(text: str) -> Kept:
    """Decisions of one session in its own time looked at the same, mostly."""
    return KEPT.load(text)


def _case(
    connection: Connection,
    versions: Versions,
    key: CaseKey,
    row: AnyRow,
    state: State | None,
    seen: tuple[Evidence, ...],
) -> Case:
    kind, _ = split_key(key)
    desk, terms = versions.desk(connection, row.desk_digest), versions.terms_of(connection, row.terms_id)
    kept = kept_of(row.consulted)
    fresh = tuple(item for item in seen if row.evidence_after < item.seq <= row.evidence_upto)
    if kind is CaseKind.SESSION:
        assert state is None or isinstance(state, Session)
        settled = [item for item in seen if item.seq <= row.evidence_after][-inbox.EVIDENCE_LOADED_MAX :]
        return session_case(key, desk, terms, state, settled, fresh, kept)
    named = pinned(connection, versions, state, fresh)
    return other_case(key, desk, terms, state, fresh, kept, _sessions(connection, kept), named)


def _sessions(connection: Connection, kept: Kept) -> list[Session]:
    found = []
    for seen in kept.sessions:
        text = connection.execute(_result, {"wanted": seen.decision_id}).scalar()
        state = DECISION.load(text).state if text else None
        if not isinstance(state, Session):
            raise UnreadableRow(f"decision {seen.decision_id} left no state of session {seen.session_id}")
        found.append(state)
    return found

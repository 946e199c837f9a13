"""How is a decision recorded? Evidence in, case loaded, decided, everything that follows written: one transaction
(REL-2, REL-3). Nothing else in syncd changes a subject's state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, literal_column, select, update

from syncd.domain.decision import Answer, Decision
from syncd.domain.effect import CalendarPut, CustomerMail, CustomerText, Effect, StaffMail, StaffText, StandingMail
from syncd.domain.evidence import Evidence
from syncd.domain.keys import CaseKey, CaseKind, split_key
from syncd.domain.session import Session, SessionState
from syncd.ports.store import Decide, Settled
from syncd.store import claims, inbox, index
from syncd.store.cases import KEPT, Loaded, load
from syncd.store.codec import ANSWER, DECISION, EFFECT_BODY, STATES
from syncd.store.connection import Database
from syncd.store.failures import Conflict
from syncd.store.memory import Memory
from syncd.store.schema import answer, case_, decision, effect

SUPERSEDED = "superseded: the session was changed since"

_answers = select(answer.c.evidence_key, answer.c.answer).where(
    answer.c.evidence_key.in_(bindparam("keys", expanding=True))
)
_supersede = (
    update(effect)
    .where(
        effect.c.subject == bindparam("about"),
        effect.c.state == literal_column("'pending'"),
        effect.c.guarded,
        effect.c.revision < bindparam("newest"),
    )
    .values(state="dropped", reason=SUPERSEDED, done_at=bindparam("now"))
)
_keep = update(case_).where(case_.c.key == bindparam("subject"), case_.c.version == bindparam("former"))


def settle(
    database: Database,
    connection: Connection,
    memory: Memory,
    key: CaseKey,
    decide: Decide,
    now: datetime,
    items: Sequence[Evidence],
) -> Settled:
    inbox.lock_case(database, connection, key)
    inbox.add(database, connection, items, now, settling=key)
    loaded = load(database, connection, memory, key, now)
    made = decide(loaded.case, now)
    if made.subject != key:
        raise ValueError(f"a decision about {made.subject} answers the case of {key}")
    _write(database, connection, loaded, made, now)
    return Settled(made, _answers_to(connection, loaded, made, items))


def _write(database: Database, connection: Connection, loaded: Loaded, made: Decision, now: datetime) -> None:
    if made.changes_nothing:
        _write_case(database, connection, loaded, made, None)
        return
    session_id = split_key(made.subject)[1] if split_key(made.subject)[0] is CaseKind.SESSION else ""
    _check_claims(database, connection, session_id, loaded, made, now)
    decision_id = _insert_decision(connection, loaded, made, now)
    _write_case(database, connection, loaded, made, decision_id)
    if made.state is not None:
        index.write(database, connection, made.state, loaded.state)
    _write_claims(connection, session_id, loaded, made)
    _write_effects(database, connection, loaded, made, decision_id, now)
    _write_answers(database, connection, made, decision_id)
    inbox.add(database, connection, made.derived, now)


def _check_claims(
    database: Database, connection: Connection, session_id: str, loaded: Loaded, made: Decision, now: datetime
) -> None:
    """New claims, and those that a hold kept: it may have run out, and another have booked over it (B2)."""
    wanted = made.claims
    if wanted is None and isinstance(loaded.state, Session) and loaded.state.state is SessionState.HELD:
        wanted = claims.of(connection, session_id)
    if wanted and not (isinstance(made.state, Session) and not made.state.live):
        claims.lock(database, connection, [claim.resource for claim in wanted])
        claims.check(connection, session_id, wanted, now)


def _insert_decision(connection: Connection, loaded: Loaded, made: Decision, now: datetime) -> int:
    result = connection.execute(
        decision.insert(),
        {
            "subject": made.subject,
            "version": _version(loaded) + 1,
            "decided_at": now,
            "evidence_after": loaded.row.evidence_upto if loaded.row is not None else 0,
            "evidence_upto": _upto(loaded),
            "terms_id": loaded.case.terms.id,
            "desk_digest": loaded.desk_digest,
            "consulted": KEPT.dump(loaded.kept),
            "result": DECISION.dump(made),
        },
    )
    primary = result.inserted_primary_key
    assert primary is not None
    return int(primary[0])


def _version(loaded: Loaded) -> int:
    return loaded.row.version if loaded.row is not None else 0


def _upto(loaded: Loaded) -> int:
    if loaded.fresh:
        return loaded.fresh[-1].seq
    return loaded.row.evidence_upto if loaded.row is not None else 0


def _write_case(
    database: Database, connection: Connection, loaded: Loaded, made: Decision, decision_id: int | None
) -> None:
    """The row as it is after the decision; not touched where it says so already."""
    row: dict[str, Any] = {
        "version": _version(loaded) + (decision_id is not None),
        "review_at": made.review_at,
        "evidence_upto": _upto(loaded),
        "fresh_seq": 0,
        "due_at": made.review_at,
        "aside_until": None,
        "aside_reason": "",
    }
    if made.state is not None:
        kind, _ = split_key(made.subject)
        row |= {"state": STATES[kind].dump(made.state), "decision_id": decision_id}
    before = loaded.row
    if before is not None:
        if all(getattr(before, name) == value for name, value in row.items()):
            return
        written = connection.execute(_keep, {**row, "subject": made.subject, "former": before.version})
    elif loaded.fresh or made.review_at is not None or not made.changes_nothing:
        written = connection.execute(database.insert_new(case_, "key"), [{**inbox.new_case(made.subject), **row}])
    else:
        return
    if written.rowcount != 1:
        raise Conflict(f"{made.subject} was changed meanwhile")


def _write_claims(connection: Connection, session_id: str, loaded: Loaded, made: Decision) -> None:
    """What is no longer living claims nothing."""
    wanted = () if isinstance(made.state, Session) and not made.state.live else made.claims
    if wanted is not None and loaded.state is not None:
        claims.forget(connection, session_id)
    if wanted:
        claims.insert(connection, session_id, wanted)


def _write_effects(
    database: Database, connection: Connection, loaded: Loaded, made: Decision, decision_id: int, now: datetime
) -> None:
    if isinstance(made.state, Session) and loaded.kept.effects:
        connection.execute(_supersede, {"about": made.subject, "newest": made.state.revision, "now": now})
    if made.effects:
        connection.execute(
            database.insert_new(effect, "key"),
            [_effect_row(item, decision_id) for item in made.effects],
        )


ABOUT_A_SESSION = (CustomerMail, CustomerText, StaffMail, StaffText, CalendarPut)
LETTERS = (CustomerMail, StandingMail, CustomerText, StaffMail, StaffText)


def _effect_row(item: Effect, decision_id: int) -> dict[str, Any]:
    body = item.body
    facts = body.facts if isinstance(body, ABOUT_A_SESSION) else None
    letter = body.letter.value if isinstance(body, LETTERS) else None
    return {
        "key": item.key,
        "kind": item.kind.value,
        "subject": item.subject,
        "decision_id": decision_id,
        "revision": item.revision,
        "lane": item.lane,
        "recipient": item.recipient,
        "letter": letter,
        "starts_at": facts.starts_at if facts else None,
        "body": EFFECT_BODY.dump(body),
        "due_at": item.due_at,
        "expire_at": item.expire_at,
        "harmless": item.harmless,
        "guarded": item.guarded,
        "after_key": item.after,
        "state": "pending",
        "attempts": 0,
        "lease_until": None,
        "fence": 0,
        "lost_lease": False,
        "frozen": None,
        "reason": "",
        "hint": "",
        "done_at": None,
    }


def _write_answers(database: Database, connection: Connection, made: Decision, decision_id: int) -> None:
    """The first answer to a request is the answer (C4)."""
    rows = [
        {"evidence_key": item.evidence_key, "decision_id": decision_id, "answer": ANSWER.dump(item)}
        for item in made.answers
    ]
    if rows:
        connection.execute(database.insert_new(answer, "evidence_key"), rows)


def _answers_to(
    connection: Connection, loaded: Loaded, made: Decision, items: Sequence[Evidence]
) -> tuple[Answer, ...]:
    """To what was fresh this decision answers; to what was settled before, the decision that did."""
    found = {item.evidence_key: item for item in made.answers}
    fresh = {item.key for item in loaded.fresh}
    earlier = [item.key for item in items if item.key not in fresh]
    if earlier:
        rows = connection.execute(_answers, {"keys": earlier})
        found |= {row.evidence_key: ANSWER.load(row.answer) for row in rows}
    return tuple(found[key] for key in dict.fromkeys(item.key for item in items) if key in found)

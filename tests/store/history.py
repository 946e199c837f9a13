"""A past: sessions that ended, with their evidence, decisions and effects, put in by SQL so that there can be many."""

from __future__ import annotations

from sqlalchemy import Connection

_ENDED = {
    "evidence": """
        INSERT INTO evidence (key, subject, source, received_at, recorded_at, kind, payload)
        SELECT 'old/' || n, 'session:old-' || n, 'test', n, n, 'cancel-requested', '{}' FROM numbers""",
    "case_": """
        INSERT INTO case_ (key, kind, version, state, decision_id, review_at, evidence_upto, fresh_seq, due_at,
                           aside_until, aside_reason)
        SELECT 'session:old-' || n, 'session', 1, '{}', NULL, NULL, 9000000, 0, NULL, NULL, '' FROM numbers""",
    "session": """
        INSERT INTO session (id, state, live, staff_id, room_id, starts_at, ends_at, hold_until, network, company_id,
                             contact_id, calendar_id, event_id, original_start, entry_version, entry_acknowledged,
                             entry_generation_seen, revision, terms_id, unsettled, waits_for, outcome, causes,
                             by_word, overturned)
        SELECT 'old-' || n, 'ended', {false}, 'ann', 'room-1', n, n + 1, NULL, 'network-1', 'acme', 'carol', 'cal-ann',
               'old-event-' || n, NULL, 'v1', {true}, 0, 1, 'default', {false}, '', 'attended', '',
               {false}, {false} FROM numbers""",
    "effect": """
        INSERT INTO effect (key, kind, subject, decision_id, revision, lane, recipient, letter, starts_at, body, due_at,
                            expire_at, harmless, guarded, after_key, state, attempts, lease_until, fence, lost_lease,
                            frozen, reason, hint, done_at)
        SELECT 'old/' || n, 'mail.customer', 'session:old-' || n, {decision}, 0, '', 'x', 'invitation', n, '{}', n,
               NULL, {true}, {false}, NULL, 'done', 1, NULL, 1, {false}, NULL, '', '', n FROM numbers""",
}


def add_ended_sessions(connection: Connection, count: int) -> None:
    """Inside the caller's transaction; there is at least one decision, to which the effects are put down."""
    sqlite = connection.dialect.name == "sqlite"
    words = {"{true}": "1" if sqlite else "true", "{false}": "0" if sqlite else "false"}
    words["{decision}"] = str(connection.exec_driver_sql("SELECT min(id) FROM decision").scalar_one())
    numbers = f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})"
    for statement in _ENDED.values():
        for word, value in words.items():
            statement = statement.replace(word, value)
        insert, _, select = statement.strip().partition("SELECT")
        connection.exec_driver_sql(f"{insert}{numbers} SELECT {select}")

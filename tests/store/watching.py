"""Which statements does a call run, and how does the database mean to run them?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

Statement = tuple[str, Any]


@contextmanager
def watched(engine: Engine) -> Iterator[list[Statement]]:
    """The statements that run meanwhile, with the first row of their parameters."""
    seen: list[Statement] = []

    def note(connection: Any, cursor: Any, sql: str, parameters: Any, context: Any, many: bool) -> None:
        if sql.startswith(("SELECT", "UPDATE", "DELETE", "INSERT")):
            seen.append((sql, parameters[0] if many else parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def sqlite_plan(engine: Engine, statement: Statement) -> list[str]:
    sql, parameters = statement
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)
        return [row[3] for row in rows]


def postgres_plan(engine: Engine, statement: Statement) -> str:
    """The generic plan: the one that serves whatever constants are bound later."""
    sql, parameters = statement
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", sql)))
    for number, name in enumerate(names, 1):
        sql = sql.replace(f"%({name})s", f"${number}")
    with engine.connect() as connection:
        connection.exec_driver_sql("SET plan_cache_mode = force_generic_plan")
        connection.exec_driver_sql(f"PREPARE looked_at AS {sql.replace('%%', '%')}")
        bound = ", ".join(_literal(parameters[name]) for name in names)
        rows = connection.exec_driver_sql(
            f"EXPLAIN EXECUTE looked_at{f'({bound})' if names else ''}".replace("%", "%%")
        )
        plan = "\n".join(row[0] for row in rows)
        connection.exec_driver_sql("DEALLOCATE looked_at")
        connection.exec_driver_sql("RESET plan_cache_mode")
        return plan


def _literal(value: object) -> str:
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"

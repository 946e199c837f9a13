"""What stands in a column? Instants and numbers as both databases keep them, and a row as it comes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, Dialect, Integer, Row, TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AT_ONCE = EPOCH
"""`case_.due_at` of what is due whatever the clock says."""

_TICK = timedelta(microseconds=1)

AnyRow: TypeAlias = Row[*tuple[Any, ...]]

Number = BigInteger().with_variant(Integer, "sqlite")


class Instant(TypeDecorator[datetime]):
    """An aware instant as whole microseconds since 1970; a naive time is refused."""

    impl = Number
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} names no zone, so it is no instant")
        return (value - EPOCH) // _TICK

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + value * _TICK

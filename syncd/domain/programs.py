"""Which programs may act for the desk? Keys with scopes; only a key's digest is kept (spec/reliability.md 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

PREFIX = "syncd_"


class Scope(StrEnum):
    """What a key opens. Each stands for itself: none brings another."""

    BOOK = "book"  # cancel, give away and squeeze in sessions for the desk, and call back
    READ = "read"  # see sessions, companies, contacts with their ledgers, requests, the catalogue
    ATTEND = "attend"  # attest, decide outcomes, sort requests
    ADMIN = "admin"  # fees, releases, clearances, blocks, suspensions


@dataclass(frozen=True, slots=True)
class ProgramKey:
    """`name`: what it is for, and how it is revoked. `staff_id`: in whose name its acts are recorded."""

    name: str
    digest: str
    scopes: tuple[Scope, ...]
    staff_id: str
    made_at: datetime
    revoked_at: datetime | None = None


def digest_of_key(key: str) -> str:
    """Keys are drawn with 256 bits, so a plain digest tells nothing of them."""
    return sha256(key.encode("utf-8", "replace")).hexdigest()

"""Which tables are there? What was seen, what was concluded, what must be done, and indexes of the present state.

`case_` holds every subject's state as one document; `session`, `claim`, `company_index` and `contact_index` are kept
beside it by the same transaction, so that pages and claims find rows without reading documents. Instants are whole
microseconds since 1970 in UTC. What is open is found by partial indexes: a million settled rows cost nothing.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

from syncd.store.columns import Instant, Number

SCHEMA_VERSION = "0002"
"""The migration that this code reads and writes; a start refuses any other."""

metadata = MetaData()

WORDS_CONDITION = "kind = 'words-received'"
PERSONS_CONDITION = (
    "kind IN ('outcome-decided', 'block-decided', 'reinstated', 'staff-answered', 'shift-requested', "
    "'reassign-requested', 'request-sorted', 'attested', 'note-written', "
    "'squeezed-in', 'call-resulted', 'clearance-pressed', 'seen-by-staff')"
)
"""Evidence that is one person's press: what the audit lists."""


FLAG = re.compile(r"\b(live|open|unsettled|away)\b")
"""Columns that are conditions by themselves in PostgreSQL, and numbers in SQLite."""


def _where(condition: str) -> dict[str, Any]:
    """A partial index. Constants stand in it, and in the queries it serves, as literals: a bound one defeats it."""
    shaped = FLAG.sub(r"\1 = 1", condition)
    return {"sqlite_where": text(shaped), "postgresql_where": text(condition)}


# -- what the operator configured --------------------------------------------------------------------------------------

installation = Table("installation", metadata, Column("id", Text, primary_key=True))

desk_version = Table(
    "desk_version",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("desk", Text, nullable=False),
    Column("adopted_at", Instant, nullable=False),
    Column("current", Boolean, nullable=False),
)

terms_version = Table(
    "terms_version",
    metadata,
    Column("id", Text, primary_key=True),
    Column("terms", Text, nullable=False),
    Column("adopted_at", Instant, nullable=False),
    Column("current", Boolean, nullable=False),
)

terms_adopted = Table(
    "terms_adopted",
    metadata,
    Column("at", Instant, primary_key=True),
    Column("terms_id", Text, ForeignKey("terms_version.id"), nullable=False),
)

# -- what was seen -----------------------------------------------------------------------------------------------------

evidence = Table(
    "evidence",
    metadata,
    Column("seq", Number, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("subject", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Index("evidence_subject", "subject", "seq"),
    Index("evidence_gone", "recorded_at", **_where("kind = 'entry-gone'")),
    Index("evidence_words", "seq", **_where(WORDS_CONDITION)),
    Index("evidence_persons", "seq", **_where(PERSONS_CONDITION)),
    sqlite_autoincrement=True,
)

source = Table(
    "source",
    metadata,
    Column("id", Text, primary_key=True),
    Column("cursor", Text),
    Column("generation", Number, nullable=False),
    Column("rereading", Boolean, nullable=False),
    Column("read_at", Instant),
    Column("failing_since", Instant),
    Column("error", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Column("failures", Number, nullable=False),
    Column("paused", Boolean, nullable=False),
)

# One row an occurrence of a foreign item; an exception that is not busy has one row without times (CAL-24).
busy = Table(
    "busy",
    metadata,
    Column("id", Number, primary_key=True),
    Column("calendar", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("series_id", Text),
    Column("original_start", Instant),
    Column("starts_at", Instant),
    Column("ends_at", Instant),
    Column("version", Text, nullable=False),
    Column("generation", Number, nullable=False),
    Column("is_exception", Boolean, nullable=False),
    Column("unreadable", Boolean, nullable=False),
    Column("away", Boolean, nullable=False, server_default=text("false")),
    Index("busy_away", "calendar", **_where("away")),
    Index("busy_item", "calendar", "item_id"),
    Index("busy_time", "calendar", "ends_at"),
    Index("busy_exception", "calendar", "series_id", "original_start", **_where("series_id IS NOT NULL")),
)

# What an attendance feed has covered of a room without a gap (ATT-2 to ATT-4); the store merges its readings.
coverage = Table(
    "coverage",
    metadata,
    Column("id", Number, primary_key=True),
    Column("feed", Text, nullable=False),
    Column("room_id", Text, nullable=False),
    Column("epoch", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("upto", Instant, nullable=False),
    Column("skew", Number, nullable=False),  # our clock less the provider's in microseconds, the largest that was told
    Index("coverage_room", "room_id", "upto"),
    Index("coverage_feed", "feed", "upto"),
)

# Bytes as they came: mails and webhooks, so that a later version can read again what this one could not.
raw = Table(
    "raw",
    metadata,
    Column("key", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("unreadable", Text, nullable=False),
    Index("raw_unreadable", "source", "received_at", **_where("unreadable <> ''")),
)

# What we sent, by the names under which answers come back: the Message-ID's local part, and the reply address's tag.
mail_name = Table(
    "mail_name",
    metadata,
    Column("name", Text, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Index("mail_name_subject", "subject"),
)

# -- what was concluded ------------------------------------------------------------------------------------------------

# `due_at` alone says when to settle next: AT_ONCE with unsettled evidence, else the review, or the end of an aside.
# `fresh_seq` is the first unsettled evidence (0: none); `decision_id` the decision whose result the state is.
case_ = Table(
    "case_",
    metadata,
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("version", Number, nullable=False),
    Column("state", Text),
    Column("decision_id", Number),
    Column("review_at", Instant),
    Column("evidence_upto", Number, nullable=False),
    Column("fresh_seq", Number, nullable=False),
    Column("due_at", Instant),
    Column("aside_until", Instant),
    Column("aside_reason", Text, nullable=False),
    Index("case_due", "due_at", "fresh_seq", **_where("due_at IS NOT NULL")),
    Index("case_aside", "aside_until", **_where("aside_until IS NOT NULL")),
)

decision = Table(
    "decision",
    metadata,
    Column("id", Number, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("version", Number, nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("evidence_after", Number, nullable=False),
    Column("evidence_upto", Number, nullable=False),
    Column("terms_id", Text, ForeignKey("terms_version.id"), nullable=False),
    Column("desk_digest", Text, ForeignKey("desk_version.digest"), nullable=False),
    Column("consulted", Text, nullable=False),
    Column("result", Text, nullable=False),
    Index("decision_subject", "subject", "id"),
)

answer = Table(
    "answer",
    metadata,
    Column("evidence_key", Text, primary_key=True),
    Column("decision_id", Number, ForeignKey("decision.id"), nullable=False),
    Column("answer", Text, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("staff_id", Text, nullable=False),
    Column("room_id", Text),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("hold_until", Instant),
    Column("network", Text),
    Column("code", Text),
    Column("uid", Text),
    Column("mobile", Text),
    Column("company_id", Text),
    Column("contact_id", Text),
    Column("calendar_id", Text),
    Column("event_id", Text),
    Column("original_start", Instant),
    Column("entry_version", Text),
    Column("entry_acknowledged", Boolean, nullable=False),
    Column("entry_generation_seen", Number, nullable=False),
    Column("revision", Number, nullable=False),
    Column("terms_id", Text, nullable=False),
    Column("waits_for", Text, nullable=False),
    Index("session_starts", "starts_at"),
    Index("session_waits", "starts_at", **_where("waits_for <> ''")),
    Column("unsettled", Boolean, nullable=False),  # booked or over, and no verdict yet
    # What it came to, for the figures (ATT-15): the conditions that failed; by staff's word or silence; once a no-show.
    Column("outcome", Text, nullable=False),
    Column("causes", Text, nullable=False),
    Column("by_word", Boolean, nullable=False),
    Column("overturned", Boolean, nullable=False),
    Index("session_unsettled", "starts_at", **_where("unsettled")),
    Index("session_live", "ends_at", **_where("live")),
    Index("session_staff", "staff_id", "ends_at", **_where("live")),
    Index("session_room", "room_id", "ends_at", **_where("live AND room_id IS NOT NULL")),
    Index("session_contact", "contact_id", "ends_at", **_where("live AND contact_id IS NOT NULL")),
    Index("session_company", "company_id", "ends_at", **_where("live AND company_id IS NOT NULL")),
    Index("session_calendar", "calendar_id", "ends_at", **_where("live AND calendar_id IS NOT NULL")),
    Index("session_in_room", "room_id", "starts_at", **_where("room_id IS NOT NULL")),
    Index("session_uid", "uid"),
    Index("session_code", "code", **_where("live")),
    Index("session_mobile", "mobile", "ends_at", **_where("mobile IS NOT NULL")),
    Index("session_network", "network", **_where("state = 'held' AND network IS NOT NULL")),
    # An event is one session's (CAL-13). NULLs differ from one another, hence one index for each shape.
    Index("session_entry", "calendar_id", "event_id", unique=True, **_where("original_start IS NULL")),
    Index(
        "session_instance",
        "calendar_id",
        "event_id",
        "original_start",
        unique=True,
        **_where("original_start IS NOT NULL"),
    ),
)

claim = Table(
    "claim",
    metadata,
    Column("id", Number, primary_key=True),
    Column("session_id", Text, ForeignKey("session.id", ondelete="CASCADE"), nullable=False),
    Column("resource", Text, nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("may_overlap", Boolean, nullable=False),
    Index("claim_session", "session_id"),
    Index("claim_resource", "resource", "ends_at"),
)

resource = Table("resource", metadata, Column("name", Text, primary_key=True))

company_index = Table(
    "company_index",
    metadata,
    Column("id", Text, primary_key=True),
    Column("code", Text, unique=True),
    Column("name", Text, nullable=False),
    Column("listed", Boolean, nullable=False),
    Column("open", Boolean, nullable=False),  # it has a matter before a person (N8)
    Index("company_open", "name", **_where("open")),
)

contact_index = Table(
    "contact_index",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text, nullable=False),
    Column("company_id", Text, nullable=False),
    Column("listed", Boolean, nullable=False),
    Column("mobile", Text),
    Column("open", Boolean, nullable=False),  # it has a matter before a person (N8)
    Index("contact_open", "email", **_where("open")),
    Index("contact_email", "email"),
    Index("contact_company", "company_id"),
    Index("contact_mobile", "mobile", **_where("mobile IS NOT NULL")),
)

request_index = Table(
    "request_index",
    metadata,
    Column("id", Text, primary_key=True),
    Column("sender", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("open", Boolean, nullable=False),
    Index("request_sender", "sender", "received_at"),
    Index("request_open", "received_at", **_where("open")),
)

# -- what must be done -------------------------------------------------------------------------------------------------

effect = Table(
    "effect",
    metadata,
    Column("id", Number, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("decision_id", Number, ForeignKey("decision.id"), nullable=False),
    Column("revision", Number, nullable=False),
    Column("lane", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("letter", Text),
    Column("starts_at", Instant),
    Column("body", Text, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("expire_at", Instant),
    Column("harmless", Boolean, nullable=False),
    Column("guarded", Boolean, nullable=False),
    Column("after_key", Text),
    Column("state", Text, nullable=False),
    Column("attempts", Number, nullable=False),
    Column("lease_until", Instant),
    Column("fence", Number, nullable=False),
    Column("lost_lease", Boolean, nullable=False),
    Column("frozen", LargeBinary),
    Column("reason", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Column("done_at", Instant),
    Index("effect_subject", "subject", "id"),
    Index("effect_pending", "due_at", "id", **_where("state = 'pending'")),
    Index("effect_claimed", "lease_until", "id", **_where("state = 'claimed'")),
    Index("effect_parked", "due_at", "id", **_where("state = 'parked'")),
    Index("effect_texted", "done_at", "recipient", **_where("kind IN ('text.customer','text.staff') AND state='done'")),
)

# -- who signs in to the desk ------------------------------------------------------------------------------------------

desk_user = Table(
    "desk_user",
    metadata,
    Column("id", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("staff_id", Text),
    Column("hash", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Index("desk_user_subject", "subject", unique=True, **_where("subject <> ''")),
)

program_key = Table(
    "program_key",
    metadata,
    Column("name", Text, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("scopes", Text, nullable=False),
    Column("staff_id", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)

desk_session = Table(
    "desk_session",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("name", Text, ForeignKey("desk_user.id", ondelete="CASCADE"), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Index("desk_session_name", "name"),
    Index("desk_session_opened", "opened_at"),
)

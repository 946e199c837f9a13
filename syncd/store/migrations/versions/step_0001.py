"""The first schema: what was seen, what was concluded, what must be done, and indexes of the present state.

The tables' meaning is told in `syncd.store.schema`; this is how they first came about, and stays as it is.
"""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _where(condition: str) -> dict[str, Any]:
    shaped = re.sub(r"\b(live|open|unsettled)\b", r"\1 = 1", condition)
    return {"sqlite_where": sa.text(shaped), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    _installation()
    _desk_version()
    _terms_version()
    _terms_adopted()
    _evidence()
    _source()
    _busy()
    _coverage()
    _raw()
    _mail_name()
    _case()
    _decision()
    _answer()
    _session()
    _claim()
    _resource()
    _company_index()
    _contact_index()
    _request_index()
    _effect()
    _desk_user()
    _program_key()
    _desk_session()


def _installation() -> None:
    op.create_table(
        "installation",
        sa.Column("id", sa.Text(), primary_key=True),
    )


def _desk_version() -> None:
    op.create_table(
        "desk_version",
        sa.Column("digest", sa.Text(), primary_key=True),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("adopted_at", NUMBER, nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
    )


def _terms_version() -> None:
    op.create_table(
        "terms_version",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("adopted_at", NUMBER, nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
    )


def _terms_adopted() -> None:
    op.create_table(
        "terms_adopted",
        sa.Column("at", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("terms_id", sa.Text(), sa.ForeignKey("terms_version.id"), nullable=False),
    )


def _evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("seq", NUMBER, primary_key=True),
        sa.Column("key", sa.Text(), nullable=False, unique=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("received_at", NUMBER, nullable=False),
        sa.Column("recorded_at", NUMBER, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("evidence_gone", "evidence", ["recorded_at"], **_where("kind = 'entry-gone'"))
    op.create_index("evidence_words", "evidence", ["seq"], **_where("kind = 'words-received'"))
    pressed = (
        "kind IN ('outcome-decided', 'block-decided', 'reinstated', 'staff-answered', 'shift-requested', "
        "'reassign-requested', 'request-sorted', 'attested', 'note-written', "
        "'squeezed-in', 'call-resulted', 'clearance-pressed', 'seen-by-staff')"
    )
    op.create_index("evidence_persons", "evidence", ["seq"], **_where(pressed))
    op.create_index("evidence_subject", "evidence", ["subject", "seq"])


def _source() -> None:
    op.create_table(
        "source",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("cursor", sa.Text()),
        sa.Column("generation", NUMBER, nullable=False),
        sa.Column("rereading", sa.Boolean(), nullable=False),
        sa.Column("read_at", NUMBER),
        sa.Column("failing_since", NUMBER),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("failures", NUMBER, nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
    )


def _busy() -> None:
    op.create_table(
        "busy",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("series_id", sa.Text()),
        sa.Column("original_start", NUMBER),
        sa.Column("starts_at", NUMBER),
        sa.Column("ends_at", NUMBER),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("generation", NUMBER, nullable=False),
        sa.Column("is_exception", sa.Boolean(), nullable=False),
        sa.Column("unreadable", sa.Boolean(), nullable=False),
    )
    op.create_index(
        "busy_exception", "busy", ["calendar", "series_id", "original_start"], **_where("series_id IS NOT NULL")
    )
    op.create_index("busy_item", "busy", ["calendar", "item_id"])
    op.create_index("busy_time", "busy", ["calendar", "ends_at"])


def _coverage() -> None:
    op.create_table(
        "coverage",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("room_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("since", NUMBER, nullable=False),
        sa.Column("upto", NUMBER, nullable=False),
        sa.Column("skew", NUMBER, nullable=False),
    )
    op.create_index("coverage_room", "coverage", ["room_id", "upto"])
    op.create_index("coverage_feed", "coverage", ["feed", "upto"])


def _raw() -> None:
    op.create_table(
        "raw",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("received_at", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("unreadable", sa.Text(), nullable=False),
    )
    op.create_index("raw_unreadable", "raw", ["source", "received_at"], **_where("unreadable <> ''"))


def _mail_name() -> None:
    op.create_table(
        "mail_name",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
    )
    op.create_index("mail_name_subject", "mail_name", ["subject"])


def _case() -> None:
    op.create_table(
        "case_",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("state", sa.Text()),
        sa.Column("decision_id", NUMBER),
        sa.Column("review_at", NUMBER),
        sa.Column("evidence_upto", NUMBER, nullable=False),
        sa.Column("fresh_seq", NUMBER, nullable=False),
        sa.Column("due_at", NUMBER),
        sa.Column("aside_until", NUMBER),
        sa.Column("aside_reason", sa.Text(), nullable=False),
    )
    op.create_index("case_aside", "case_", ["aside_until"], **_where("aside_until IS NOT NULL"))
    op.create_index("case_due", "case_", ["due_at", "fresh_seq"], **_where("due_at IS NOT NULL"))


def _decision() -> None:
    op.create_table(
        "decision",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("decided_at", NUMBER, nullable=False),
        sa.Column("evidence_after", NUMBER, nullable=False),
        sa.Column("evidence_upto", NUMBER, nullable=False),
        sa.Column("terms_id", sa.Text(), sa.ForeignKey("terms_version.id"), nullable=False),
        sa.Column("desk_digest", sa.Text(), sa.ForeignKey("desk_version.digest"), nullable=False),
        sa.Column("consulted", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
    )
    op.create_index("decision_subject", "decision", ["subject", "id"])


def _answer() -> None:
    op.create_table(
        "answer",
        sa.Column("evidence_key", sa.Text(), primary_key=True),
        sa.Column("decision_id", NUMBER, sa.ForeignKey("decision.id"), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
    )


def _session() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("room_id", sa.Text()),
        sa.Column("starts_at", NUMBER, nullable=False),
        sa.Column("ends_at", NUMBER, nullable=False),
        sa.Column("hold_until", NUMBER),
        sa.Column("network", sa.Text()),
        sa.Column("code", sa.Text()),
        sa.Column("uid", sa.Text()),
        sa.Column("mobile", sa.Text()),
        sa.Column("company_id", sa.Text()),
        sa.Column("contact_id", sa.Text()),
        sa.Column("calendar_id", sa.Text()),
        sa.Column("event_id", sa.Text()),
        sa.Column("original_start", NUMBER),
        sa.Column("entry_version", sa.Text()),
        sa.Column("entry_acknowledged", sa.Boolean(), nullable=False),
        sa.Column("entry_generation_seen", NUMBER, nullable=False),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("terms_id", sa.Text(), nullable=False),
        sa.Column("waits_for", sa.Text(), nullable=False),
        sa.Column("unsettled", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("causes", sa.Text(), nullable=False),
        sa.Column("by_word", sa.Boolean(), nullable=False),
        sa.Column("overturned", sa.Boolean(), nullable=False),
    )
    op.create_index("session_unsettled", "session", ["starts_at"], **_where("unsettled"))
    op.create_index(
        "session_calendar", "session", ["calendar_id", "ends_at"], **_where("live AND calendar_id IS NOT NULL")
    )
    op.create_index(
        "session_company", "session", ["company_id", "ends_at"], **_where("live AND company_id IS NOT NULL")
    )
    op.create_index(
        "session_contact", "session", ["contact_id", "ends_at"], **_where("live AND contact_id IS NOT NULL")
    )
    op.create_index(
        "session_entry", "session", ["calendar_id", "event_id"], unique=True, **_where("original_start IS NULL")
    )
    op.create_index(
        "session_instance",
        "session",
        ["calendar_id", "event_id", "original_start"],
        unique=True,
        **_where("original_start IS NOT NULL"),
    )
    op.create_index("session_live", "session", ["ends_at"], **_where("live"))
    op.create_index("session_in_room", "session", ["room_id", "starts_at"], **_where("room_id IS NOT NULL"))
    op.create_index("session_uid", "session", ["uid"])
    op.create_index("session_code", "session", ["code"], **_where("live"))
    op.create_index("session_mobile", "session", ["mobile", "ends_at"], **_where("mobile IS NOT NULL"))
    op.create_index("session_network", "session", ["network"], **_where("state = 'held' AND network IS NOT NULL"))
    op.create_index("session_room", "session", ["room_id", "ends_at"], **_where("live AND room_id IS NOT NULL"))
    op.create_index("session_starts", "session", ["starts_at"])
    op.create_index("session_waits", "session", ["starts_at"], **_where("waits_for <> ''"))
    op.create_index("session_staff", "session", ["staff_id", "ends_at"], **_where("live"))


def _claim() -> None:
    op.create_table(
        "claim",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("session_id", sa.Text(), sa.ForeignKey("session.id", ondelete="CASCADE"), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("starts_at", NUMBER, nullable=False),
        sa.Column("ends_at", NUMBER, nullable=False),
        sa.Column("may_overlap", sa.Boolean(), nullable=False),
    )
    op.create_index("claim_resource", "claim", ["resource", "ends_at"])
    op.create_index("claim_session", "claim", ["session_id"])


def _resource() -> None:
    op.create_table(
        "resource",
        sa.Column("name", sa.Text(), primary_key=True),
    )


def _company_index() -> None:
    op.create_table(
        "company_index",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("code", sa.Text(), unique=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
    )
    op.create_index("company_open", "company_index", ["name"], **_where("open"))


def _contact_index() -> None:
    op.create_table(
        "contact_index",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Text(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("mobile", sa.Text()),
        sa.Column("open", sa.Boolean(), nullable=False),
    )
    op.create_index("contact_open", "contact_index", ["email"], **_where("open"))
    op.create_index("contact_company", "contact_index", ["company_id"])
    op.create_index("contact_email", "contact_index", ["email"])
    op.create_index("contact_mobile", "contact_index", ["mobile"], **_where("mobile IS NOT NULL"))


def _request_index() -> None:
    op.create_table(
        "request_index",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("received_at", NUMBER, nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
    )
    op.create_index("request_sender", "request_index", ["sender", "received_at"])
    op.create_index("request_open", "request_index", ["received_at"], **_where("open"))


def _effect() -> None:
    op.create_table(
        "effect",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("key", sa.Text(), nullable=False, unique=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("decision_id", NUMBER, sa.ForeignKey("decision.id"), nullable=False),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("letter", sa.Text()),
        sa.Column("starts_at", NUMBER),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("due_at", NUMBER, nullable=False),
        sa.Column("expire_at", NUMBER),
        sa.Column("harmless", sa.Boolean(), nullable=False),
        sa.Column("guarded", sa.Boolean(), nullable=False),
        sa.Column("after_key", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", NUMBER, nullable=False),
        sa.Column("lease_until", NUMBER),
        sa.Column("fence", NUMBER, nullable=False),
        sa.Column("lost_lease", sa.Boolean(), nullable=False),
        sa.Column("frozen", sa.LargeBinary()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("done_at", NUMBER),
    )
    op.create_index("effect_claimed", "effect", ["lease_until", "id"], **_where("state = 'claimed'"))
    op.create_index("effect_parked", "effect", ["due_at", "id"], **_where("state = 'parked'"))
    texted = _where("kind = 'text.customer' AND state = 'done'")
    op.create_index("effect_texted", "effect", ["done_at", "recipient"], **texted)
    op.create_index("effect_pending", "effect", ["due_at", "id"], **_where("state = 'pending'"))
    op.create_index("effect_subject", "effect", ["subject", "id"])


def _desk_user() -> None:
    op.create_table(
        "desk_user",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Text()),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
    )
    op.create_index("desk_user_subject", "desk_user", ["subject"], unique=True, **_where("subject <> ''"))


def _program_key() -> None:
    op.create_table(
        "program_key",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("digest", sa.Text(), nullable=False, unique=True),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("made_at", NUMBER, nullable=False),
        sa.Column("revoked_at", NUMBER),
    )


def _desk_session() -> None:
    op.create_table(
        "desk_session",
        sa.Column("digest", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), sa.ForeignKey("desk_user.id", ondelete="CASCADE"), nullable=False),
        sa.Column("opened_at", NUMBER, nullable=False),
        sa.Column("seen_at", NUMBER, nullable=False),
    )
    op.create_index("desk_session_name", "desk_session", ["name"])
    op.create_index("desk_session_opened", "desk_session", ["opened_at"])

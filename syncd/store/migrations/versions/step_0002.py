"""Out-of-office time is told apart in busy time (K12); texts to staff count beside those to customers (N8)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TEXTED = sa.text("kind IN ('text.customer','text.staff') AND state='done'")


def upgrade() -> None:
    op.add_column("busy", sa.Column("away", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    op.create_index(
        "busy_away", "busy", ["calendar"], sqlite_where=sa.text("away = 1"), postgresql_where=sa.text("away")
    )
    op.drop_index("effect_texted", "effect")
    op.create_index("effect_texted", "effect", ["done_at", "recipient"], sqlite_where=TEXTED, postgresql_where=TEXTED)

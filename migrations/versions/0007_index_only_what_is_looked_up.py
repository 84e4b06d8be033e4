"""Index only what is looked up: an arriving text touches fewer pages

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    outgoing, known = sa.text("direction = 'out'"), sa.text("reporter_id IS NOT NULL")
    with op.batch_alter_table("messages") as messages:
        messages.drop_index("ix_messages_channel_external_id")
        messages.create_index(
            "ix_messages_sent",
            ["channel", "external_id"],
            unique=False,
            sqlite_where=outgoing,
            postgresql_where=outgoing,
        )
        messages.drop_index("ix_messages_conversation")
        messages.create_index(
            "ix_messages_conversation",
            ["reporter_id", "direction", "created_at"],
            unique=False,
            sqlite_where=known,
            postgresql_where=known,
        )


def downgrade() -> None:
    with op.batch_alter_table("messages") as messages:
        messages.drop_index("ix_messages_conversation")
        messages.create_index("ix_messages_conversation", ["reporter_id", "direction", "created_at"], unique=False)
        messages.drop_index("ix_messages_sent")
        messages.create_index("ix_messages_channel_external_id", ["channel", "external_id"], unique=False)

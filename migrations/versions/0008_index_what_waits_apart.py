"""Index what waits to be read apart: the cost of storing a text does not grow with the table

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INCOMING = "direction = 'in'"
WAITING = "direction = 'in' AND state = 'received'"
TAKEN = "direction = 'in' AND state <> 'received'"


def upgrade() -> None:
    op.drop_index("uq_messages_incoming", "messages")
    op.drop_index("ix_messages_pseudonym", "messages")
    op.drop_index("ix_messages_report_id", "messages")
    _create("uq_messages_waiting", ["channel", "pseudonym", "external_id"], WAITING, unique=True)
    _create("ix_messages_taken", ["channel", "external_id"], TAKEN)
    _create("ix_messages_taken_sender", ["pseudonym"], TAKEN)
    _create("ix_messages_report_id", ["report_id"], "report_id IS NOT NULL")


def downgrade() -> None:
    for name in (
        "ix_messages_report_id",
        "ix_messages_taken_sender",
        "ix_messages_taken",
        "uq_messages_waiting",
    ):
        op.drop_index(name, "messages")
    op.create_index("ix_messages_report_id", "messages", ["report_id"])
    op.create_index("ix_messages_pseudonym", "messages", ["pseudonym"])
    _create("uq_messages_incoming", ["channel", "external_id"], INCOMING, unique=True)


def _create(name: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    """On both databases, an index of the rows that meet a condition."""
    rows = sa.text(where)
    op.create_index(name, "messages", columns, unique=unique, sqlite_where=rows, postgresql_where=rows)

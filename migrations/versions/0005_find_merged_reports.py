"""Find the reports that are merged into another

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    merged = sa.text("merged_into IS NOT NULL")
    with op.batch_alter_table("reports") as reports:
        reports.create_index(
            "ix_reports_merged_into", ["merged_into"], unique=False, sqlite_where=merged, postgresql_where=merged
        )


def downgrade() -> None:
    with op.batch_alter_table("reports") as reports:
        reports.drop_index("ix_reports_merged_into")

"""Carry media, know what was asked, and rest channels that fail

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("messages") as messages:
        messages.add_column(sa.Column("extra", sa.LargeBinary(), nullable=True))
        messages.add_column(sa.Column("redacted", sa.LargeBinary(), nullable=True))
        messages.add_column(sa.Column("priority", sa.Integer(), server_default="0", nullable=False))
        messages.add_column(sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=True))
        messages.add_column(sa.Column("failure", sa.String(length=16), nullable=True))
        messages.add_column(sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    waiting, opted_out = sa.text("direction = 'out' AND state = 'queued'"), sa.text("opted_out_at IS NOT NULL")
    with op.batch_alter_table("messages") as messages:
        messages.create_index(
            "ix_messages_outbox",
            ["channel", "priority", "due_at", "id"],
            unique=False,
            sqlite_where=waiting,
            postgresql_where=waiting,
        )
        messages.create_index(
            "ix_messages_opted_out",
            ["channel", "opted_out_at"],
            unique=False,
            sqlite_where=opted_out,
            postgresql_where=opted_out,
        )
        messages.drop_index(op.f("ix_messages_reporter_id"))
        messages.create_index("ix_messages_conversation", ["reporter_id", "direction", "created_at"], unique=False)
        messages.create_index(
            "ix_messages_held",
            ["programme", "reporter_id"],
            unique=False,
            sqlite_where=sa.text("purpose = 'held'"),
            postgresql_where=sa.text("purpose = 'held'"),
        )
    with op.batch_alter_table("reporters") as reporters:
        reporters.add_column(
            sa.Column("language_chosen", sa.Boolean(), server_default=sa.text("false"), nullable=False)
        )
        reporters.add_column(sa.Column("trusted", sa.Boolean(), server_default=sa.text("false"), nullable=False))
        reporters.add_column(sa.Column("asked", sa.JSON(), server_default="[]", nullable=False))
        reporters.add_column(sa.Column("questioned_at", sa.DateTime(timezone=True), nullable=True))
        reporters.add_column(sa.Column("informed_at", sa.DateTime(timezone=True), nullable=True))
        reporters.create_index("ix_reporters_seen", ["programme", "last_seen_at"], unique=False)
    with op.batch_alter_table("reports") as reports:
        reports.add_column(sa.Column("reread_at", sa.DateTime(timezone=True), nullable=True))
        reports.add_column(sa.Column("rereads", sa.Integer(), server_default="0", nullable=False))
        reports.create_index(
            "ix_reports_reread",
            ["reread_at"],
            unique=False,
            sqlite_where=sa.text("reread_at IS NOT NULL"),
            postgresql_where=sa.text("reread_at IS NOT NULL"),
        )
    with op.batch_alter_table("quarantine") as quarantine:
        quarantine.add_column(sa.Column("digest", sa.String(length=64), nullable=True))
        quarantine.add_column(sa.Column("tries", sa.Integer(), server_default="0", nullable=False))
        quarantine.add_column(sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True))
        quarantine.create_unique_constraint(op.f("uq_quarantine_digest"), ["digest"])
    op.create_table(
        "attachments",
        sa.Column("id", KEY, nullable=False),
        sa.Column("programme", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=128), nullable=False),
        sa.Column("message_id", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("reference", sa.LargeBinary(), nullable=True),
        sa.Column("content_type", sa.String(length=128), nullable=False),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("preview", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_attachments_message_id_messages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("message_id", "position", name=op.f("uq_attachments_message_id_position")),
    )
    with op.batch_alter_table("attachments") as attachments:
        attachments.create_index("ix_attachments_queue", ["state", "due_at"], unique=False)
    op.create_table(
        "transcripts",
        sa.Column("id", KEY, nullable=False),
        sa.Column("programme", sa.String(length=64), nullable=False),
        sa.Column("attachment_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachments.id"], name=op.f("fk_transcripts_attachment_id_attachments")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_transcripts_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcripts")),
    )
    with op.batch_alter_table("transcripts") as transcripts:
        transcripts.create_index("ix_transcripts_attachment_id", ["attachment_id"], unique=False)
    op.create_table(
        "lines",
        sa.Column("channel", sa.String(length=128), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("open_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("alarmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alarmed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_lines")),
    )


def downgrade() -> None:
    op.drop_table("lines")
    op.drop_table("transcripts")
    op.drop_table("attachments")
    with op.batch_alter_table("reports") as reports:
        reports.drop_index("ix_reports_reread")
        for name in ("rereads", "reread_at"):
            reports.drop_column(name)
    with op.batch_alter_table("quarantine") as quarantine:
        quarantine.drop_constraint(op.f("uq_quarantine_digest"), type_="unique")
        for name in ("tried_at", "tries", "digest"):
            quarantine.drop_column(name)
    with op.batch_alter_table("reporters") as reporters:
        reporters.drop_index("ix_reporters_seen")
        for name in ("informed_at", "questioned_at", "asked", "trusted", "language_chosen"):
            reporters.drop_column(name)
    with op.batch_alter_table("messages") as messages:
        for name in ("ix_messages_opted_out", "ix_messages_outbox", "ix_messages_held", "ix_messages_conversation"):
            messages.drop_index(name)
        messages.create_index(op.f("ix_messages_reporter_id"), ["reporter_id"], unique=False)
    with op.batch_alter_table("messages") as messages:
        for name in ("expires_at", "failure", "opted_out_at", "priority", "redacted", "extra"):
            messages.drop_column(name)

"""Analyses, what was perceived for them, and how many there were."""  # noqa: INP001 - a script

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "analyses",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("preset", sa.String(20), nullable=False),
        sa.Column("source_type", sa.String(16), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("platform", sa.String(60), nullable=False),
        sa.Column("file_name", sa.String(300), nullable=True),
        sa.Column("external_id", sa.String(255), nullable=True),
        sa.Column("webhook_url", sa.Text(), nullable=True),
        sa.Column("month", sa.String(7), nullable=True),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=True),
        sa.Column("begun", sa.Integer(), nullable=False),
        sa.Column("step_began", sa.BigInteger(), nullable=True),
        sa.Column("done", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=True),
        sa.Column("content", sa.String(64), nullable=True),
        sa.Column("pictures", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_analyses_account_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_analyses")),
        sa.UniqueConstraint("id", name=op.f("uq_analyses_id")),
    )
    op.create_index("ix_analyses_account_id_seq", "analyses", ["account_id", "seq"], unique=False)
    op.create_index("ix_analyses_content", "analyses", ["content"], unique=False)
    op.create_index("ix_analyses_expires", "analyses", ["expires"], unique=False)
    op.create_table(
        "percepts",
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("sense", sa.String(20), nullable=False),
        sa.Column("version", sa.String(80), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("content", "sense", "version", name=op.f("pk_percepts")),
    )
    op.create_index("ix_percepts_deleted", "percepts", ["deleted"], unique=False)
    op.create_table(
        "analysis_usage",
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_analysis_usage_account_id")),
        sa.PrimaryKeyConstraint("account_id", "month", name=op.f("pk_analysis_usage")),
    )

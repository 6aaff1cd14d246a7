"""Files of single jobs, and keys that were made by the operator."""  # noqa: INP001 - a script

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; keys that are there were made by their users."""
    op.create_table(
        "artifacts",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("job_id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("surface", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("file_key", sa.String(300), nullable=True),
        sa.Column("file_name", sa.String(300), nullable=True),
        sa.Column("media_type", sa.String(60), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=True),
        sa.Column("deleted", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_artifacts_account_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_artifacts")),
        sa.UniqueConstraint("id", name=op.f("uq_artifacts_id")),
    )
    op.create_index(op.f("ix_artifacts_job_id"), "artifacts", ["job_id"], unique=False)
    op.create_index("ix_artifacts_account_id_kind", "artifacts", ["account_id", "kind"], unique=False)
    op.create_index("ix_artifacts_expires", "artifacts", ["expires"], unique=False)
    op.create_index("ix_artifacts_file_key", "artifacts", ["file_key"], unique=False)
    op.add_column("api_keys", sa.Column("by_admin", sa.Boolean(), server_default=sa.false(), nullable=False))

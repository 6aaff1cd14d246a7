"""Accounts that are told of their jobs."""  # noqa: INP001 - a script

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Accounts remember where."""
    op.add_column("accounts", sa.Column("webhook_url", sa.Text(), nullable=True))

"""Orders that become one job however often they are sent."""  # noqa: INP001 - a script

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Jobs remember their order."""
    op.add_column("jobs", sa.Column("once", sa.String(64), nullable=True))
    op.create_index("ix_jobs_once", "jobs", ["once"], unique=True)

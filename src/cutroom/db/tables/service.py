"""What the doors need: request windows, and first replies kept for repeated requests."""

from __future__ import annotations

import sqlalchemy as sa

from cutroom.db.columns import Instant, Serial, metadata

rate_hits = sa.Table(
    "rate_hits",
    metadata,
    sa.Column("id", Serial, primary_key=True, autoincrement=True),
    sa.Column("key", sa.String(200), nullable=False),
    sa.Column("at", sa.Float, nullable=False),  # s since 1970
    sa.Index("ix_rate_hits_key_at", "key", "at"),
    sa.Index("ix_rate_hits_at", "at"),
)

replies = sa.Table(
    "replies",
    metadata,
    sa.Column("scope", sa.String(200), primary_key=True),  # account, surface and path
    sa.Column("key", sa.String(255), primary_key=True),  # the Idempotency-Key
    sa.Column("request_hash", sa.String(64), nullable=False),
    sa.Column("status", sa.Integer),  # NULL while the first request is being answered
    sa.Column("headers", sa.JSON),
    sa.Column("body", sa.LargeBinary),
    sa.Column("created", Instant, nullable=False, index=True),
)

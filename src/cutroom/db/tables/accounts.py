"""Accounts, their keys, and the links that work once."""

from __future__ import annotations

import sqlalchemy as sa

from cutroom.db.columns import Id, Instant, metadata

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("email", sa.String(320), nullable=False, unique=True),  # folded to lower case
    sa.Column("name", sa.String(200), nullable=False, default=""),
    sa.Column("password_hash", sa.String(200)),  # NULL: nobody can log in with a password
    sa.Column("plan", sa.String(40), nullable=False, default="free"),
    sa.Column("is_owner", sa.Boolean, nullable=False, default=False),
    sa.Column("disabled", sa.Boolean, nullable=False, default=False),
    sa.Column("session_version", sa.Integer, nullable=False, default=1),  # raised: every session token ends
    sa.Column("webhook_secret", sa.String(80), nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("webhook_url", sa.Text),  # where it is told of its jobs; NULL: nowhere
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("account_id", Id, sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("name", sa.String(200), nullable=False, default=""),
    sa.Column("prefix", sa.String(16), nullable=False),
    sa.Column("last4", sa.String(4), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False, unique=True),  # SHA-256, hexadecimal
    sa.Column("status", sa.String(16), nullable=False),  # active, disabled, revoked
    sa.Column("created", Instant, nullable=False),
    sa.Column("last_used", Instant),
    sa.Column("by_admin", sa.Boolean, nullable=False, default=False, server_default=sa.false()),  # made by the operator
)

# Invitations, the owner's first link, approvals by mail: a random token, kept as its hash, used at most once.
once_tokens = sa.Table(
    "once_tokens",
    metadata,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("purpose", sa.String(32), nullable=False),
    sa.Column("account_id", Id, sa.ForeignKey("accounts.id", ondelete="CASCADE")),
    sa.Column("subject", sa.String(200), nullable=False, default=""),  # what it is about, e.g. a reload's id
    sa.Column("created", Instant, nullable=False),
    sa.Column("expires", Instant, nullable=False),
    sa.Column("used", Instant),
)

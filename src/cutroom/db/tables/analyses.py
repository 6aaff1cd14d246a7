"""Analyses, what was perceived for them, and how many of them an account has had."""

from __future__ import annotations

import sqlalchemy as sa

from cutroom.db.columns import Id, Instant, Serial, metadata

# Status, error and times of the work are those of the job of the same id.
analyses = sa.Table(
    "analyses",
    metadata,
    sa.Column("seq", Serial, primary_key=True, autoincrement=True),
    sa.Column("id", Id, nullable=False, unique=True),  # "job_...": opens its stream to whoever knows it
    sa.Column("account_id", Id, sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("preset", sa.String(20), nullable=False),  # full, audio_only, meta_only
    sa.Column("source_type", sa.String(16), nullable=False),  # url, upload, storage
    sa.Column("source", sa.Text),  # as it was given; NULL for an upload
    sa.Column("platform", sa.String(60), nullable=False),
    sa.Column("file_name", sa.String(300)),  # of an upload
    sa.Column("external_id", sa.String(255)),  # the client's own name for it
    sa.Column("webhook_url", sa.Text),
    sa.Column("month", sa.String(7)),  # in whose quota it counts; NULL: in none, or given back
    sa.Column("demo", sa.Boolean, nullable=False, default=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("expires", Instant),  # NULL: kept until it is deleted
    sa.Column("begun", sa.Integer, nullable=False, default=0),  # steps that have begun
    sa.Column("step_began", Instant),  # the last of them
    sa.Column("done", sa.JSON, nullable=False),  # steps that have ended: [{step, duration_ms}]
    sa.Column("facts", sa.JSON(none_as_null=True)),  # of source and file, once they were looked at
    sa.Column("content", sa.String(64), index=True),  # SHA-256 of what is analysed
    sa.Column("pictures", sa.JSON, nullable=False),  # keys in the store, by name
    sa.Column("result", sa.JSON(none_as_null=True)),
    sa.Index("ix_analyses_account_id_seq", "account_id", "seq"),
    sa.Index("ix_analyses_expires", "expires"),
)

# What a sense has perceived in a content, for whoever analyses that again. Gone with the last analysis of it.
percepts = sa.Table(
    "percepts",
    metadata,
    sa.Column("content", sa.String(64), primary_key=True),  # SHA-256
    sa.Column("sense", sa.String(20), primary_key=True),  # hear, transcribe, see, read
    sa.Column("version", sa.String(80), primary_key=True),  # of the sense, and of what else it was given
    sa.Column("files", sa.JSON, nullable=False),  # keys in the store, by name; "" is the percept itself
    sa.Column("created", Instant, nullable=False),
    sa.Column("deleted", Instant, index=True),  # the row stays until its files are gone
)

# One row for an account and calendar month (UTC).
analysis_usage = sa.Table(
    "analysis_usage",
    metadata,
    sa.Column("account_id", Id, sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("month", sa.String(7), primary_key=True),  # "2026-08"
    sa.Column("used", sa.Integer, nullable=False, default=0),
)

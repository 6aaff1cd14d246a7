"""Clips, uploaded sources and the files of single jobs, and where they are."""

from __future__ import annotations

import sqlalchemy as sa

from cutroom.db.columns import Id, Instant, Serial, metadata

clips = sa.Table(
    "clips",
    metadata,
    sa.Column("seq", Serial, primary_key=True, autoincrement=True),
    sa.Column("id", Id, nullable=False, unique=True),
    sa.Column("account_id", Id, sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("surface", sa.String(20), nullable=False),
    sa.Column("job_id", Id, nullable=False, index=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("format", sa.String(8), nullable=False),
    sa.Column("width", sa.Integer),
    sa.Column("height", sa.Integer),
    sa.Column("start", sa.String(60), nullable=False),  # exact fractions of seconds in the source
    sa.Column("end", sa.String(60), nullable=False),
    sa.Column("duration", sa.String(60), nullable=False),  # as measured in the file
    sa.Column("source_title", sa.String(500), nullable=False, default=""),
    sa.Column("source_url", sa.Text, nullable=False, default=""),
    sa.Column("file_key", sa.String(300), nullable=False),  # in the store
    sa.Column("file_name", sa.String(300), nullable=False),
    sa.Column("file_size", sa.BigInteger, nullable=False),  # bytes
    sa.Column("media_type", sa.String(60), nullable=False),
    sa.Column("thumbnail_key", sa.String(300)),
    sa.Column("facts", sa.JSON, nullable=False),  # mode, reason, warnings: what the cut said of itself
    sa.Column("pinned", sa.Boolean, nullable=False, default=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("expires", Instant),  # NULL while pinned
    sa.Column("deleted", Instant),  # the row stays until its file is gone
    sa.Index("ix_clips_account_id_seq", "account_id", "seq"),
    sa.Index("ix_clips_expires", "expires"),
)

uploads = sa.Table(
    "uploads",
    metadata,
    sa.Column("seq", Serial, primary_key=True, autoincrement=True),
    sa.Column("id", Id, nullable=False, unique=True),
    sa.Column("account_id", Id, sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("name", sa.String(300), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),  # bytes
    sa.Column("digest", sa.String(64), nullable=False),  # SHA-256 of the content
    sa.Column("file_key", sa.String(300), nullable=False),  # in the store
    sa.Column("media_type", sa.String(60), nullable=False),
    sa.Column("facts", sa.JSON, nullable=False),  # what was seen in it when it came
    sa.Column("created", Instant, nullable=False),
    sa.Column("expires", Instant, nullable=False),
    sa.Column("deleted", Instant),  # the row stays until its file is gone
    sa.Index("ix_uploads_account_id_seq", "account_id", "seq"),
    sa.Index("ix_uploads_expires", "expires"),
)

# What single jobs bring and make: inputs go with the job, results after a while.
artifacts = sa.Table(
    "artifacts",
    metadata,
    sa.Column("seq", Serial, primary_key=True, autoincrement=True),
    sa.Column("id", Id, nullable=False, unique=True),  # of a result public, and all that is needed to have it
    sa.Column("job_id", Id, nullable=False, index=True),
    sa.Column("account_id", Id, sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("surface", sa.String(20), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),  # result, input
    sa.Column("file_key", sa.String(300)),  # in the store; NULL while a result is only promised
    sa.Column("file_name", sa.String(300)),
    sa.Column("media_type", sa.String(60)),
    sa.Column("size", sa.BigInteger),  # bytes
    sa.Column("created", Instant, nullable=False),
    sa.Column("expires", Instant),  # NULL while there is no file, and for inputs
    sa.Column("deleted", Instant),  # the row stays until its file is gone
    sa.Index("ix_artifacts_account_id_kind", "account_id", "kind"),
    sa.Index("ix_artifacts_expires", "expires"),
    sa.Index("ix_artifacts_file_key", "file_key"),
)

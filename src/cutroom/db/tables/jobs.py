"""Jobs, what happened in them, and who works: the truth about work, whatever engine runs it."""

from __future__ import annotations

import sqlalchemy as sa

from cutroom.db.columns import Id, Instant, Serial, metadata

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("seq", Serial, primary_key=True, autoincrement=True),
    sa.Column("id", Id, nullable=False, unique=True),
    sa.Column("account_id", Id, sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("surface", sa.String(20), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("queue", sa.String(20), nullable=False),
    sa.Column("priority", sa.Integer, nullable=False, default=10),  # 1 first, 100 last
    sa.Column("status", sa.String(16), nullable=False),  # queued, running, completed, failed, cancelled
    sa.Column("params", sa.JSON, nullable=False),
    sa.Column("step", sa.String(60), nullable=False, default=""),
    sa.Column("fraction", sa.Float, nullable=False, default=0.0),  # 0..1 of the whole job, never falling
    sa.Column("speed", sa.Float),
    sa.Column("eta", sa.Float),  # s
    sa.Column("rev", sa.Integer, nullable=False, default=0),  # raised by every change
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("worker", Id),
    sa.Column("error_code", sa.String(60)),
    sa.Column("error", sa.Text),
    sa.Column("result", sa.JSON),
    sa.Column("cost", sa.BigInteger, nullable=False, default=0),  # cents captured
    sa.Column("created", Instant, nullable=False),
    sa.Column("started", Instant),
    sa.Column("finished", Instant),
    sa.Column("once", sa.String(64)),  # what names the order, where whoever ordered may ask twice
    sa.Index("ix_jobs_once", "once", unique=True),
    sa.Index("ix_jobs_queue_status_priority_seq", "queue", "status", "priority", "seq"),
    sa.Index("ix_jobs_account_id_created", "account_id", "created"),
)

# The source of event streams and of the audit; ``id`` is the event's id on the wire.
job_events = sa.Table(
    "job_events",
    metadata,
    sa.Column("id", Serial, primary_key=True, autoincrement=True),
    sa.Column("job_id", Id, sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("created", Instant, nullable=False),
)

workers = sa.Table(
    "workers",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("host", sa.String(255), nullable=False),
    sa.Column("queues", sa.String(200), nullable=False),
    sa.Column("started", Instant, nullable=False),
    sa.Column("beat", Instant, nullable=False),
    sa.Column("draining", sa.Boolean, nullable=False, default=False),
)

webhook_deliveries = sa.Table(
    "webhook_deliveries",
    metadata,
    sa.Column("id", Id, primary_key=True),  # "msg_...", the same on every try
    sa.Column("account_id", Id, sa.ForeignKey("accounts.id"), nullable=False, index=True),
    sa.Column("subject", sa.String(200), nullable=False),  # the job or object it tells of
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("secret", sa.String(80), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("status", sa.String(16), nullable=False),  # waiting, delivered, failed
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("last_answer", sa.String(200)),
    sa.Column("created", Instant, nullable=False),
    sa.Column("next_try", Instant),
    sa.Column("finished", Instant),
    sa.Index("ix_webhook_deliveries_status_next_try", "status", "next_try"),
)

"""The double-entry ledger in integer cents, reservations, cards, reloads, and what belongs to paying."""

from __future__ import annotations

import sqlalchemy as sa

from cutroom.db.columns import Id, Instant, Serial, metadata

# kind: wallet (an account's money), held (an account's reservations), revenue, deposits, grants (the house's).
ledger_accounts = sa.Table(
    "ledger_accounts",
    metadata,
    sa.Column("id", sa.String(100), primary_key=True),  # "wallet:<account>", "held:<account>", "house:revenue", ...
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("account_id", Id, sa.ForeignKey("accounts.id"), index=True),
    sa.Column("balance", sa.BigInteger, nullable=False, default=0),  # cents; always the sum of its entries
    sa.Column("floor", sa.BigInteger),  # least balance allowed; NULL: none
)

ledger_transactions = sa.Table(
    "ledger_transactions",
    metadata,
    sa.Column("id", Serial, primary_key=True, autoincrement=True),
    sa.Column("idem", sa.String(200), nullable=False, unique=True),  # what makes it happen once
    sa.Column("kind", sa.String(32), nullable=False),  # grant, deposit, reserve, capture, release, refund, purchase
    sa.Column("account_id", Id, sa.ForeignKey("accounts.id"), index=True),
    sa.Column("subject", sa.String(200), nullable=False, default=""),  # the job, reload or purchase it is about
    sa.Column("created", Instant, nullable=False),
)

ledger_entries = sa.Table(
    "ledger_entries",
    metadata,
    sa.Column("id", Serial, primary_key=True, autoincrement=True),
    sa.Column("transaction_id", Serial, sa.ForeignKey("ledger_transactions.id"), nullable=False, index=True),
    sa.Column("ledger_account", sa.String(100), sa.ForeignKey("ledger_accounts.id"), nullable=False, index=True),
    sa.Column("amount", sa.BigInteger, nullable=False),  # cents; the entries of a transaction sum to zero
)

reservations = sa.Table(
    "reservations",
    metadata,
    sa.Column("id", Id, primary_key=True),  # of the job it pays for
    sa.Column("account_id", Id, sa.ForeignKey("accounts.id"), nullable=False, index=True),
    sa.Column("amount", sa.BigInteger, nullable=False),  # cents held
    sa.Column("captured", sa.BigInteger, nullable=False, default=0),
    sa.Column("state", sa.String(16), nullable=False),  # held, captured, released
    sa.Column("created", Instant, nullable=False),
    sa.Column("settled", Instant),
)

customers = sa.Table(
    "customers",
    metadata,
    sa.Column("account_id", Id, sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("provider_id", sa.String(100)),
    sa.Column("api_reload_enabled", sa.Boolean, nullable=False, default=False),
    sa.Column("reload_email_confirmation", sa.Boolean, nullable=False, default=False),
    sa.Column("reload_password_hash", sa.String(200)),
    sa.Column("auto_reload_enabled", sa.Boolean, nullable=False, default=False),
    sa.Column("auto_reload_threshold", sa.Integer, nullable=False, default=0),  # cents
    sa.Column("auto_reload_amount", sa.Integer, nullable=False, default=0),  # cents
    sa.Column("purchased_gb", sa.Integer, nullable=False, default=0),
)

# No card number is ever kept: the provider's name for it and what may be shown.
cards = sa.Table(
    "cards",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("account_id", Id, sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("provider_id", sa.String(100), nullable=False, unique=True),
    sa.Column("brand", sa.String(32), nullable=False),
    sa.Column("last4", sa.String(4), nullable=False),
    sa.Column("exp_month", sa.Integer, nullable=False),
    sa.Column("exp_year", sa.Integer, nullable=False),
    sa.Column("created", Instant, nullable=False),
)

# Written before the provider is called; the money is credited once, by the answer or by the webhook.
reloads = sa.Table(
    "reloads",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("account_id", Id, sa.ForeignKey("accounts.id"), nullable=False, index=True),
    sa.Column("amount", sa.BigInteger, nullable=False),  # cents
    sa.Column("status", sa.String(16), nullable=False),  # unconfirmed, pending, succeeded, failed
    sa.Column("reason", sa.String(16), nullable=False),  # asked, automatic
    sa.Column("provider_id", sa.String(100), unique=True),  # the payment intent
    sa.Column("failure", sa.String(300)),
    sa.Column("created", Instant, nullable=False),
    sa.Column("finished", Instant),
)

"""The database room: engines, transactions, tables, migrations. SQLite for one machine, PostgreSQL for many."""

from cutroom.db.engine import make_engine
from cutroom.db.session import Database, Transaction

__all__ = ["Database", "Transaction", "make_engine"]

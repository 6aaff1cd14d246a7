"""Bringing a database to the present schema, from nothing or from any earlier one. The migrations are in the package.

A new one: change the tables, then ``python -m cutroom.db.migrate "what changes"`` compares them with a database made
by the migrations so far and writes the next step, to be read before it is kept.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from cutroom.db.columns import Instant
from cutroom.db.failures import reaching
from cutroom.db.session import Database, Transaction

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).parent / "migrations"
# Alembic's own note of how far a database has come.
_RECORD = sa.table("alembic_version", sa.column("version_num"))
# Any number will do, as long as nothing else takes locks by it in the same PostgreSQL database.
_LOCK = 0x43_55_54_52


def upgrade(database: Database) -> None:
    """Make or change our tables until they are those of this version. Idempotent; two at once take turns.

    All of it or nothing: a step that fails leaves the database as it was. ``INVALID_REQUEST`` where it cannot be used.
    """
    from alembic import command

    with reaching(database.engine.url), database.write() as tx:
        _alone(tx)
        command.upgrade(_config(tx), "head")


def is_current(database: Database) -> bool:
    """Whether the database has the schema of this version. Every process asks; Alembic would take 15 MB of each."""
    newest = _versions()[-1].name[1:5]
    with database.read() as tx:
        return sa.inspect(tx).has_table(_RECORD.name) and list(tx.scalars(sa.select(_RECORD.c.version_num))) == [newest]


def differences(database: Database) -> list[Any]:
    """What would have to change for the database to have the tables as they are defined; empty when nothing."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    from cutroom.db.tables import metadata

    with database.read() as tx:
        return list(compare_metadata(MigrationContext.configure(tx, opts=comparison()), metadata))


def comparison() -> dict[str, Any]:
    """How tables are compared and changed."""
    return {
        "render_as_batch": True,  # SQLite changes a column only by copying its table
        "include_object": _ours,
        "render_item": _render,
    }


def revision(message: str) -> None:
    """Write the next migration. For developers."""
    from alembic import command

    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/compare.db")
        upgrade(database)
        with database.write() as tx:
            config = _config(tx)
            command.revision(config, message, autogenerate=True, rev_id=f"{len(list(_versions())) + 1:04d}")
        database.close()


def _versions() -> list[Path]:
    return sorted((_FOLDER / "versions").glob("v[0-9]*.py"))


def _config(tx: Transaction) -> Config:
    from alembic.config import Config

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("file_template", "v%%(rev)s_%%(slug)s")
    config.attributes["connection"] = tx
    return config


def _alone(tx: Transaction) -> None:
    if tx.dialect.name == "postgresql":  # on SQLite the transaction holds the write lock already
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def _ours(
    item: sa.schema.SchemaItem,
    _name: str | None,
    _kind: str,
    reflected: bool,  # noqa: FBT001 - as Alembic calls it
    compare_to: object | None,
) -> bool:
    """What is in the database and not in our tables belongs to others: the job engine keeps its own beside ours."""
    table = item if isinstance(item, sa.Table) else getattr(item, "table", None)
    return not (reflected and compare_to is None and table is not None and table.name not in _known())


def _known() -> set[str]:
    from cutroom.db.tables import metadata

    return set(metadata.tables)


def _render(kind: str, item: object, _context: Any) -> str | bool:
    """Migrations name what is kept, not our classes, which may change."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Instant) else False


if __name__ == "__main__":
    revision(" ".join(sys.argv[1:]))

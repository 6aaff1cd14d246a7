"""What Alembic runs for every command: on the connection it is handed, in the transaction of whoever handed it over."""  # noqa: INP001 - a script

from __future__ import annotations

from alembic import context

from cutroom.db.migrate import comparison
from cutroom.db.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, **comparison())
context.run_migrations()

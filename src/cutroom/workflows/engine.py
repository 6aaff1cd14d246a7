"""The engine seen from outside: its client, its tables, its queues, and taking over what a dead worker has left.

The engine (DBOS) keeps what was queued, who runs it and which steps are done, in tables of its own beside ours. What
is fixed here must be the same in every process that talks to it: name, version, serializer.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cutroom.db import Database
from cutroom.db.driver_engine import make_driver_engine
from cutroom.model.job import Queue
from cutroom.workflows import logs

if TYPE_CHECKING:
    import sqlalchemy as sa
    from dbos import DBOSClient

APP = "cutroom"
# By default a hash of the source, and then a deployment would strand what an older one has begun. Raised by hand
# only when running work cannot be carried on by the new code.
VERSION = "1"
_CLIENT_POOL = 5


class EngineClient:
    """Hands work to the engine and looks at it; runs none. Connects on first use. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._client: DBOSClient | None = None
        self._engine: sa.Engine | None = None

    @property
    def client(self) -> DBOSClient:
        """DBOS's own client."""
        with self._lock:
            if self._client is None:
                from dbos import DBOSClient, DBOSPortableJSONSerializer

                # Not the database's own engine: see ``driver_engine``.
                self._engine = make_driver_engine(self._database.url, pool=_CLIENT_POOL)
                self._client = DBOSClient(
                    system_database_engine=self._engine,
                    application_name=APP,
                    serializer=DBOSPortableJSONSerializer(),
                    lazy=True,
                    retry_connection_errors=False,
                )
            return self._client

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                self._client.destroy()
            if self._engine is not None:
                self._engine.dispose()
            self._client = self._engine = None

    def take_over(self, worker_id: str) -> int:
        """Queue again what ``worker_id``, which is dead or has stopped, was running; how many workflows.

        Each is one conditional UPDATE on that worker's name, so any number of peers may do this at once, and what
        somebody is running by now is left alone.
        """
        # There is no public call that keeps the count of attempts; tests/workflows/test_engine.py holds these two.
        inside = self.client._sys_db  # noqa: SLF001
        pending = inside.get_pending_workflows(worker_id, VERSION)
        return sum(inside.reenqueue_for_recovery(found.workflow_id, [worker_id], Queue.FLOW.value) for found in pending)

    def states(self, workflow_ids: list[str]) -> Mapping[str, Any]:
        """The engine's record of each workflow that it knows."""
        if not workflow_ids:
            return {}  # to the engine, none would mean all
        found = self.client.list_workflows(workflow_ids=workflow_ids, load_input=False, load_output=False)
        return {record.workflow_id: record for record in found}


def prepare_engine(database: Database) -> None:
    """Make or migrate the engine's own tables. Idempotent; needed before the first job is handed in."""
    from dbos import DBOSClient, DBOSPortableJSONSerializer

    logs.quiet()
    engine = make_driver_engine(database.url, pool=1)
    client = DBOSClient(
        system_database_engine=engine, application_name=APP, serializer=DBOSPortableJSONSerializer(), lazy=True
    )
    try:
        client._sys_db.run_migrations()  # noqa: SLF001 - the public call opens the database in its own way
    finally:
        client.destroy()
        engine.dispose()

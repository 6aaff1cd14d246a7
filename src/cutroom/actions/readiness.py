"""What has to be asked of the outside to know whether a server is ready, and is not asked each time."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from cutroom.kernel.errors import CutroomError
from cutroom.kernel.ids import new_id

if TYPE_CHECKING:
    from cutroom.db import Database
    from cutroom.storage import Store

OK = "ok"


class ReadyChecks:
    """What is known about readiness. Somebody may ask often: the store is tried every ``keep`` seconds at most."""

    def __init__(self, keep: float = 30.0) -> None:
        self._keep = keep
        self._store: tuple[float, str] | None = None
        self._current = False

    def store(self, store: Store) -> str:
        """Whether the store takes files: ``ok`` or a sentence."""
        now = time.monotonic()
        if self._store is None or now - self._store[0] > self._keep:
            self._store = (now, _try_store(store))
        return self._store[1]

    def tables(self, database: Database) -> str:
        """Whether the tables are up to date: ``ok`` or a sentence. Once they are, they stay so."""
        from cutroom.db.migrate import is_current

        self._current = self._current or is_current(database)
        return OK if self._current else "not up to date: run `cutroom migrate`"


def _try_store(store: Store) -> str:
    key = f"ready/{new_id()}"
    try:
        with tempfile.NamedTemporaryFile() as probe:
            probe.write(b"ready\n")
            probe.flush()
            store.put(key, Path(probe.name), media_type="text/plain", file_name="ready.txt")
        store.delete(key)
    except (CutroomError, OSError) as error:
        return error.message if isinstance(error, CutroomError) else "does not take files"
    return OK

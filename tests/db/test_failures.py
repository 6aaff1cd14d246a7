"""A database that cannot be used is one sentence that says why, with no password in it; faults of ours stay faults."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from cutroom.db import Database, make_engine
from cutroom.db.engine import sqlite_url
from cutroom.db.failures import reaching
from cutroom.db.migrate import upgrade
from cutroom.kernel.errors import CutroomError, ErrorCode
from tests.support.databases import PostgresServer


def complaint(url: str) -> str:
    database = Database(url)
    try:
        with pytest.raises(CutroomError) as caught:
            database.reach()
    finally:
        database.close()
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert caught.value.detail
    assert "hunter2" not in f"{caught.value} {caught.value.detail}"
    return str(caught.value)


@pytest.mark.enable_socket
def test_a_server_that_is_not_there() -> None:
    said = complaint("postgresql://ada:hunter2@127.0.0.1:1/films")
    assert "cannot be reached: nothing answers at 127.0.0.1, port 1." in said
    assert "CUTROOM_DATABASE__URL" in said


def test_a_socket_that_is_not_there(tmp_path: Path) -> None:
    said = complaint(f"postgresql://ada:hunter2@/films?host={tmp_path}")
    assert "nothing answers at the socket" in said
    assert str(tmp_path) not in said


def test_an_option_that_there_is_not() -> None:
    assert "an option that PostgreSQL does not know" in complaint(
        "postgresql://ada:hunter2@127.0.0.1:1/films?speed=high"
    )


@pytest.mark.slow
def test_a_server_that_lacks_the_database_or_the_user(postgres_server: PostgresServer) -> None:
    assert 'there is no database "films"' in complaint(postgres_server.url("films"))
    assert 'does not let the user "ada" in' in complaint(postgres_server.url("postgres").replace("postgres@", "ada@"))


@pytest.mark.slow
def test_a_user_who_may_not_make_tables(postgres_server: PostgresServer) -> None:
    postgres_server.administer("CREATE ROLE guest LOGIN")
    try:
        with postgres_server.database("template0") as url:
            guest = Database(url.replace("postgres@", "guest@"))
            with pytest.raises(CutroomError, match='the user "guest" may not change it'):
                upgrade(guest)
            guest.close()
    finally:
        postgres_server.administer("DROP ROLE guest")


def test_a_file_that_may_not_be_written(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "cutroom.db").close()
    # As the driver opens it; permissions would not keep a test out that runs as root.
    assert "its file may not be written" in complaint(f"sqlite:///file:{tmp_path}/cutroom.db?mode=ro&uri=true")


def test_a_file_that_is_something_else_or_nowhere(tmp_path: Path) -> None:
    (tmp_path / "cutroom.db").write_text("Dear diary, " * 100)
    assert "its file is no database" in complaint(sqlite_url(tmp_path / "cutroom.db"))
    said = complaint(sqlite_url(tmp_path / "missing" / "cutroom.db"))
    assert "its file cannot be opened" in said
    assert str(tmp_path) not in said


def test_a_fault_of_ours_is_not_the_databases(sqlite_database: Database) -> None:
    with (
        pytest.raises(sa.exc.OperationalError),
        reaching(sqlite_database.engine.url),
        sqlite_database.read() as tx,
    ):
        tx.execute(sa.text("SELECT * FROM no_such_table"))


def test_a_port_that_is_no_number_is_a_wrong_url() -> None:
    with pytest.raises(CutroomError, match="CUTROOM_DATABASE__URL"):
        make_engine("postgresql://ada@host:port/films")

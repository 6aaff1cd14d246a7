"""Migrations: from nothing to the tables as they are defined, on both databases, beside the tables of others."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from cutroom.db import Database
from cutroom.db.migrate import differences, is_current, upgrade
from cutroom.db.tables import metadata
from tests.support.databases import table_names


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    opened = Database(empty_database_url)
    yield opened
    opened.close()


def test_an_empty_database_gets_the_tables_as_they_are_defined(empty: Database) -> None:
    assert not is_current(empty)
    upgrade(empty)
    assert is_current(empty)
    assert differences(empty) == []
    assert table_names(empty.url) == {*metadata.tables, "alembic_version"}


def test_doing_it_again_changes_nothing(empty: Database) -> None:
    upgrade(empty)
    with empty.write() as tx:
        tx.execute(sa.text("INSERT INTO workers VALUES ('w', 'h', 'cpu', 0, 0, false)"))
    upgrade(empty)
    with empty.read() as tx:
        assert tx.execute(sa.text("SELECT count(*) FROM workers")).scalar() == 1


def test_two_at_once_take_turns(empty: Database) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            upgrade(empty)
        except BaseException as error:  # noqa: BLE001 - told by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert differences(empty) == []


def test_a_difference_is_noticed(empty: Database) -> None:
    upgrade(empty)
    with empty.write() as tx:
        tx.execute(sa.text("ALTER TABLE jobs DROP COLUMN eta"))
        tx.execute(sa.text("DROP INDEX ix_clips_expires"))
    assert {change[0] for change in differences(empty)} == {"add_column", "add_index"}


def test_the_tables_of_others_are_left_alone(empty: Database) -> None:
    with empty.write() as tx:
        tx.execute(sa.text("CREATE TABLE workflow_status (workflow_uuid TEXT PRIMARY KEY)"))
        tx.execute(sa.text("CREATE INDEX theirs ON workflow_status (workflow_uuid)"))
    upgrade(empty)
    assert differences(empty) == []
    assert "workflow_status" in table_names(empty.url)

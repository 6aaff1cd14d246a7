"""The databases of the tests: fresh for each, with every table."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from cutroom.db import Database
from cutroom.db.tables import metadata
from tests.support.databases import table_names


@pytest.mark.parametrize("turn", [1, 2])
def test_a_database_has_every_table_and_nothing_in_them(database: Database, turn: int) -> None:
    assert set(metadata.tables) <= table_names(database.url)
    with database.write() as tx:
        assert tx.execute(sa.text("SELECT count(*) FROM workers")).scalar() == 0
        tx.execute(sa.text("INSERT INTO workers VALUES ('w', 'h', 'cpu', 0, 0, false)"))


def test_an_empty_database_has_no_table(empty_database_url: str) -> None:
    assert table_names(empty_database_url) == set()

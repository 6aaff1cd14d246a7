"""A database with one account, and jobs in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cutroom.db import Database
from cutroom.jobs import Jobs
from cutroom.kernel.ids import new_id
from cutroom.model.job import Job, NewJob, Queue
from tests.support.people import add_account

Submit = Callable[..., Job]


@pytest.fixture
def account(database: Database) -> str:
    with database.write() as tx:
        return add_account(tx, "anna")


@pytest.fixture
def submit(database: Database, account: str) -> Submit:
    def add(**changes: Any) -> Job:
        values: dict[str, Any] = {
            "id": new_id(), "account_id": account, "surface": "fastclip", "kind": "cut", "queue": Queue.CPU,
            "params": {"url": "https://example.com/film.mp4"},
        }  # fmt: skip
        with database.write() as tx:
            return Jobs().add(tx, NewJob(**values | changes))

    return add

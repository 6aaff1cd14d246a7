"""Fixtures of the tests of accounts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cutroom.accounts import Accounts, Passwords
from cutroom.db import Database
from cutroom.db.engine import sqlite_url
from tests.accounts.rooms import CHEAP, StandingClock, room


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def accounts() -> Accounts:
    return room()


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(CHEAP)


@pytest.fixture(scope="module")
def lasting_database(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """For properties, which try hundreds of cases: each keeps to rows of its own."""
    path = tmp_path_factory.mktemp("lasting") / "cutroom.db"
    shutil.copyfile(_sqlite_template, path)
    opened = Database(sqlite_url(path))
    yield opened
    opened.close()

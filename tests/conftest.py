"""What holds for every test: no way out of the machine, repeatable properties, no settings of the developer's shell.

Sockets are refused outside tests marked ``enable_socket``; those reach this machine alone.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pytest_socket import socket_allow_hosts

from scripts.check import BY_HAND, LONG, STAGES
from tests.support.databases import (
    _sqlite_template,
    database,
    database_url,
    empty_database_url,
    postgres_database_url,
    postgres_server,
    sqlite_database,
    sqlite_database_url,
)

__all__ = [
    "_sqlite_template",
    "database",
    "database_url",
    "empty_database_url",
    "postgres_database_url",
    "postgres_server",
    "sqlite_database",
    "sqlite_database_url",
]

# A file whose every test is long says so in one line.
_ALL_MARKED = re.compile(rf"^pytestmark = .*\bmark\.({'|'.join((*LONG, BY_HAND))})\b", re.MULTILINE)

LOOPBACK = ["127.0.0.1", "::1", "localhost"]

# Each run makes up others: twenty-five of each in every run are thousands by the end of a week.
_REGULAR, _THOROUGH = 25, 1000

settings.register_profile(
    "cutroom",
    max_examples=_REGULAR,
    deadline=None,  # a slow machine is no counter-example
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.register_profile("thorough", settings.get_profile("cutroom"), max_examples=_THOROUGH)
settings.load_profile("cutroom")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A run that wants no long tests does not load the files that have no others: half of its time would go there."""
    wanted = str(config.getoption("markexpr"))
    if not wanted.startswith(f"({STAGES[0].marks})") or not re.fullmatch(r"test_.*\.py", collection_path.name):
        return None
    return True if _ALL_MARKED.search(collection_path.read_text("utf-8")) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Notes of which kind a long test is, for the results.

    Among several processes those go first that may take longest: begun last, one would run alone at the end.
    """
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        item.user_properties += [("kind", mark) for mark in LONG if mark in marks][-1:]
    if hasattr(config, "workerinput"):
        items.sort(key=_allowed, reverse=True)


def _allowed(item: pytest.Item) -> tuple[float, bool]:
    """Seconds that a test may take by its own mark, 0 without one; and whether it starts programs, each for seconds."""
    mark = item.get_closest_marker("timeout")
    starts = any(item.get_closest_marker(kind) for kind in ("journeys", "chaos"))
    return float(mark.args[0]) if mark and mark.args else 0.0, starts


@pytest.fixture(autouse=True)
def _loopback_only(request: pytest.FixtureRequest) -> None:
    """pytest-socket lets ``enable_socket`` reach any host; here it means this machine alone."""
    if request.node.get_closest_marker("enable_socket"):
        socket_allow_hosts(LOOPBACK, allow_unix_socket=True)


@pytest.fixture(autouse=True)
def _no_settings_of_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting exported by whoever runs the tests must not change what they find."""
    for name in [name for name in os.environ if name.startswith("CUTROOM_") and name != "CUTROOM_REAL_MEDIA"]:
        monkeypatch.delenv(name)

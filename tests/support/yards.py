"""Fixtures: yards to work in, on both databases, and crews to work there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import films
from tests.support.crew import Crew
from tests.support.work import Yard, make_yard


@pytest.fixture(scope="session")
def film() -> Path:
    """Twenty seconds of H.264 at 30 frames a second, with sound."""
    return films.film("h264_closed").path


@pytest.fixture(scope="session")
def endless_film(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifty minutes, most of which nobody waits for."""
    path = tmp_path_factory.mktemp("endless") / "endless.mp4"
    films.run(["-stream_loop", "149", "-i", str(film), "-map", "0:v", "-map", "0:a", "-c", "copy", str(path)])
    return path


@pytest.fixture
def yard(database_url: str, tmp_path: Path, film: Path) -> Iterator[Yard]:
    made = make_yard(database_url, tmp_path / "yard", str(film))
    yield made
    made.close()


@pytest.fixture
def crew(yard: Yard, tmp_path: Path) -> Iterator[Crew]:
    with Crew(yard, tmp_path / "workers.log") as hands:
        yield hands

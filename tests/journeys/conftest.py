"""A place to work in for each journey, and films to work on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import films
from tests.support.command import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    here, scratch = tmp_path / "here", tmp_path / "scratch"
    here.mkdir()
    scratch.mkdir()
    return Shop(here, scratch)


@pytest.fixture(scope="session")
def film() -> Path:
    """Twenty seconds of H.264 at 30 frames a second, with sound."""
    return films.film("h264_closed").path


@pytest.fixture(scope="session")
def long_film(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty minutes: encoding all of it anew takes far longer than it takes to send a signal."""
    path = tmp_path_factory.mktemp("long") / "long.mp4"
    films.run(["-stream_loop", "59", "-i", str(film), "-map", "0:v", "-map", "0:a", "-c", "copy", str(path)])
    return path

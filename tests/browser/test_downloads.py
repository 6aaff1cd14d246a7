"""Downloads in a browser: what was copied into MP4 plays there, whichever codec it has, and so do trims."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from cutroom.media.engine import Engine
from cutroom.media.export import export
from cutroom.model.download import DownloadFormat, ExportRequest
from tests.support import films
from tests.support.player import Player, open_player

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as warm:
        yield warm


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("played")


@pytest.fixture(scope="module")
def player(folder: Path) -> Iterator[Player]:
    """One browser for all films, which it plays from ``folder``."""
    with open_player(folder) as opened:
        yield opened


@pytest.mark.parametrize(
    ("name", "form", "start", "end"),
    [
        pytest.param("vp9", "mp4", 0, None, marks=pytest.mark.exhaustive),
        ("av1_webm", "mp4", 0, None),
        pytest.param("mkv", "mp4", 0, None, marks=pytest.mark.exhaustive),
        ("h264_closed", "mp4", 7, 9),
        ("vp9", "webm", 0, None),
    ],
)
def test_a_browser_plays_it(
    engine: Engine, folder: Path, player: Player, name: str, form: str, start: int, end: int | None
) -> None:
    film, made = films.film(name), folder / f"{name}-{form}.mp4"
    request = ExportRequest(DownloadFormat(form), Fraction(start), None if end is None else Fraction(end))
    result = export(engine, film.path, request, made)
    first, length = start * 30, float(result.duration)
    loaded = player.load(made.name)
    assert loaded.first == first
    assert loaded.duration == pytest.approx(length, abs=0.07)
    assert player.seek([0.016, length / 2 + 0.016]) == [first, first + round(length * 15)]
    seen = player.play(length - 0.7)
    assert (seen.error, seen.ended) == (None, True)
    assert seen.last == first + round(length * 30) - 1

"""Every kind of film, cut at random places in every mode: not one picture missing, extra or out of order.

The films carry their picture numbers and a sound that never repeats; the oracle knows nothing of the engine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from cutroom.media.engine import Engine
from cutroom.media.input import Source
from cutroom.model.clip import CutRequest, CutResult, Mode
from tests.support import films, oracle

FEW = int(os.environ.get("CUTROOM_TEST_CUTS", "3"))
MANY = 20
LONG_ENOUGH = [name for name in films.PICTURE_FILMS if films.FILMS[name].frames != 1]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as engine:
        yield engine


def cut(engine: Engine, name: str, start: Fraction, end: Fraction, folder: Path, mode: Mode | None = None) -> CutResult:
    target = folder / "clip.mp4"
    target.unlink(missing_ok=True)
    result = engine.cut(Source(films.film(name).path), CutRequest(start, end, mode=mode), target)
    assert [path.name for path in folder.iterdir()] == ["clip.mp4"]
    return result


def wrong(engine: Engine, name: str, folder: Path, count: int, mode: Mode | None = None, salt: str = "") -> list[str]:
    film = films.film(name)
    found: list[str] = []
    for start, end in oracle.random_ranges(film, count, salt):
        result = cut(engine, name, start, end, folder, mode)
        said = oracle.problems(film, start, end, result, folder / "clip.mp4")
        found += [f"{name} {result.mode} [{start} {end}] {problem}" for problem in said]
    return found


@pytest.mark.parametrize("name", films.PICTURE_FILMS)
def test_a_cut_is_exact(engine: Engine, name: str, tmp_path: Path) -> None:
    assert wrong(engine, name, tmp_path, FEW) == []


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", films.PICTURE_FILMS)
def test_twenty_cuts_are_exact(engine: Engine, name: str, tmp_path: Path) -> None:
    assert wrong(engine, name, tmp_path, MANY, salt="twenty") == []


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", [Mode.INSTANT, Mode.REENCODE])
@pytest.mark.parametrize("name", films.PICTURE_FILMS)
def test_the_other_modes_are_exact(engine: Engine, name: str, mode: Mode, tmp_path: Path) -> None:
    assert wrong(engine, name, tmp_path, FEW + 1, mode, mode.value) == []

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import films
from tests.support.player import Player, open_player


@pytest.fixture(scope="module")
def played_from(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("played")


@pytest.fixture(scope="module")
def player(played_from: Path) -> Iterator[Player]:
    with open_player(played_from) as player:
        yield player


@pytest.mark.browser
@pytest.mark.enable_socket
@pytest.mark.parametrize("name", ["h264_closed", "rotated_90", "fragmented", "edit_list"])
def test_the_browser_reads_what_the_film_shows(player: Player, played_from: Path, name: str) -> None:
    film = films.film(name)
    shutil.copyfile(film.path, played_from / f"{name}.mp4")
    loaded = player.load(f"{name}.mp4")
    assert loaded.first == film.numbers[0]
    assert (loaded.width, loaded.height) == (film.spec.width, film.spec.height)
    assert loaded.duration == pytest.approx(float(film.end), abs=0.07)
    picked = [0, 1, 7, 100, 101, len(film.times) - 1]
    assert player.seek([float(film.pictures[i].pts) + 0.016 for i in picked]) == [film.numbers[i] for i in picked]
    seen = player.play(float(film.origin + film.end) - 1.5)
    assert seen.error is None
    assert seen.ended
    assert seen.last == film.numbers[-1]
    assert len(seen.pictures) > 5
    # Between the browser's note of the time and the reading of the picture the next one may have been painted.
    late = [(number - film.numbers[0]) - (time - float(film.origin)) * 30 for time, number in seen.pictures]
    assert all(-0.1 < frames < 1.1 for frames in late)
    assert sorted(late)[len(late) // 2] < 0.1

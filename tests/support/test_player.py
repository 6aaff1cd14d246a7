import shutil
from pathlib import Path

import pytest

from tests.support import films
from tests.support.player import open_player


@pytest.mark.browser
@pytest.mark.enable_socket
@pytest.mark.parametrize("name", ["h264_closed", "rotated_90", "fragmented", "edit_list"])
def test_the_browser_reads_what_the_film_shows(name: str, tmp_path: Path) -> None:
    film = films.film(name)
    shutil.copyfile(film.path, tmp_path / "film.mp4")
    with open_player(tmp_path) as player:
        loaded = player.load("film.mp4")
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

"""The engine as a library, as in a notebook: two functions, no set-up, no media opened in this process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media import cut, probe
from cutroom.model.clip import Mode
from tests.support import films

pytestmark = pytest.mark.slow


def test_probe_and_cut(tmp_path: Path) -> None:
    film = films.film("h264_closed").path
    assert probe(film).duration == 20
    result = cut(film, "0:05", 12.5, tmp_path / "part.mp4")
    assert (result.mode, result.frames) == (Mode.EXACT, 225)
    assert cut(film, "0:05", "0:06", tmp_path / "part.gif").frames == 15


def test_the_format_must_be_known(tmp_path: Path) -> None:
    with pytest.raises(CutroomError) as caught:
        cut(films.film("h264_closed").path, 0, 1, tmp_path / "part.xyz")
    assert caught.value.code is ErrorCode.INVALID_REQUEST


def test_media_is_opened_in_the_child_only(tmp_path: Path) -> None:
    """A script without a ``__main__`` guard works, ends by itself, and never loads PyAV."""
    film = films.film("h264_closed").path
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\nfrom cutroom.media import cut\n"
        f"print(cut({str(film)!r}, 1, 9, {str(tmp_path / 'part.mp4')!r}).frames, 'av' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["240", "False"]

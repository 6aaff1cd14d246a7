"""Clips played in headless Chromium: the right picture at every time, across the seams, from the first to the last.

A browser is not ffmpeg: it seeks by the clip's own index of key frames, decodes from there, and stops where the edit
list says. Each picture of a clip is sought by itself, and the clip is played through.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from cutroom.media.engine import Engine
from cutroom.media.input import Source
from cutroom.model.clip import CutRequest, CutResult, Mode
from tests.support import films, oracle
from tests.support.player import Loaded, Player, open_player

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(300)]

# Starts and ends inside groups of pictures, with at least one whole one between.
START, END = Fraction("3.37"), Fraction("6.91")
COPIED = [
    "h264_closed", "h264_open_mixed", "vfr", "rotated_90", "two_tracks", "h264_deep_pyramid", "h264_slices",
    "h264_baseline", "h264_29_97", "no_audio", "audio_late", "mpegts", "mkv_offset", "fragmented", "edit_list",
]  # fmt: skip
INSTANT = [*COPIED, "h264_open", "h264_long_gop"]
ENCODED = [
    "hevc_mp4",
    "mirrored",
    "hevc_hdr",
    "vp9",
    "av1_mp4",
    "h264_10bit",
    "h264_odd",
    "rotated_270",
    "vfr",
    "h264_open",
]
EVERY_TIME = 3
"""How many of each list are played in a usual run; the others when asked for (-m exhaustive)."""


def cases(names: list[str], mode: Mode) -> list[ParameterSet]:
    return [
        pytest.param(name, mode, marks=[] if index < EVERY_TIME else [pytest.mark.exhaustive])
        for index, name in enumerate(names)
    ]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as engine:
        yield engine


def check_in_browser(player: Player, clip: str, wanted: oracle.Expected, size: tuple[int | None, int | None]) -> None:
    loaded = player.load(clip)
    check_loaded(loaded, wanted, size)
    ends = [*wanted.times[1:], wanted.duration]
    middles = [float((a + b) / 2) for a, b in zip(wanted.times, ends, strict=True)]
    sought = player.seek(middles)
    assert [(m, n) for m, n in zip(middles, sought, strict=True)] == list(zip(middles, wanted.numbers, strict=True))
    assert player.seek([float(wanted.duration) - 0.001]) == [wanted.numbers[-1]]
    check_played(player, wanted)


def check_loaded(loaded: Loaded, wanted: oracle.Expected, size: tuple[int | None, int | None]) -> None:
    assert loaded.first == wanted.numbers[0]
    assert (loaded.width, loaded.height) == size
    # A track of sound may end up to one of its frames after the picture.
    assert loaded.duration == pytest.approx(float(wanted.duration), abs=0.024)


def check_played(player: Player, wanted: oracle.Expected) -> None:
    seen = player.play(0.0)
    assert seen.error is None
    assert seen.ended
    assert seen.last == wanted.numbers[-1]
    places = {number: place for place, number in enumerate(wanted.numbers)}
    painted = [(nearest(wanted.times, time), places.get(number, -1)) for time, number in seen.pictures]
    numbers = [place for _, place in painted]
    assert numbers == sorted(numbers)
    # Slow machines paint fewer pictures. Between the browser's note of the time and the reading of the picture the next
    # one may have been painted; more than that, or an earlier one, is wrong.
    assert len(set(numbers)) > len(wanted.numbers) // 4
    assert [pair for pair in painted if not 0 <= pair[1] - pair[0] <= 1] == []


def nearest(times: tuple[Fraction, ...], time: float) -> int:
    return min(range(len(times)), key=lambda index: abs(float(times[index]) - time))


def cut(engine: Engine, name: str, mode: Mode | None, target: Path) -> CutResult:
    return engine.cut(Source(films.film(name).path), CutRequest(START, END, mode=mode), target)


@pytest.fixture(scope="module")
def played_from(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("played")


@pytest.fixture(scope="module")
def player(played_from: Path) -> Iterator[Player]:
    with open_player(played_from) as player:
        yield player


@pytest.mark.parametrize(
    ("name", "mode"),
    [*cases(COPIED, Mode.EXACT), *cases(INSTANT, Mode.INSTANT), *cases(ENCODED, Mode.REENCODE)],
)
def test_every_picture_is_right_in_the_browser(
    engine: Engine, player: Player, played_from: Path, name: str, mode: Mode
) -> None:
    clip = played_from / f"{name}-{mode}.mp4"
    result = cut(engine, name, mode, clip)
    assert result.mode is mode
    check_in_browser(player, clip.name, oracle.expect(films.film(name), START, END), (result.width, result.height))

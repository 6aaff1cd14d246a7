"""The engine's promises round a cut: all or nothing at the target, times and ranges refused, nothing left behind."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.kernel.progress import Progress
from cutroom.media.child import TaskLimits
from cutroom.media.engine import Engine, EngineConfig
from cutroom.media.input import Source
from cutroom.model.clip import CutRequest, Format, Mode, Quality
from tests.support import films, oracle, reader
from tests.support.sparse import Sparse

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as started:
        yield started


def _request(start: object = 1, end: object = 2, **more: object) -> CutRequest:
    return CutRequest(Fraction(str(start)), Fraction(str(end)), **more)  # type: ignore[arg-type]


def _film(name: str = "h264_closed") -> Path:
    return films.film(name).path


def _refused(engine: Engine, request: CutRequest, target: Path, source: Path | None = None) -> CutroomError:
    with pytest.raises(CutroomError) as caught:
        engine.cut(source or _film(), request, target)
    assert list(target.parent.glob(".cutroom-*")) == []
    return caught.value


def test_the_target_holds_the_clip_and_nothing_else_is_left(engine: Engine, tmp_path: Path) -> None:
    result = engine.cut(_film(), _request(), tmp_path / "clip.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]
    assert result.size_bytes == (tmp_path / "clip.mp4").stat().st_size
    assert [result.start, result.end, result.frames, result.duration] == [1, 2, 30, 1]


@pytest.mark.parametrize("kind", list(Format))
def test_an_existing_target_is_kept_unless_overwriting(engine: Engine, tmp_path: Path, kind: Format) -> None:
    target = tmp_path / f"clip.{kind.value}"
    target.write_bytes(b"precious")
    assert _refused(engine, _request(format=kind), target).code is ErrorCode.TARGET_EXISTS
    assert target.read_bytes() == b"precious"
    engine.cut(_film(), _request(format=kind), target, overwrite=True)
    assert target.stat().st_size > 1000


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        (2, 1, ErrorCode.INVALID_RANGE),
        (1, 1, ErrorCode.INVALID_RANGE),
        (1, "1.001", ErrorCode.INVALID_RANGE),
        (25, 26, ErrorCode.RANGE_OUTSIDE_SOURCE),
        (20, 21, ErrorCode.RANGE_OUTSIDE_SOURCE),
        (1, "21.001", ErrorCode.RANGE_OUTSIDE_SOURCE),
    ],
)
@pytest.mark.parametrize("mode", list(Mode))
def test_ranges_that_do_not_fit_are_refused(
    engine: Engine, tmp_path: Path, start: object, end: object, code: ErrorCode, mode: Mode
) -> None:
    assert _refused(engine, _request(start, end, mode=mode), tmp_path / "clip.mp4").code is code
    assert list(tmp_path.iterdir()) == []


def test_an_end_within_a_second_beyond_the_source_is_its_end(engine: Engine, tmp_path: Path) -> None:
    assert engine.cut(_film(), _request(19, "20.9"), tmp_path / "clip.mp4").end == 20


@pytest.mark.parametrize("mode", list(Mode))
def test_a_range_that_is_exactly_the_source_is_all_of_it(engine: Engine, tmp_path: Path, mode: Mode) -> None:
    result = engine.cut(_film(), _request(0, 20, mode=mode), tmp_path / "clip.mp4")
    assert [result.frames, result.duration] == [600, 20]


def test_a_folder_that_does_not_exist(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(CutroomError) as caught:
        engine.cut(_film(), _request(), tmp_path / "no" / "clip.mp4")
    assert caught.value.code is ErrorCode.TARGET_NOT_WRITABLE


def test_a_missing_source(engine: Engine, tmp_path: Path) -> None:
    error = _refused(engine, _request(), tmp_path / "clip.mp4", tmp_path / "nothing.mp4")
    assert error.code is ErrorCode.SOURCE_NOT_FOUND
    assert str(tmp_path) not in str(error)


@pytest.mark.parametrize(("kind", "name", "code"), [
    (Format.MP3, "no_audio", ErrorCode.NO_AUDIO),
    (Format.GIF, "sound_mp3", ErrorCode.NO_VIDEO),
])  # fmt: skip
def test_formats_that_the_source_cannot_give(
    engine: Engine, tmp_path: Path, kind: Format, name: str, code: ErrorCode
) -> None:
    assert _refused(engine, _request(format=kind), tmp_path / "clip", _film(name)).code is code


@pytest.mark.parametrize("mode", list(Mode))
def test_cancel_leaves_nothing_within_a_second(engine: Engine, tmp_path: Path, mode: Mode) -> None:
    cancel = CancelToken()
    cancelled_at: list[float] = []

    def progress(step: Progress) -> None:
        if step.stage in {"cutting", "encoding", "verifying"} and not cancelled_at:
            cancelled_at.append(time.perf_counter())
            threading.Thread(target=cancel.cancel).start()

    with pytest.raises(Cancelled):
        engine.cut(
            _film("h264_long_gop"), _request(3, 19, mode=mode), tmp_path / "c.mp4", on_progress=progress, cancel=cancel
        )
    assert time.perf_counter() - cancelled_at[0] < 1.5
    assert list(tmp_path.iterdir()) == []


def test_a_file_size_limit_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cutroom.media.child.TaskLimits", lambda: TaskLimits(file=50_000))
    with Engine() as engine:
        error = _refused(engine, _request(1, 12), tmp_path / "clip.mp4")
    assert error.code is ErrorCode.LIMIT_EXCEEDED
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can mount a small disk")
@pytest.mark.parametrize("mode", list(Mode))
def test_a_full_disk(engine: Engine, tmp_path: Path, mode: Mode) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        error = _refused(engine, _request(1, 12, mode=mode), disk / "clip.mp4")
        assert error.code is ErrorCode.DISK_FULL
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_scratch_elsewhere_is_moved_into_place(tmp_path: Path) -> None:
    scratch, folder = tmp_path / "scratch", tmp_path / "out"
    scratch.mkdir()
    folder.mkdir()
    with Engine(EngineConfig(scratch=scratch)) as engine:
        engine.cut(_film(), _request(), folder / "clip.mp4")
    assert list(scratch.iterdir()) == []
    assert (folder / "clip.mp4").exists()


def test_quality_limits_the_shorter_side_and_never_scales_up(engine: Engine, tmp_path: Path) -> None:
    result = engine.cut(_film("h264_closed"), _request(1, 9, quality=Quality.P720), tmp_path / "clip.mp4")
    assert result.mode is Mode.EXACT, "a smaller source is copied"
    assert (result.width, result.height) == (320, 180)


def test_sound_from_a_file_of_its_own(engine: Engine, tmp_path: Path) -> None:
    source = Source(_film("no_audio"), audio=_film("sound_m4a"))
    for mode in Mode:
        clip = tmp_path / f"{mode.value}.mp4"
        result = engine.cut(source, _request(2, 9, mode=mode), clip)
        assert result.mode is mode
        assert result.audio_codecs == ("aac",)
        assert [shown.number for shown in reader.read_pictures(clip)] == list(range(60, 270))
        offset = reader.audio_offset(reader.read_sound(clip), Fraction(0), films.film("sound_m4a"), Fraction(2), 2.0)
        assert offset is not None
        assert abs(offset) < (0.021 if mode is Mode.REENCODE else 0.002)


REMOTE = ("h264_closed", "faststart", "fragmented", "mkv", "mpegts", "vp9", "avi_mp3")


@pytest.mark.parametrize(
    ("name", "kind", "times"),
    [
        *((name, Format.MP4, (8, 11)) for name in REMOTE),
        *((name, kind, (8, 11)) for name in ("faststart", "mpegts", "vp9") for kind in (Format.MP3, Format.GIF)),
        # At the very start lie the run-in of the sound and decoding times before zero.
        *((name, Format.MP4, (0, 1)) for name in REMOTE),
    ],
)
def test_a_remote_file_gives_the_same_clip_as_the_local_one(
    engine: Engine, tmp_path: Path, name: str, kind: Format, times: tuple[int, int]
) -> None:
    film = films.film(name)
    remote = Sparse(film.path, tmp_path)
    request = _request(*times, format=kind)
    far = engine.cut(Source(remote), request, tmp_path / f"far.{kind.value}")
    near = engine.cut(film.path, request, tmp_path / f"near.{kind.value}")
    assert (far.start, far.end, far.frames, far.mode) == (near.start, near.end, near.frames, near.mode)
    if kind is Format.MP4:
        assert reader.read_pictures(tmp_path / "far.mp4") == reader.read_pictures(tmp_path / "near.mp4")
        assert oracle.problems(film, request.start, request.end, far, tmp_path / "far.mp4") == []

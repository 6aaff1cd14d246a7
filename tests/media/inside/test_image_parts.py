"""Image files as parts: together they are the file, what is beside the picture can be left out, times can be read."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.inside.exif import exif_of, orientation_of
from cutroom.media.inside.image_parts import parts_of
from cutroom.media.inside.image_strip import strip
from cutroom.media.inside.image_timing import STILL, timing_of
from cutroom.model.image import ImageFormat
from tests.media.drawn import SECRET, TIMES, chunk, drawn, moving, save, save_moving, tiny_gif, veiled, with_secrets

STRIPPED = ("jpg", "png", "webp", "gif")


@pytest.mark.parametrize("kind", STRIPPED)
@pytest.mark.parametrize("still", [True, False])
def test_the_parts_are_the_whole_file(tmp_path: Path, kind: str, still: bool) -> None:
    path = tmp_path / f"a.{kind}"
    data = (save(drawn(), path) if still or kind == "jpg" else save_moving(moving(), path)).read_bytes()
    parts = list(parts_of(ImageFormat(kind), data))
    assert [part.start for part in parts[1:]] == [part.end for part in parts[:-1]]
    assert (parts[0].start, parts[-1].end) == (0, len(data))
    assert [p.name for p in parts_of(ImageFormat(kind), data + b"more")] == [p.name for p in parts]


@pytest.mark.parametrize("kind", STRIPPED)
def test_a_file_that_ends_within_a_part_is_damaged(tmp_path: Path, kind: str) -> None:
    data = save(drawn(), tmp_path / f"a.{kind}").read_bytes()
    for length in range(20, len(data) - 1, max(1, len(data) // 60)):
        with pytest.raises(CutroomError) as caught:
            list(parts_of(ImageFormat(kind), data[:length]))
        assert caught.value.code is ErrorCode.MEDIA_DAMAGED


@pytest.mark.parametrize(
    ("kind", "orientation"), [("jpg", 1), ("jpg", 6), ("png", 1), ("png", 6), ("webp", 1), ("webp", 6), ("gif", 1)]
)
def test_stripping_leaves_the_picture_and_how_it_stands(tmp_path: Path, kind: str, orientation: int) -> None:
    data = save(veiled() if kind != "jpg" else drawn(), tmp_path / f"a.{kind}", orientation).read_bytes()
    assert SECRET in data
    buffer = io.BytesIO()
    assert strip(ImageFormat(kind), data, orientation, buffer)
    assert SECRET not in buffer.getvalue()
    assert len(buffer.getvalue()) < len(data)
    with Image.open(buffer) as after, Image.open(io.BytesIO(data)) as before:
        assert after.tobytes() == before.tobytes()
        assert after.getexif().get(0x0112, 1) == orientation
        assert len(after.getexif()) == (orientation != 1)


def test_what_a_viewer_needs_stays(tmp_path: Path) -> None:
    path = save_moving(moving(clear=True), tmp_path / "a.gif", 3)
    buffer = io.BytesIO()
    strip(ImageFormat.GIF, path.read_bytes(), 1, buffer)
    assert timing_of(ImageFormat.GIF, buffer.getvalue()) == timing_of(ImageFormat.GIF, path.read_bytes())
    gamma = chunk(b"gAMA", struct.pack(">I", 100_000))
    whole = save(drawn(), tmp_path / "a.png").read_bytes()
    buffer = io.BytesIO()
    strip(ImageFormat.PNG, whole[:33] + gamma + chunk(b"tIME", bytes(7)) + whole[33:], 1, buffer)
    assert gamma in buffer.getvalue()
    assert b"tIME" not in buffer.getvalue()


def test_the_thumbnail_in_a_header_goes(tmp_path: Path) -> None:
    data = save(drawn(), tmp_path / "a.jpg").read_bytes()
    thumbnail = SECRET.ljust(48, b"x")
    header = b"\xff\xe0" + struct.pack(">H", 16 + 48) + b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x04\x04" + thumbnail
    buffer = io.BytesIO()
    strip(ImageFormat.JPG, b"\xff\xd8" + header + data[2:], 1, buffer)
    assert SECRET not in buffer.getvalue()
    with Image.open(buffer) as image:
        image.load()


@pytest.mark.parametrize("kind", ["bmp", "tiff"])
def test_what_is_not_made_of_parts_is_not_stripped(tmp_path: Path, kind: str) -> None:
    buffer = io.BytesIO()
    assert not strip(ImageFormat(kind), save(drawn(), tmp_path / f"a.{kind}").read_bytes(), 1, buffer)
    assert buffer.getvalue() == b""


@pytest.mark.parametrize("kind", ["gif", "webp", "png"])
@pytest.mark.parametrize("plays", [0, 1, 2, 7])
def test_times_and_repeats(tmp_path: Path, kind: str, plays: int) -> None:
    data = save_moving(moving(), tmp_path / f"a.{kind}", plays).read_bytes()
    timing = timing_of(ImageFormat(kind), data)
    assert (timing.times, timing.plays, timing.frames) == (TIMES, plays, 5)


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "bmp", "tiff"])
def test_a_still_has_no_times(tmp_path: Path, kind: str) -> None:
    assert timing_of(ImageFormat(kind), save(drawn(), tmp_path / f"a.{kind}").read_bytes()) == STILL


def test_counting_ends_where_too_many_begin() -> None:
    assert timing_of(ImageFormat.GIF, tiny_gif(5000)).frames == 5000
    with pytest.raises(CutroomError) as caught:
        timing_of(ImageFormat.GIF, tiny_gif(5001) + b"not even read")
    assert caught.value.code is ErrorCode.MEDIA_TOO_COSTLY


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_what_we_write_and_of_what_others_write(orientation: int) -> None:
    assert orientation_of(exif_of(orientation)) == orientation
    assert orientation_of(with_secrets(orientation)) == orientation
    big = b"MM\x00*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    assert orientation_of(big) == orientation


@given(st.binary(max_size=80) | st.binary(max_size=60).map(lambda tail: b"II*\x00" + tail))
def test_any_nonsense_stands_upright_or_is_one_of_eight(data: bytes) -> None:
    assert 1 <= orientation_of(data) <= 8


def test_upright_pictures_need_no_word() -> None:
    assert exif_of(1) == exif_of(0) == exif_of(9) == b""

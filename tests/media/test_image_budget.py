"""The cost gate of images, at each limit and one step beyond."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.image_budget import (
    MAX_BYTES,
    MAX_FRAMES,
    MAX_PNG_WORK,
    MAX_WORK,
    check_image_cost,
    refuse_file,
    refuse_frames,
)
from cutroom.model.image import ImageFacts, ImageFormat

PHOTO = ImageFacts(ImageFormat.JPG, 10**7, 6000, 4000, 4000, 6000, 6, "RGB", 8, has_alpha=False)
REEL = replace(PHOTO, format=ImageFormat.GIF, width=100, height=100, frames=1000, duration=Fraction(1), plays=0)


def code_of(facts: ImageFacts, target: ImageFormat, size: tuple[int, int]) -> ErrorCode | None:
    try:
        check_image_cost(facts, target, size)
    except CutroomError as error:
        return error.code
    return None


@pytest.mark.parametrize("target", ImageFormat)
def test_a_photo_may_become_anything(target: ImageFormat) -> None:
    assert code_of(PHOTO, target, PHOTO.display_size) is None
    assert code_of(PHOTO, target, (7680, 4320)) is None
    assert code_of(PHOTO, target, (1, 1)) is None


@pytest.mark.parametrize(
    ("target", "longest"), [(ImageFormat.WEBP, 16383), (ImageFormat.JPG, 65500), (ImageFormat.GIF, 65535)]
)
def test_how_long_a_side_may_be(target: ImageFormat, longest: int) -> None:
    assert code_of(PHOTO, target, (longest, 1)) is None
    assert code_of(PHOTO, target, (1, longest + 1)) is ErrorCode.INVALID_REQUEST


def test_how_many_pixels_there_may_be() -> None:
    assert code_of(PHOTO, ImageFormat.PNG, (8192, 8192)) is None
    assert code_of(PHOTO, ImageFormat.PNG, (8192, 8193)) is ErrorCode.MEDIA_TOO_COSTLY


@pytest.mark.parametrize(("target", "most"), [(ImageFormat.GIF, MAX_WORK), (ImageFormat.PNG, MAX_PNG_WORK)])
def test_how_much_an_animation_may_be(target: ImageFormat, most: int) -> None:
    side = most // 1000 // 1024
    assert code_of(REEL, target, (side, 1024)) is None
    assert code_of(REEL, target, (side + 1, 1024)) is ErrorCode.MEDIA_TOO_COSTLY
    # Only its first picture is read for a JPEG.
    assert code_of(REEL, ImageFormat.JPG, (side + 1, 1024)) is None


def test_files_and_pictures_are_counted() -> None:
    refuse_file(MAX_BYTES)
    refuse_frames(MAX_FRAMES)
    for refuse, most in ((refuse_file, MAX_BYTES), (refuse_frames, MAX_FRAMES)):
        with pytest.raises(CutroomError) as caught:
            refuse(most + 1)
        assert caught.value.code is ErrorCode.MEDIA_TOO_COSTLY


def test_formats_say_what_they_are() -> None:
    assert [kind.media_type for kind in ImageFormat] == [
        "image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp", "image/tiff"
    ]  # fmt: skip

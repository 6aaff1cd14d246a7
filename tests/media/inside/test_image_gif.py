"""GIFs that we write: every picture comes out as it went in, at its time, in two decoders that know nothing of us."""

from __future__ import annotations

import io
from itertools import pairwise

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cutroom.media.inside.image_gif import common_palette, write_gif
from cutroom.media.inside.image_timing import Timing, timing_of
from cutroom.model.image import ImageFormat
from tests.media.drawn import COLOURS, TIMES, difference, moving

SIDE = 12
NOTHING = (0, 0, 0, 0)

# A picture as rectangles of a few colours, or of nothing.
_BOXES = st.lists(
    st.tuples(
        st.integers(0, SIDE - 1), st.integers(0, SIDE - 1), st.integers(1, SIDE), st.integers(1, SIDE),
        st.sampled_from([NOTHING, *((*colour, 255) for colour in COLOURS)]),
    ),
    max_size=4,
)  # fmt: skip


def painted(boxes: list[tuple[int, int, int, int, tuple[int, int, int, int]]]) -> Image.Image:
    picture = Image.new("RGBA", (SIDE, SIDE), NOTHING)
    for left, top, width, height, colour in boxes:
        picture.paste(colour, (left, top, min(SIDE, left + width), min(SIDE, top + height)))
    return picture


def written(pictures: list[Image.Image], timing: Timing) -> bytes:
    buffer = io.BytesIO()
    palette = common_palette(lambda: (picture.copy() for picture in pictures), len(pictures), 255)
    write_gif((picture.copy() for picture in pictures), timing, palette, buffer)
    return buffer.getvalue()


def by_pillow(data: bytes) -> list[Image.Image]:
    with Image.open(io.BytesIO(data)) as image:
        pictures = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            pictures.append(image.convert("RGBA"))
        return pictures


def by_ffmpeg(data: bytes) -> list[Image.Image]:
    with av.open(io.BytesIO(data), "r", format="gif") as container:
        return [
            Image.frombytes("RGBA", (frame.width, frame.height), bytes(frame.reformat(format="rgba").planes[0]))
            for frame in container.decode(video=0)
        ]


def same(one: Image.Image, other: Image.Image) -> bool:
    """Alike where there is anything to see."""
    seen = [
        Image.composite(picture, Image.new("RGBA", picture.size), picture.getchannel("A")) for picture in (one, other)
    ]
    return difference(*seen) == 0


@settings(max_examples=40)
@given(st.lists(_BOXES.map(painted), min_size=1, max_size=6))
def test_what_goes_in_comes_out(pictures: list[Image.Image]) -> None:
    timing = Timing(tuple(10 * (number + 2) for number in range(len(pictures))), 0)
    data = written(pictures, timing)
    assert timing_of(ImageFormat.GIF, data).times == timing.times
    assert len(by_pillow(data)) == len(pictures)
    assert all(same(*pair) for pair in zip(by_pillow(data), pictures, strict=True))


@pytest.mark.parametrize("clear", [False, True])
def test_another_decoder_sees_the_same(clear: bool) -> None:
    # Side 16: the other decoder pads the rows of narrower pictures.
    pictures = moving(64, 48, clear=clear)
    assert all(same(*pair) for pair in zip(by_ffmpeg(written(pictures, Timing(TIMES, 0))), pictures, strict=True))


@pytest.mark.parametrize("plays", [0, 1, 2, 65536])
def test_repeats(plays: int) -> None:
    timing = Timing(TIMES, plays)
    assert timing_of(ImageFormat.GIF, written(moving(), timing)) == timing


def test_pictures_alike_keep_their_own_times() -> None:
    picture = moving()[0]
    data = written([picture] * 5, Timing(TIMES, 0))
    assert timing_of(ImageFormat.GIF, data).times == TIMES
    assert len(data) < len(written([picture], Timing((0,)))) + 5 * 40


def test_only_what_changes_is_written() -> None:
    first, last = moving(600, 400)[:2]
    once, twice = written([first], Timing((0,))), written([first, last], Timing((40, 40), 0))
    assert len(twice) < 2 * len(once)


def test_one_palette_is_exact_for_up_to_255_colours() -> None:
    pictures = []
    for number in range(5):
        picture = Image.new("RGB", (51, 4))
        picture.putdata([(at * 5, number * 50, 255 - at) for at in range(51)] * 4)
        pictures.append(picture)
    data = written(pictures, Timing(TIMES, 0))
    assert all(same(*pair) for pair in zip(by_pillow(data), (p.convert("RGBA") for p in pictures), strict=True))
    assert all(first.tobytes() != second.tobytes() for first, second in pairwise(by_pillow(data)))

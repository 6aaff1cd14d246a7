"""Few colours: exactly those of the picture where it has no more; flat ones stay flat; alpha counts like colours."""

from __future__ import annotations

import itertools

import pytest
from PIL import Image, ImageChops

from cutroom.media.inside.image_merge import Entry, merged
from cutroom.media.inside.image_quantize import Palette, reduce_colours
from tests.media.drawn import COLOURS, detailed, difference, drawn, seen, veiled


def rebuilt(image: Image.Image, colours: int) -> Image.Image:
    """What a viewer makes of the reduced picture."""
    reduced, alphas = reduce_colours(image, colours)
    if reduced.mode == "P":
        assert len(reduced.getcolors() or []) <= colours
    if alphas:
        reduced.info["transparency"] = alphas
    return reduced.convert("RGBA")


def steps(count: int) -> Image.Image:
    """A picture of ``count`` colours that lie close together."""
    image = Image.new("RGB", (count, 3))
    image.putdata([(100 + at % 16, 90 + at // 16, 80) for at in range(count)] * 3)
    return image


@pytest.mark.parametrize("count", [1, 2, 16, 200, 256])
def test_few_colours_are_kept_exactly(count: int) -> None:
    assert difference(rebuilt(steps(count), 256), steps(count)) == 0


def test_few_colours_with_alpha_are_kept_exactly() -> None:
    image = steps(16).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size).point(lambda value: value // 64 * 64))
    assert difference(rebuilt(image, 256), image) == 0


@pytest.mark.slow
@pytest.mark.parametrize("colours", [256, 128, 64, 32, 16])
@pytest.mark.parametrize("veil", [False, True])
def test_many_colours_look_alike(colours: int, veil: bool) -> None:
    image = detailed(160, 120)
    if veil:
        image.putalpha(ImageChops.invert(Image.radial_gradient("L").resize(image.size)))
    # Dithering is seen from afar.
    small = (40, 30)
    after, before = seen(rebuilt(image, colours)).resize(small), seen(image).resize(small)
    assert difference(after, before) < {256: 2, 128: 3, 64: 5, 32: 9, 16: 14}[colours]


def test_what_is_transparent_or_opaque_stays_so() -> None:
    image = veiled(80, 60)
    image.paste(detailed(20, 60).convert("RGBA"), (0, 0))
    alpha = rebuilt(image, 64).getchannel("A")
    assert alpha.crop((0, 0, 25, 60)).getextrema() == (255, 255)
    assert alpha.crop((55, 0, 80, 60)).getextrema() == (0, 0)


def test_a_flat_colour_stays_flat() -> None:
    image = detailed(200, 150)
    image.paste((251, 240, 200), (0, 0, 120, 150))
    assert rebuilt(image, 64).crop((0, 0, 120, 150)).getcolors() == [(120 * 150, (251, 240, 200, 255))]


@pytest.mark.parametrize("mode", ["1", "L", "I;16"])
def test_grey_that_a_palette_would_not_make_smaller(mode: str) -> None:
    image = drawn(mode="L")
    image = (
        image.convert("I").point(lambda value: value * 257).convert("I;16") if mode == "I;16" else image.convert(mode)
    )
    reduced, alphas = reduce_colours(image, 256)
    assert (reduced.mode, alphas) == ("1" if mode == "1" else "L", None)


def test_grey_of_fewer_steps() -> None:
    reduced, _ = reduce_colours(drawn(mode="L"), 16)
    assert reduced.mode == "P"
    assert difference(reduced.convert("L").resize((30, 20)), drawn(mode="L").resize((30, 20))) < 3


def test_a_palette_has_room_for_nothing() -> None:
    palette = Palette.exact([*COLOURS])
    assert (palette.clear, palette.bits) == (5, 3)
    assert Palette.exact([]).clear == 1


def test_merging_keeps_what_is_seen() -> None:
    reds: list[Entry] = [(200 + n, 0, 0, 255) for n in range(10)]
    ghosts: list[Entry] = [(0, 0, 0, 0), (255, 255, 255, 1)]
    blues: list[Entry] = [(0, 0, 250, 255), (0, 0, 255, 250)]
    places, entries = merged([*reds, *ghosts, *blues], [10] * 14, 3)
    assert len(entries) == 3
    assert len({*places[:10]}) == len({*places[10:12]}) == len({*places[12:]}) == 1
    assert len({places[0], places[10], places[12]}) == 3
    assert entries[places[0]][0] in range(200, 210)


def test_merging_nothing_changes_nothing() -> None:
    entries: list[Entry] = [(n, 255 - n, 30, 255 - n) for n in range(0, 250, 10)]
    places, kept = merged(entries, [1] * len(entries), 256)
    assert all(
        max(abs(a - b) for a, b in zip(entry, kept[place], strict=True)) <= 1 or entry[3] < 20
        for entry, place in zip(entries, places, strict=True)
    )


def test_fewer_colours_are_never_more() -> None:
    counts = [len(reduce_colours(detailed(90, 60), colours)[0].getcolors() or []) for colours in (256, 128, 64, 32, 16)]
    assert all(more >= fewer for more, fewer in itertools.pairwise(counts))

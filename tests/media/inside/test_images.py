"""Images made from images: the right format, the exact size, the same picture, and nothing said beside it."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.inside.images import preload
from tests.media.drawn import (
    SECRET,
    STORED_AS,
    TIMES,
    detailed,
    difference,
    drawn,
    eight_bits,
    make,
    moving,
    png,
    probe,
    save,
    save_moving,
    seen,
    tiny_gif,
    veiled,
)

STILLS = ("jpg", "png", "webp", "gif", "bmp", "tiff")
WANTED = ("jpg", "png", "webp")
TURNED = ("jpg", "png", "webp", "tiff")
# Mean difference that coding with loss may make.
LOSSY = 4.0
# That 255 colours may make of a gradient.
FEW = 6.0

preload()


@pytest.mark.parametrize("kind", STILLS)
@pytest.mark.parametrize("wanted", WANTED)
def test_converting_keeps_size_and_picture(tmp_path: Path, kind: str, wanted: str) -> None:
    made = make(save(drawn(), tmp_path / f"a.{kind}"), wanted)
    assert (made.facts.format, made.facts.display_size, made.facts.frames) == (wanted, (120, 80), 1)
    assert difference(made.picture(), drawn()) < (FEW if kind == "gif" else LOSSY)
    assert SECRET not in made.data


@pytest.mark.parametrize("kind", STILLS)
def test_resizing_keeps_the_format(tmp_path: Path, kind: str) -> None:
    made = make(save(drawn(), tmp_path / f"a.{kind}"), size=(61, 97))
    assert (made.facts.format, made.facts.display_size) == (kind, (61, 97))
    fair = drawn().resize((61, 97), Image.Resampling.LANCZOS)
    assert difference(made.picture(), fair) < (FEW if kind == "gif" else LOSSY)
    assert SECRET not in made.data


@pytest.mark.parametrize("kind", STILLS)
def test_compressing_keeps_format_and_size(tmp_path: Path, kind: str) -> None:
    path = save(drawn(), tmp_path / f"a.{kind}")
    made = make(path, quality=60)
    assert (made.facts.format, made.facts.display_size) == (kind, (120, 80))
    assert made.facts.size_bytes == len(made.data) <= path.stat().st_size
    assert difference(made.picture(), drawn()) < 2 * FEW
    assert SECRET not in made.data


@pytest.mark.slow
@pytest.mark.parametrize("kind", TURNED)
@pytest.mark.parametrize("orientation", STORED_AS)
def test_pictures_come_out_upright(tmp_path: Path, kind: str, orientation: int) -> None:
    path = save(drawn(), tmp_path / f"a.{kind}", orientation)
    facts = probe(path)
    assert (facts.orientation, facts.display_size) == (orientation, (120, 80))
    assert (facts.stored_width, facts.stored_height) == ((80, 120) if orientation >= 5 else (120, 80))
    for made in (*(make(path, wanted) for wanted in WANTED), make(path, quality=90)):
        assert made.facts.display_size == (120, 80)
        assert made.facts.orientation == 1 or made.copied
        if made.facts.orientation == 1:
            assert difference(made.picture(), drawn()) < FEW
        assert SECRET not in made.data
    small = make(path, size=(60, 40))
    assert small.facts.orientation == 1
    assert difference(small.picture(), drawn().resize((60, 40), Image.Resampling.LANCZOS)) < FEW


@pytest.mark.parametrize("kind", ["png", "webp", "tiff", "gif"])
def test_what_is_transparent_becomes_white_in_a_jpeg(tmp_path: Path, kind: str) -> None:
    made = make(save(veiled(), tmp_path / f"a.{kind}"), "jpg")
    assert made.picture().mode == "RGB"
    wanted = veiled()
    if kind == "gif":  # which knows no half transparency
        wanted.putalpha(wanted.getchannel("A").point(lambda value: 255 if value >= 128 else 0))
    assert difference(made.picture(), seen(wanted)) < FEW
    assert made.picture().getpixel((110, 40)) == (255, 255, 255)


@pytest.mark.parametrize("wanted", ["png", "webp"])
def test_alpha_is_kept(tmp_path: Path, wanted: str) -> None:
    made = make(save(veiled(), tmp_path / "a.tiff"), wanted)
    assert made.facts.has_alpha
    assert made.picture().convert("RGBA").getchannel("A").getextrema() == (0, 255)
    assert difference(seen(made.picture()), seen(veiled())) < LOSSY


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("wanted", [*WANTED, None])
def test_every_mode_of_png_goes_everywhere(tmp_path: Path, mode: str, wanted: str | None) -> None:
    picture = drawn().quantize(200) if mode == "P" else drawn(mode=mode) if mode != "I;16" else deep()
    picture.save(tmp_path / "a.png")
    made = make(tmp_path / "a.png", wanted) if wanted else make(tmp_path / "a.png", size=(30, 20))
    like = picture if wanted else eight_bits(picture).resize((30, 20), Image.Resampling.LANCZOS)
    assert difference(eight_bits(made.picture()), eight_bits(like)) < (10 if mode == "1" else LOSSY)


def deep(width: int = 256, height: int = 16) -> Image.Image:
    """Sixteen bits of grey, from black to white."""
    image = Image.new("I;16", (width, height))
    image.putdata([x * 65535 // (width - 1) for _y in range(height) for x in range(width)])
    return image


def test_deep_grey_stays_deep_where_it_can(tmp_path: Path) -> None:
    deep().save(tmp_path / "a.png")
    assert probe(tmp_path / "a.png").bit_depth == 16
    same = make(tmp_path / "a.png", "png")
    assert same.copied
    assert same.picture().tobytes() == deep().tobytes()
    smaller = make(tmp_path / "a.png", size=(64, 8))
    assert (smaller.facts.bit_depth, smaller.facts.mode, smaller.warnings) == (16, "I;16", ())
    assert len(set(smaller.picture().get_flattened_data())) == 64
    grey = make(tmp_path / "a.png", "jpg").picture()
    assert [grey.getpixel((x, 8)) for x in (0, 128, 255)] == pytest.approx([0, 128, 255], abs=2)


def test_deep_colours_that_are_lost_are_told(tmp_path: Path) -> None:
    row = b"".join((x * 257).to_bytes(2, "big") * 3 for x in range(256))
    (tmp_path / "a.png").write_bytes(png(256, 4, 16, 2, (b"\x00" + row) * 4))
    assert probe(tmp_path / "a.png").bit_depth == 16
    assert make(tmp_path / "a.png", "png").copied
    assert make(tmp_path / "a.png", size=(64, 4)).warnings == ("The colours were reduced to 8 bits.",)
    assert make(tmp_path / "a.png", "jpg").warnings == ()
    assert make(tmp_path / "a.png", "jpg").picture().getpixel((255, 0)) == (255, 255, 255)


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "gif"])
def test_what_needs_no_coding_is_copied(tmp_path: Path, kind: str) -> None:
    path = save(drawn(), tmp_path / f"a.{kind}")
    made = make(path, kind)
    assert made.copied
    assert made.picture().tobytes() == opened(path).tobytes()
    assert SECRET in path.read_bytes()
    assert SECRET not in made.data


@pytest.mark.parametrize("kind", ["gif", "webp", "png"])
@pytest.mark.parametrize("clear", [False, True])
@pytest.mark.parametrize("plays", [0, 1, 3])
def test_animations_stay_animated_when_resized(tmp_path: Path, kind: str, clear: bool, plays: int) -> None:
    path = save_moving(moving(clear=clear), tmp_path / f"a.{kind}", plays)
    made = make(path, size=(90, 60))
    assert (made.facts.frames, made.facts.plays) == (5, plays)
    assert made.facts.duration == Fraction(sum(TIMES), 1000)
    check_frames(made.path, moving(clear=clear), (90, 60))
    assert SECRET not in made.data


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        image.load()
        return image.copy()


def check_frames(path: Path, wanted: list[Image.Image], size: tuple[int, int]) -> None:
    """Every picture is there, for its time, and none shines through another."""
    with Image.open(path) as image:
        for number, picture in enumerate(wanted):
            image.seek(number)
            image.load()
            assert image.info["duration"] == TIMES[number]
            assert image.size == size
            fair = picture.resize(size, Image.Resampling.LANCZOS)
            assert difference(seen(image), seen(fair)) < FEW, number


@pytest.mark.parametrize("kind", ["gif", "webp", "png"])
def test_animations_become_webp_or_their_first_picture(tmp_path: Path, kind: str) -> None:
    path = save_moving(moving(), tmp_path / f"a.{kind}", 3)
    made = make(path, "webp")
    assert (made.facts.frames, made.facts.plays, made.facts.duration) == (5, 3, Fraction(sum(TIMES), 1000))
    check_frames(made.path, moving(), (60, 40))
    still = make(path, "jpg")
    assert (still.facts.frames, still.facts.duration) == (1, None)
    assert still.warnings == ("Only the first picture of the animation was used.",)
    assert difference(still.picture(), moving()[0]) < LOSSY


def test_an_animation_becomes_a_png_of_its_first_picture(tmp_path: Path) -> None:
    for kind in ("gif", "webp"):
        made = make(save_moving(moving(clear=True), tmp_path / f"a.{kind}"), "png")
        assert (made.facts.frames, made.facts.has_alpha) == (1, True)
        assert difference(seen(made.picture()), seen(moving(clear=True)[0])) < 1


@pytest.mark.parametrize("quality", [1, 30, 75, 100])
@pytest.mark.parametrize("kind", ["gif", "webp", "png"])
def test_animations_stay_animated_when_compressed(tmp_path: Path, kind: str, quality: int) -> None:
    path = save_moving(moving(), tmp_path / f"a.{kind}")
    made = make(path, quality=quality)
    assert (made.facts.frames, made.facts.duration) == (5, Fraction(sum(TIMES), 1000))
    assert made.facts.size_bytes <= path.stat().st_size
    check_frames(made.path, moving(), (60, 40))
    assert SECRET not in made.data


def test_the_further_pages_of_a_document_are_told(tmp_path: Path) -> None:
    drawn().save(tmp_path / "a.tiff", save_all=True, append_images=[drawn(30, 30)])
    assert probe(tmp_path / "a.tiff").frames == 1
    assert make(tmp_path / "a.tiff", "jpg").warnings == ("Only the first page was used.",)
    whole = make(tmp_path / "a.tiff", quality=50)
    assert whole.warnings == ("A document of several pages cannot be made smaller; it is unchanged.",)
    assert whole.data == (tmp_path / "a.tiff").read_bytes()


def test_an_animation_without_times_stays_one(tmp_path: Path) -> None:
    first, *rest = moving()
    first.save(tmp_path / "a.gif", save_all=True, append_images=rest, duration=0, loop=0)
    for made in (make(tmp_path / "a.gif", size=(30, 20)), make(tmp_path / "a.gif", quality=40)):
        assert (made.facts.frames, made.facts.duration) == (5, Fraction(0))
    assert make(tmp_path / "a.gif", "webp").facts.duration == 0


def test_printers_colours_become_those_of_screens(tmp_path: Path) -> None:
    save(drawn(mode="CMYK"), tmp_path / "a.jpg")
    assert probe(tmp_path / "a.jpg").mode == "CMYK"
    for made in (*(make(tmp_path / "a.jpg", wanted) for wanted in WANTED), make(tmp_path / "a.jpg", quality=80)):
        assert made.facts.mode == "RGB"
        assert made.warnings == ("The colours were converted from CMYK to RGB.",)
        assert difference(made.picture(), drawn()) < FEW
        assert SECRET not in made.data
    printed = make(tmp_path / "a.jpg", size=(60, 40))
    assert (printed.facts.mode, printed.warnings) == ("CMYK", ())
    assert difference(printed.picture().convert("RGB"), drawn().resize((60, 40), Image.Resampling.LANCZOS)) < FEW


@pytest.mark.parametrize("kind", STILLS)
@pytest.mark.parametrize("size", [(1, 1), (1, 37), (53, 1)])
def test_the_smallest_pictures(tmp_path: Path, kind: str, size: tuple[int, int]) -> None:
    path = save(drawn(*size), tmp_path / f"a.{kind}")
    for wanted in WANTED:
        assert make(path, wanted).facts.display_size == size
    assert make(path, size=(1, 1)).facts.display_size == (1, 1)
    assert make(path, size=(40, 30)).facts.display_size == (40, 30)
    assert make(path, quality=50).facts.display_size == size


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(STILLS),
    turned=st.sampled_from(sorted(STORED_AS)),
    size=st.tuples(st.integers(1, 300), st.integers(1, 300)),
)
def test_any_size_is_exact(tmp_path: Path, kind: str, turned: int, size: tuple[int, int]) -> None:
    path = save(drawn(90, 64), tmp_path / f"a.{kind}", turned if kind in TURNED else 1)
    assert make(path, size=size).picture().size == size


@pytest.mark.parametrize("size", [(7680, 1), (1, 4320)])
def test_the_largest_sides(tmp_path: Path, size: tuple[int, int]) -> None:
    for kind in STILLS:
        assert make(save(drawn(90, 64), tmp_path / f"a.{kind}"), size=size).picture().size == size


def test_a_palette_is_a_smaller_png(tmp_path: Path) -> None:
    path = save(detailed(), tmp_path / "a.png")
    made = make(path, quality=75)
    assert (made.facts.mode, made.copied) == ("P", False)
    assert made.facts.size_bytes < path.stat().st_size * 2 // 3
    assert len(made.picture().convert("RGB").getcolors(256) or []) > 150
    assert difference(made.picture(), detailed()) < FEW


def test_a_palette_keeps_alpha(tmp_path: Path) -> None:
    soft = drawn(200, 150, "RGBA")
    soft.putalpha(ImageChops.invert(Image.radial_gradient("L").resize((200, 150))))
    made = make(save(soft, tmp_path / "a.png"), quality=75)
    assert (made.facts.mode, made.facts.has_alpha) == ("P", True)
    assert difference(seen(made.picture()), seen(soft)) < FEW
    few = make(save(veiled(), tmp_path / "b.png"), quality=75)
    assert few.picture().convert("RGBA").getchannel("A").getextrema() == (0, 255)


@pytest.mark.slow
@pytest.mark.parametrize("kind", STILLS)
@pytest.mark.parametrize("name", ["drawn", "smooth", "flat", "line"])
def test_less_quality_is_never_a_larger_file(tmp_path: Path, kind: str, name: str) -> None:
    picture = {
        "drawn": drawn(90, 64),
        "smooth": Image.merge("RGB", [Image.linear_gradient("L").resize((128, 128))] * 3),
        "flat": Image.new("RGB", (40, 40), (7, 100, 200)),
        "line": drawn(200, 1),
    }[name]
    path = save(picture, tmp_path / f"a.{kind}")
    sizes = [make(path, quality=quality).facts.size_bytes for quality in (1, 7, 20, 49, 66, 75, 89, 95, 100)]
    assert all(less <= more for less, more in itertools.pairwise([*sizes, path.stat().st_size]))


def test_what_is_small_already_only_loses_its_metadata(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    drawn().save(path, quality=5, comment=SECRET, exif=exif_turned())
    made = make(path, quality=95)
    assert made.copied
    assert made.warnings == ("The image is as small as it gets at this quality; its pixels are unchanged.",)
    assert SECRET not in made.data
    assert made.picture().tobytes() == opened(path).tobytes()
    assert (made.facts.orientation, made.facts.display_size) == (6, (80, 120))


def exif_turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = SECRET.decode()
    return exif.tobytes()


def test_noise_fits_into_its_own_file(tmp_path: Path) -> None:
    noise = Image.merge("RGB", [Image.effect_noise((300, 300), 200) for _channel in range(3)])
    noise.save(tmp_path / "a.jpg", quality=100, subsampling=0)
    made = make(tmp_path / "a.jpg", quality=100)
    assert made.facts.size_bytes <= (tmp_path / "a.jpg").stat().st_size


def test_more_pixels_than_a_format_can_hold(tmp_path: Path) -> None:
    Image.new("1", (16384, 2)).save(tmp_path / "a.png")
    with pytest.raises(CutroomError) as caught:
        make(tmp_path / "a.png", "webp")
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert make(tmp_path / "a.png", "jpg").facts.display_size == (16384, 2)


def test_too_many_pictures_for_the_size(tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(tiny_gif(70))
    with pytest.raises(CutroomError) as caught:
        make(tmp_path / "a.gif", size=(7680, 4320))
    assert caught.value.code is ErrorCode.MEDIA_TOO_COSTLY
    assert make(tmp_path / "a.gif", size=(9, 9)).facts.frames == 70

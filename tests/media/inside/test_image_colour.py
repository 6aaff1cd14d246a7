"""What colours mean: profiles are kept where they fit, applied where they do not, left out where they say nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageCms

from tests.media.drawn import difference, drawn, eight_bits, make, seen
from tests.media.profiles import dark_cmyk, swapped_rgb


def shown(image: Image.Image) -> Image.Image:
    """The picture as a viewer that knows profiles shows it."""
    import io

    given = image.info.get("icc_profile")
    if given is None:
        return image.convert("RGB")
    source = ImageCms.ImageCmsProfile(io.BytesIO(given))
    done = ImageCms.profileToProfile(image.convert("RGB"), source, ImageCms.createProfile("sRGB"))
    assert done is not None
    return done


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "tiff"])
@pytest.mark.parametrize("wanted", ["jpg", "png", "webp", None])
def test_a_profile_goes_with_its_colours(tmp_path: Path, kind: str, wanted: str | None) -> None:
    path = tmp_path / f"a.{kind}"
    drawn().save(path, icc_profile=swapped_rgb(), quality=95)
    made = make(path, wanted) if wanted else make(path, size=(120, 81))
    with Image.open(path) as image:
        before = shown(image)
    assert made.picture().info["icc_profile"] == swapped_rgb()
    after = shown(made.picture()).resize((120, 80))
    assert difference(after, before) < 5
    assert difference(before, drawn()) > 20  # the profile does say something


@pytest.mark.parametrize("kind", ["png", "tiff"])
def test_a_compressed_picture_keeps_its_profile(tmp_path: Path, kind: str) -> None:
    drawn().save(tmp_path / f"a.{kind}", icc_profile=swapped_rgb())
    made = make(tmp_path / f"a.{kind}", quality=75)
    assert made.picture().info["icc_profile"] == swapped_rgb()


def test_what_cannot_hold_a_profile_gets_its_colours(tmp_path: Path) -> None:
    drawn().save(tmp_path / "a.tiff", icc_profile=swapped_rgb())
    with Image.open(tmp_path / "a.tiff") as image:
        before = shown(image)
    # The palette of a GIF and a BMP say nothing about colours.
    drawn().save(tmp_path / "b.png", icc_profile=swapped_rgb())
    assert difference(make(tmp_path / "a.tiff", "bmp").picture(), before) < 3


def test_the_profile_of_all_screens_is_left_out(tmp_path: Path) -> None:
    everyones = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    drawn().save(tmp_path / "a.png", icc_profile=everyones)
    assert "icc_profile" not in make(tmp_path / "a.png", "jpg").picture().info


@pytest.mark.parametrize("broken", [b"", b"nonsense" * 40, swapped_rgb()[:200], b"\x00" * 128])
def test_a_broken_profile_changes_nothing(tmp_path: Path, broken: bytes) -> None:
    drawn().save(tmp_path / "a.tiff", icc_profile=broken)
    made = make(tmp_path / "a.tiff", "webp")
    assert difference(made.picture(), drawn()) < 4


def test_printers_colours_go_through_their_profile(tmp_path: Path) -> None:
    inks = Image.new("CMYK", (20, 20))
    inks.paste((255, 0, 0, 0), (10, 0, 20, 20))  # cyan: black, says the profile
    inks.save(tmp_path / "a.tiff", icc_profile=dark_cmyk())
    for wanted in ("jpg", "png", "webp"):
        made = make(tmp_path / "a.tiff", wanted).picture()
        assert "icc_profile" not in made.info
        assert difference(made.convert("L").crop((0, 0, 8, 20)), Image.new("L", (8, 20), "white")) < 5
        assert difference(made.convert("L").crop((12, 0, 20, 20)), Image.new("L", (8, 20))) < 5
    inks.save(tmp_path / "b.jpg", icc_profile=dark_cmyk(), quality=95)
    kept = make(tmp_path / "b.jpg", size=(10, 10))
    assert kept.picture().mode == "CMYK"
    assert kept.picture().info["icc_profile"] == dark_cmyk()


def test_grey_with_a_profile_of_colours(tmp_path: Path) -> None:
    """A profile of another kind than the pixels is none."""
    drawn(mode="L").save(tmp_path / "a.png", icc_profile=swapped_rgb())
    made = make(tmp_path / "a.png", "jpg")
    assert "icc_profile" not in made.picture().info
    assert difference(made.picture(), drawn(mode="L")) < 3


@pytest.mark.parametrize("mode", ["I", "F", "I;16B", "LAB", "YCbCr"])
def test_the_modes_that_only_tiff_knows(tmp_path: Path, mode: str) -> None:
    if mode in {"LAB", "YCbCr"}:
        picture, wanted = drawn().convert(mode), drawn()
    else:
        wanted = drawn(mode="L")
        picture = wanted.convert("I").point(lambda value: value * 257)
        picture = picture.convert(mode) if mode != "F" else wanted.convert("F")
    picture.save(tmp_path / "a.tiff")
    for target in ("jpg", "png", "webp"):
        assert difference(seen(eight_bits(make(tmp_path / "a.tiff", target).picture())), wanted.convert("RGB")) < 5
    assert make(tmp_path / "a.tiff", size=(9, 9)).facts.display_size == (9, 9)
    assert make(tmp_path / "a.tiff", quality=50).facts.display_size == (120, 80)

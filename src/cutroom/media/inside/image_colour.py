"""Pixels as a format can hold them: turned upright, eight bits, RGB, flattened on white; and what their colours mean.

A colour profile is kept where the result's pixels are still of the kind that it speaks of, otherwise the pixels are
converted through it. A profile that says sRGB says nothing and is left out.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, cast

from PIL import Image

from cutroom.media.inside.image_open import reading

if TYPE_CHECKING:
    from PIL import ImageCms

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ALPHA = {"La": "LA", "PA": "RGBA", "RGBa": "RGBA"}
_SPACES = {"L": "GRAY", "LA": "GRAY", "1": "GRAY", "RGB": "RGB", "RGBA": "RGB", "P": "RGB", "CMYK": "CMYK"}
# An 8-bit white for the whites that 32-bit pixels are likely to mean, smallest first.
_WHITES = (1.0, 255.0, 65535.0)


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """The picture as a viewer shows it."""
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def scaled(
    image: Image.Image, size: tuple[int, int], box: tuple[float, float, float, float] | None = None
) -> Image.Image:
    """``image`` (plain, or deep grey) at exactly ``size``; ``box`` is the part of it that is meant."""
    # First by whole numbers, to three times what is wanted: it cannot be told from the slow way. Deep grey knows none.
    gap = None if image.mode.startswith("I;16") else 3.0
    return image.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=gap)


def plain(image: Image.Image) -> Image.Image:
    """``image`` in one of the modes ``1``, ``L``, ``LA``, ``RGB``, ``RGBA``, ``CMYK``, the nearest that loses nothing.

    Palettes are looked up, a colour that means transparent becomes alpha, 16 bits become 8 by scale.
    """
    with reading():
        image.load()
    if image.mode == "P" or image.mode in _ALPHA:
        wanted = _ALPHA.get(image.mode) or ("RGBA" if image.has_transparency_data else "RGB")
        return image.convert(wanted)
    if image.mode.startswith("I") or image.mode == "F":
        return eight_bits(image)
    if "transparency" in image.info and image.mode in {"1", "L", "RGB"}:
        return image.convert("RGBA" if image.mode == "RGB" else "LA")
    if image.mode in {"1", "L", "LA", "RGB", "RGBA", "CMYK"}:
        return image
    return image.convert("RGB")  # LAB, YCbCr, HSV, RGBX


def eight_bits(image: Image.Image) -> Image.Image:
    """Deep grey as ``L``, black staying black and white white."""
    if image.mode.startswith("I;16"):
        white = 65535.0
        image = image if image.mode == "I;16" else image.convert("I").convert("I;16")
    else:
        highest = max(cast("tuple[float, float]", image.getextrema())[1], 0.0)
        white = next((white for white in _WHITES if highest <= white), highest)
    scale = 255.0 / white
    return image.point(lambda value: value * scale + 0.5).convert("L")


def flat(image: Image.Image) -> Image.Image:
    """``image`` (plain) without alpha, on white."""
    if image.mode not in {"LA", "RGBA"}:
        return image
    ground = Image.new("L" if image.mode == "LA" else "RGB", image.size, "white")
    ground.paste(image if image.mode == "RGBA" else image.convert("L"), mask=image.getchannel("A"))
    return ground


def profile_of(image: Image.Image) -> bytes | None:
    """The colour profile that says something: whole, of the kind of the pixels, and not sRGB."""
    given = image.info.get("icc_profile")
    if not isinstance(given, bytes) or len(given) < 128 or given[36:40] != b"acsp":
        return None
    space = given[16:20].decode("latin-1").strip()
    mode = "L" if image.mode.startswith(("I", "F")) else image.mode
    if space != _SPACES.get(mode) and not (space == "GRAY" and mode == "P"):
        return None
    return None if b"sRGB" in given[128:] or b"s\x00R\x00G\x00B" in given[128:] else given


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """``image`` (plain) in the colours of sRGB: ``L`` and ``LA`` stay grey unless a profile speaks of them.

    What the colour engine cannot make sense of is converted as if there were no profile.
    """
    if profile is not None:
        converted = _through(image, profile)
        if converted is not None:
            return converted
    return image.convert("RGB") if image.mode == "CMYK" else image


def _through(image: Image.Image, profile: bytes) -> Image.Image | None:
    from PIL import ImageCms

    alpha = image.getchannel("A") if image.mode in {"LA", "RGBA"} else None
    colours = image.convert({"LA": "L", "RGBA": "RGB", "1": "L"}.get(image.mode, image.mode))
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        transform = ImageCms.buildTransform(source, _srgb(), colours.mode, "RGB")
        converted = transform.apply(colours)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    if alpha is not None:
        converted.putalpha(alpha)
    return converted


def _srgb() -> ImageCms.ImageCmsProfile:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))

"""Opening images: what they are is read from their bytes; bombs, lies and wrecks are refused in one sentence."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from cutroom.kernel.errors import CutroomError, ErrorCode
from tests.media.drawn import STORED_AS, chunk, drawn, make, moving, png, probe, save, save_moving, tiny_gif, veiled

KINDS = ("jpg", "png", "webp", "gif", "bmp", "tiff")
RAW = ("/tmp", "PIL", "Pillow", "Error", "Traceback", " 0x", "mmap")  # noqa: S108  looked for only


def refused(path: Path, code: ErrorCode) -> str:
    """The sentence with which it is refused; it must be one for people."""
    with pytest.raises(CutroomError) as caught:
        make(path, "jpg")
    assert caught.value.code is code
    assert not any(word in caught.value.message for word in RAW)
    assert caught.value.message.endswith(".")
    return caught.value.message


@pytest.mark.parametrize("kind", KINDS)
def test_the_name_says_nothing(tmp_path: Path, kind: str) -> None:
    save(drawn(), tmp_path / f"a.{kind}").rename(tmp_path / "a.txt")
    assert probe(tmp_path / "a.txt").format == kind


@pytest.mark.parametrize(
    ("mode", "kind", "depth", "alpha"),
    [
        ("1", "png", 1, False), ("L", "png", 8, False), ("I;16", "png", 16, False), ("RGBA", "png", 8, True),
        ("LA", "png", 8, True), ("L", "jpg", 8, False), ("CMYK", "jpg", 8, False), ("RGBA", "webp", 8, True),
        ("RGB", "bmp", 8, False), ("I;16", "tiff", 16, False), ("1", "tiff", 1, False), ("F", "tiff", 32, False),
    ],
)  # fmt: skip
def test_facts(tmp_path: Path, mode: str, kind: str, depth: int, alpha: bool) -> None:
    picture = veiled() if mode == "RGBA" else veiled().convert(mode) if alpha else drawn(mode=mode)
    picture.save(tmp_path / f"a.{kind}")
    facts = probe(tmp_path / f"a.{kind}")
    assert (facts.mode, facts.bit_depth, facts.has_alpha) == (mode, depth, alpha)
    assert (facts.frames, facts.animated, facts.duration, facts.plays) == (1, False, None, None)
    assert facts.size_bytes == (tmp_path / f"a.{kind}").stat().st_size


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "tiff"])
def test_facts_as_shown(tmp_path: Path, kind: str) -> None:
    for orientation in STORED_AS:
        facts = probe(save(drawn(70, 30), tmp_path / f"a.{kind}", orientation))
        assert facts.orientation == orientation
        assert facts.display_size == (70, 30)


NO_IMAGES = {
    "a text": (b"All that glitters is not gold. " * 50, "The file is a text file, not an image."),
    "a text that begins like a BMP": (b"BMW builds cars. " * 50, "The file is a text file, not an image."),
    "nothing": (b"", "The file is empty."),
    "a film": (b"\x00\x00\x00\x20ftypisom" + bytes(500), "The file is a video or sound file, not an image."),
    "another film": (b"\x1aE\xdf\xa3" + bytes(500), "The file is a video or sound file, not an image."),
    "a sound": (b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(50), "The file is a video or sound file, not an image."),
    "a page": (b"<!doctype html><title>x</title>", "The file is a web page, not an image."),
    "a document": (b"%PDF-1.7\n", "The file is a PDF document, not an image."),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n/x 1 def", "The file is a text file, not an image."),
    "a drawing": (
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "Vector drawings cannot be read; JPEG, PNG, WebP, GIF, BMP or TIFF can.",
    ),
    "a newer format": (
        b"\x00\x00\x00\x1cftypheic" + bytes(99), "HEIC images cannot be read; JPEG, PNG, WebP, GIF, BMP or TIFF can."
    ),
    "a format that is not opened": (
        b"8BPS\x00\x01" + bytes(99), "The file is not an image that can be read; JPEG, PNG, WebP, GIF, BMP or TIFF can."
    ),
    "zeros": (bytes(999), "The file is not an image that can be read; JPEG, PNG, WebP, GIF, BMP or TIFF can."),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_IMAGES)
def test_what_is_no_image(tmp_path: Path, name: str) -> None:
    data, sentence = NO_IMAGES[name]
    (tmp_path / "a.png").write_bytes(data)
    assert refused(tmp_path / "a.png", ErrorCode.NOT_MEDIA) == sentence


def huge_jpeg(folder: Path) -> bytes:
    data = bytearray(save(drawn(), folder / "real.jpg").read_bytes())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = b"\xff\xdc\xff\xdc"
    return bytes(data)


def many_scans(folder: Path) -> bytes:
    drawn().save(folder / "real.jpg", progressive=True)
    data = (folder / "real.jpg").read_bytes()
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * 300 + data[-2:]


def large_bmp(_folder: Path) -> bytes:
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 0, 0, 0, 54, 40, 60000, 60000, 1, 24, 0, 0, 0, 0, 0, 0)


def large_webp(_folder: Path) -> bytes:
    return b"RIFF\x16\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\xfe\x3f\x00\xfe\x3f\x00"


def long_png(_folder: Path) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)) + chunk(b"acTL", struct.pack(">II", 6000, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"fcTL", bytes(26)) * 6000 + chunk(b"IEND", b"")


BOMBS: dict[str, Callable[[Path], bytes]] = {
    "a PNG of 900 million pixels": lambda _: png(30000, 30000, 1, 0, b"\x00" * 3751 * 100),
    "a JPEG of four thousand million": huge_jpeg,
    "a GIF whose canvas is too large": lambda _: tiny_gif(1, (65535, 65535)),
    "a GIF of 100,000 pictures": lambda _: tiny_gif(100_000),
    "a WebP whose canvas is too large": large_webp,
    "a BMP that is too large": large_bmp,
    "a JPEG in hundreds of passes": many_scans,
    "an animated PNG of 6000 pictures": long_png,
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_unopened(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.png").write_bytes(BOMBS[name](tmp_path))
    refused(tmp_path / "a.png", ErrorCode.MEDIA_TOO_COSTLY)
    with pytest.raises(CutroomError) as caught:
        probe(tmp_path / "a.png")
    assert caught.value.code is ErrorCode.MEDIA_TOO_COSTLY


@pytest.mark.parametrize("name", [b"zTXt", b"iCCP"])
def test_a_bomb_of_words_is_not_unpacked(tmp_path: Path, name: bytes) -> None:
    whole = save(drawn(), tmp_path / "real.png").read_bytes()
    words = chunk(name, b"x\x00\x00" + zlib.compress(bytes(20_000_000)))
    (tmp_path / "a.png").write_bytes(whole[:33] + words + whole[33:])
    refused(tmp_path / "a.png", ErrorCode.MEDIA_DAMAGED)


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_cut_off_is_refused(tmp_path: Path, kind: str) -> None:
    data = save(drawn(), tmp_path / f"a.{kind}").read_bytes()
    for kept in (0.5, 0.9):
        (tmp_path / f"cut.{kind}").write_bytes(data[: int(len(data) * kept)])
        sentence = refused(tmp_path / f"cut.{kind}", ErrorCode.MEDIA_DAMAGED)
        assert sentence == "The image is damaged or incomplete and cannot be read."
        if kind in {"jpg", "png", "webp", "gif"}:  # known before anything is queued
            with pytest.raises(CutroomError):
                probe(tmp_path / f"cut.{kind}")


def test_what_follows_the_end_is_left_behind(tmp_path: Path) -> None:
    for kind in ("jpg", "png", "webp", "gif"):
        path = save(drawn(), tmp_path / f"a.{kind}")
        path.write_bytes(path.read_bytes() + b"HIDDEN" * 50)
        assert b"HIDDEN" not in make(path, kind).data


@pytest.mark.slow
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_comes_is_answered_in_our_words(tmp_path: Path, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(KINDS))
    original = tmp_path / f"whole.{kind}"
    if not original.exists():
        save_moving(moving(24, 16), original) if kind in {"gif", "webp"} else save(drawn(24, 16), original)
    content = bytearray(original.read_bytes())
    places = st.integers(0, len(content) - 1) | st.integers(0, min(len(content) - 1, 200))
    for place in data.draw(st.lists(places, max_size=6)):
        content[place] = data.draw(st.sampled_from([0, 1, 127, 128, 255]))
    content = content[: data.draw(st.integers(1, len(content)) | st.just(len(content)))]
    (tmp_path / f"a.{kind}").write_bytes(content)
    try:
        made = make(tmp_path / f"a.{kind}", "png")
    except CutroomError as error:
        assert error.code in {ErrorCode.MEDIA_DAMAGED, ErrorCode.NOT_MEDIA, ErrorCode.MEDIA_TOO_COSTLY}  # noqa: PT017
    else:
        with Image.open(made.path) as image:
            image.load()

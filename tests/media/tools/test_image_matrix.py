"""Every image tool on every kind of image, measured against the wire's table: format, exact size, orientation, colours.

Each tool meets each kind in every run; all formats and qualities with all kinds when asked for (-m exhaustive).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.toolbox import Toolbox
from cutroom.media.tools import TOOLS
from cutroom.model.tool import ToolResult, parse
from tests.support.images import IMAGES, WHITE, ImageFile, Seen, far, look

pytestmark = [pytest.mark.films, pytest.mark.timeout(300)]

# What is lost in a printer's colours and back is the picture's own loss, not the tool's.
LOSS = {"jpg_cmyk": 30}


@pytest.fixture(scope="module")
def toolbox() -> Iterator[Toolbox]:
    with Toolbox() as toolbox:
        yield toolbox


def case(tool: str, variants: list[dict[str, str]]) -> pytest.MarkDecorator:
    """A tool on every kind of image: one of its variants in each run, the others when asked for."""
    assert tool in TOOLS
    cells = [
        pytest.param(
            kind, variant, id=f"{kind}-{'-'.join(variant.values()) or 'plain'}",
            marks=[] if (row + column) % len(variants) == 0 else [pytest.mark.exhaustive],
        )
        for row, kind in enumerate(IMAGES)
        for column, variant in enumerate(variants)
    ]  # fmt: skip
    return pytest.mark.parametrize(("kind", "given"), cells)


def run(toolbox: Toolbox, tool: str, image: ImageFile, given: dict[str, str], folder: Path) -> tuple[ToolResult, Seen]:
    """Run a tool; what it says of its result must be so, and nothing else may be left."""
    values = parse(TOOLS[tool].spec, given.items())
    facts = toolbox.look(image.path, tool=tool)
    toolbox.check(tool, values, facts)
    result = toolbox.run(tool, values, image.path, folder, facts=facts)
    assert list(folder.iterdir()) == [result.path]
    assert result.size == result.path.stat().st_size
    seen = look(result.path)
    assert result.path.suffix == f".{result.extension}"
    assert (result.extension, result.width, result.height) == (seen.format, *seen.size)
    assert result.frames == seen.frames
    assert result.copied or not seen.turned  # its own bytes show it as before
    return result, seen


def check_looks(image: ImageFile, seen: Seen, tolerance: int = 14) -> None:
    """The right colours at the right places."""
    wanted = (WHITE if image.clear else image.quarters[0], *image.quarters[1:])
    for place, (colour, right) in enumerate(zip(seen.quarters, wanted, strict=True)):
        assert far(colour, right) <= max(LOSS.get(image.name, 0), tolerance), (place, colour, right)


@case("image-converter", [{"outputFormat": name} for name in ("jpg", "png", "webp")])
def test_image_converter(toolbox: Toolbox, kind: str, given: dict[str, str], tmp_path: Path) -> None:
    image = IMAGES[kind]
    _, seen = run(toolbox, "image-converter", image, given, tmp_path)
    assert seen.format == given["outputFormat"]
    assert seen.size == image.size
    check_looks(image, seen)
    assert seen.clear == (image.clear and seen.format != "jpg")
    if seen.format == "webp":
        assert seen.frames == image.frames
    if seen.format == "jpg":
        assert seen.frames == 1


@case(
    "resize-image", [{"width": "64", "height": "48"}, {"width": "777", "height": "333"}, {"width": "1", "height": "1"}]
)
def test_resize_image(toolbox: Toolbox, kind: str, given: dict[str, str], tmp_path: Path) -> None:
    image = IMAGES[kind]
    _, seen = run(toolbox, "resize-image", image, given, tmp_path)
    assert seen.format == image.extension
    assert seen.size == (int(given["width"]), int(given["height"]))
    # Pictures of which nothing is left to tell them apart by become one.
    assert seen.frames == image.frames or (seen.size == (1, 1) and seen.frames < image.frames)
    if min(seen.size) > 1:
        check_looks(image, seen)
        assert seen.clear == image.clear


@case("compress-image", [{}, {"quality": "1"}, {"quality": "30"}, {"quality": "100"}])
def test_compress_image(toolbox: Toolbox, kind: str, given: dict[str, str], tmp_path: Path) -> None:
    image = IMAGES[kind]
    result, seen = run(toolbox, "compress-image", image, given, tmp_path)
    assert (seen.format, seen.size, seen.frames) == (image.extension, image.size, image.frames)
    assert result.size <= image.path.stat().st_size
    assert seen.clear == image.clear
    check_looks(image, seen, 60 if given.get("quality") == "1" else 20)
    if seen.format == "png" and not result.copied:
        assert seen.mode in {"P", "L", "1"}


@pytest.mark.parametrize(
    "kind",
    [
        "jpg",
        "png_alpha",
        *(pytest.param(name, marks=pytest.mark.exhaustive) for name in ("webp_alpha", "png_16", "gif_animated")),
    ],
)
def test_less_quality_is_no_larger_file(toolbox: Toolbox, kind: str, tmp_path: Path) -> None:
    sizes = []
    for quality in ("1", "25", "50", "75", "100"):
        folder = tmp_path / quality
        folder.mkdir()
        result, _ = run(toolbox, "compress-image", IMAGES[kind], {"quality": quality}, folder)
        sizes.append(result.size)
    assert sizes == sorted(sizes)
    assert sizes[0] < IMAGES[kind].path.stat().st_size


FILM_TOOLS: dict[str, dict[str, str]] = {
    "convert": {"outputFormat": "mp4"}, "compress": {}, "extract-audio": {}, "thumbnail": {}, "remove-audio": {},
    "gif": {"startTime": "0", "duration": "1"}, "trim-video": {"startTime": "0", "endTime": "1"},
    "resize-video": {"width": "64", "height": "64"}, "rotate-video": {"rotation": "90"}, "video-speed": {"speed": "2"},
    "audio-converter": {"outputFormat": "mp3"}, "trim-audio": {"startTime": "0", "endTime": "1"},
}  # fmt: skip
REFUSALS = {ErrorCode.NO_VIDEO, ErrorCode.NO_AUDIO, ErrorCode.NOT_MEDIA}


@pytest.mark.parametrize("tool", FILM_TOOLS)
def test_a_still_image_is_no_film(toolbox: Toolbox, tool: str, tmp_path: Path) -> None:
    for name in ("jpg", "png_16", "webp_alpha"):
        with pytest.raises(CutroomError) as caught:
            run(toolbox, tool, IMAGES[name], FILM_TOOLS[tool], tmp_path)
        assert caught.value.code in REFUSALS, name
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("tool", sorted(set(FILM_TOOLS) - {"extract-audio", "audio-converter", "trim-audio"}))
@pytest.mark.parametrize("kind", ["gif_animated", "webp_animated"])
def test_a_moving_image_is_a_film_without_sound_or_refused(
    toolbox: Toolbox, tool: str, kind: str, tmp_path: Path
) -> None:
    given = FILM_TOOLS[tool] | ({"endTime": "0.3"} if "endTime" in FILM_TOOLS[tool] else {})
    values = parse(TOOLS[tool].spec, given.items())
    try:
        result = toolbox.run(tool, values, IMAGES[kind].path, tmp_path)
    except CutroomError as error:
        assert error.code in REFUSALS | {ErrorCode.SOURCE_UNSUPPORTED}  # noqa: PT017 - either is right
        assert list(tmp_path.iterdir()) == []
    else:
        assert list(tmp_path.iterdir()) == [result.path]
        assert result.width

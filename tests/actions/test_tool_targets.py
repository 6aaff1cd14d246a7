"""Results of tools are named after their sources and never are a source."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest

from cutroom.actions.tool_targets import Naming, ending_of
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.tools import TOOLS


def target(
    tool: str, source: str, extension: str, output: str | None = None, values: Mapping[str, Fraction] | None = None
) -> str:
    return str(Naming(tool, values or {}, output, several=False).target(Path(source), extension))


@pytest.mark.parametrize(
    ("tool", "source", "extension", "name"),
    [
        ("gif", "in.mp4", "gif", "in.gif"),
        ("gif", "films/in.gif", "gif", "films/in-animated.gif"),
        ("compress", "in.mp4", "mp4", "in-compressed.mp4"),
        ("compress", "in.mkv", "mp4", "in-compressed.mp4"),
        ("convert", "in.mp4", "mkv", "in.mkv"),
        ("convert", "in.MP4", "mp4", "in-converted.mp4"),
        ("image-converter", "photo.JPEG", "jpg", "photo-converted.jpg"),
        ("image-converter", "photo.png", "jpg", "photo.jpg"),
        ("extract-audio", "in.mp4", "mp3", "in.mp3"),
        ("thumbnail", "in.mp4", "jpg", "in-thumbnail.jpg"),
        ("trim-video", "a.b.mp4", "mp4", "a.b-trimmed.mp4"),
        ("remove-audio", "no ending", "mp4", "no ending-silent.mp4"),
    ],
)
def test_names(tool: str, source: str, extension: str, name: str) -> None:
    assert target(tool, source, extension) == name


def test_a_speed_is_named() -> None:
    for speed, name in (("2", "in-2x.mp4"), ("0.25", "in-0.25x.mp4"), ("1.5", "in-1.5x.mp4")):
        assert target("video-speed", "in.mp4", "mp4", values={"speed": Fraction(speed)}) == name


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("extension", ["mp4", "mkv", "jpg", "ogg", "gif"])
@pytest.mark.parametrize("spelling", [str, str.upper])
def test_the_source_is_never_the_target(tool: str, extension: str, spelling: type[str]) -> None:
    source = f"in.{spelling(extension)}"
    assert target(tool, source, extension, values={"speed": Fraction(1)}).lower() != source.lower()


def test_a_named_target(tmp_path: Path) -> None:
    assert target("gif", "films/in.mp4", "gif", "out.gif") == "out.gif"
    assert target("gif", "films/in.mp4", "gif", "no-ending") == "no-ending"
    assert target("image-converter", "in.png", "jpg", "out.jpeg") == "out.jpeg"
    assert target("gif", "films/in.mp4", "gif", f"{tmp_path}") == f"{tmp_path}/in.gif"
    assert target("gif", "films/in.mp4", "gif", "later/") == "later/in.gif"


def test_a_target_of_another_kind_is_refused() -> None:
    for output in ("out.mp4", "out.webp", "out.xyz"):
        with pytest.raises(CutroomError) as caught:
            target("gif", "in.mp4", "gif", output)
        assert caught.value.code is ErrorCode.INVALID_REQUEST


def test_several_files_need_a_folder(tmp_path: Path) -> None:
    Naming("gif", {}, None, several=True)
    Naming("gif", {}, f"{tmp_path}", several=True)
    with pytest.raises(CutroomError):
        Naming("gif", {}, "out.gif", several=True)


def test_what_a_name_asks_for() -> None:
    names = {"a.mp4": "mp4", "a.JPG": "jpg", "a.jpeg": "jpg", "a": "", "folder/": "", "n" * 300: ""}
    assert {name: ending_of(name) for name in names} == names
    assert ending_of(None) == ""

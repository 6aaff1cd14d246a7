"""The specs against the table of the wire's document."""

from __future__ import annotations

from fractions import Fraction

import pytest

from cutroom.media.toolbox import specs
from cutroom.media.tools import TOOLS
from cutroom.model.tool import Choice, Needs, Number

VIDEO_AND_SOUND = ("mp4", "webm", "mkv", "mp3", "m4a", "wav", "ogg", "flac")
SOUND = ("mp3", "m4a", "wav", "ogg", "flac")
IMAGE = ("jpg", "png", "webp")
# name, required, range or words, default, whole
TABLE: dict[str, list[tuple[str, bool, object, object, bool]]] = {
    "convert": [("outputFormat", True, VIDEO_AND_SOUND, None, False)],
    "compress": [("quality", False, ("low", "medium", "high"), "medium", False)],
    "extract-audio": [("audioFormat", False, SOUND, "mp3", False)],
    "gif": [
        ("startTime", True, (0, None), None, False), ("duration", True, (0.5, 15), None, False),
        ("width", False, (120, 800), None, True), ("fps", False, (5, 30), 15, True),
    ],
    "thumbnail": [
        ("timestamp", False, (0, None), 0, False), ("width", False, (50, 3840), None, True),
        ("height", False, (50, 2160), None, True), ("format", False, IMAGE, "jpg", False),
        ("cropX", False, (0, 65536), None, True), ("cropY", False, (0, 65536), None, True),
        ("cropW", False, (1, 65536), None, True), ("cropH", False, (1, 65536), None, True),
    ],
    "trim-video": [("startTime", True, (0, None), None, False), ("endTime", True, (0, None), None, False)],
    "resize-video": [("width", True, (16, 7680), None, True), ("height", True, (16, 4320), None, True)],
    "rotate-video": [("rotation", True, (90, 270), None, True)],
    "remove-audio": [],
    "video-speed": [("speed", True, (0.25, 4), None, False)],
    "audio-converter": [("outputFormat", True, SOUND, None, False)],
    "trim-audio": [("startTime", True, (0, None), None, False), ("endTime", True, (0, None), None, False)],
    "image-converter": [("outputFormat", True, IMAGE, None, False)],
    "resize-image": [("width", True, (1, 7680), None, True), ("height", True, (1, 4320), None, True)],
    "compress-image": [("quality", False, (1, 100), 75, True)],
}  # fmt: skip


def fraction(value: object) -> Fraction | None:
    return None if value is None else Fraction(str(value))


def test_the_fifteen_in_their_order() -> None:
    assert [spec.name for spec in specs()] == list(TABLE) == list(TOOLS)


@pytest.mark.parametrize("name", TABLE)
def test_parameters_are_those_of_the_table(name: str) -> None:
    parameters = TOOLS[name].spec.parameters
    assert [parameter.name for parameter in parameters] == [row[0] for row in TABLE[name]]
    for parameter, (_name, required, span, default, whole) in zip(parameters, TABLE[name], strict=True):
        assert parameter.required == required
        assert isinstance(span, tuple)
        if isinstance(parameter, Choice):
            assert (parameter.values, parameter.default) == (span, default)
        else:
            assert isinstance(parameter, Number)
            assert (parameter.low, parameter.high) == (fraction(span[0]), fraction(span[1]))
            assert (parameter.default, parameter.whole) == (fraction(default), whole)


def test_every_tool_says_what_it_does_and_needs() -> None:
    needs = {spec.name: spec.needs for spec in specs()}
    assert {name for name, need in needs.items() if need is Needs.IMAGE} == {
        "image-converter", "resize-image", "compress-image"
    }  # fmt: skip
    assert {name for name, need in needs.items() if need is Needs.SOUND} == {
        "extract-audio", "audio-converter", "trim-audio"
    }  # fmt: skip
    assert needs["convert"] is Needs.ANY
    for spec in specs():
        assert spec.summary.endswith(".")
        assert all(not parameter.help.endswith(".") for parameter in spec.parameters)
        assert all(parameter.help for parameter in spec.parameters)

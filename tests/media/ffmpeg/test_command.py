from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from cutroom.media.ffmpeg import filters
from cutroom.media.ffmpeg.command import Command, Input, Output, Scratch
from cutroom.media.ffmpeg.filters import Chain

COMMAND = Command(
    inputs=(Input(Path("/films/a b|c.mp4"), "mov", seek=Fraction(10, 3), threads=2),),
    graph=(Chain(("0:0",), (filters.trim(None, Fraction(5)),), ("v",)),),
    outputs=(Output(Scratch("clip.mp4"), "mp4", ("v", "0:1"), ("-c:v", "libx264")),),
    filter_threads=2,
)


def test_the_whole_line() -> None:
    assert " ".join(COMMAND.arguments(Path("/scratch"))) == snapshot(
        "-hide_banner -nostdin -v error -progress pipe:1 -nostats -stats_period 0.5 -y -copyts -abort_on empty_output "
        "-format_whitelist mov -protocol_whitelist file -max_streams 40 -max_pixels 67108864 -threads 2 -noautorotate "
        "-apply_cropping codec -noaccurate_seek -seek_timestamp 1 -ss 3.333333 -f mov -i file:/films/a b|c.mp4 "
        "-filter_complex_threads 2 -filter_complex [0:0]trim=end=5.000000[v] -map [v] -map 0:1 -map_metadata -1 "
        "-map_chapters -1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact -c:v libx264 -f mp4 "
        "file:/scratch/clip.mp4"
    )


def test_a_file_name_is_one_argument_behind_the_file_protocol() -> None:
    for name in ("concat:a|b", "-y", "http:x", "a b'c", "%d"):
        arguments = Command((Input(Path("/f") / name, "mov"),), COMMAND.outputs).arguments(Path("/s"))
        assert arguments[arguments.index("-i") + 1] == f"file:/f/{name}"


def test_every_input_has_its_own_safety_options() -> None:
    source = Input(Path("/a.mkv"), "matroska")
    arguments = Command((source, source), COMMAND.outputs).arguments(Path("/s"))
    for option in ("-format_whitelist", "-protocol_whitelist", "-max_streams", "-max_pixels", "-noautorotate"):
        assert arguments.count(option) == 2


@pytest.mark.parametrize(
    "demuxer", ["hls", "dash", "concat", "image2", "lavfi", "svg_pipe", "nut", "rawvideo", "", "mov,hls"]
)
def test_formats_that_name_other_files_or_are_ours_are_refused_for_a_source(demuxer: str) -> None:
    with pytest.raises(ValueError, match="not a format"):
        Input(Path("/a"), demuxer)


def test_our_own_formats_are_for_files_of_the_scratch_folder_which_may_have_no_other() -> None:
    arguments = Input(Scratch("extract.nut"), "nut").arguments(Path("/s"))
    assert arguments[:2] == ["-format_whitelist", "nut"]
    assert "file:/s/extract.nut" in arguments
    with pytest.raises(ValueError, match="not a format"):
        Input(Scratch("clip.mp4"), "mov")


@pytest.mark.parametrize("name", ["../x.mp4", "/x.mp4", "x", ".x.mp4", "a/b.mp4", "X.mp4", "a\n.mp4", "clip.mp4\n"])
def test_scratch_files_have_bare_names(name: str) -> None:
    with pytest.raises(ValueError, match="not a scratch"):
        Scratch(name)


def test_relative_sources_and_empty_outputs_are_refused() -> None:
    with pytest.raises(ValueError, match="absolute"):
        Input(Path("a.mp4"), "mov")
    with pytest.raises(ValueError, match="at least one"):
        Output(Scratch("a.mp4"), "mp4", ())
    with pytest.raises(ValueError, match="may be written"):
        Output(Scratch("a.mp4"), "segment", ("v",))

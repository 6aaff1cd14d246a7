"""ffmpeg commands as values: what is read, what is done, what is written, and every safety option, always.

Nothing here starts anything. Arguments are a list from beginning to end; there is no shell and no quoting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from cutroom.media.ffmpeg.filters import Graph, parted, render_graph, seconds

DEMUXERS = frozenset({
    "mov", "matroska", "webm", "avi", "mpegts", "mpeg", "mpegvideo", "flv", "asf", "mp3", "wav", "w64", "aiff", "ogg",
    "flac", "aac", "ac3", "eac3", "amr", "caf", "gif", "h264", "hevc", "png_pipe", "jpeg_pipe", "webp_pipe", "ivf",
    "mxf", "apng",
})  # fmt: skip
"""What a source may be. Formats that name other files (hls, dash, concat, image sequences) are absent on purpose."""
SCRATCH_DEMUXERS = frozenset({"rawvideo", "png_pipe", "jpeg_pipe", "nut", "srt", "ass", "ffmetadata"})
"""What may be read of our own making; a stranger's file of these formats is refused."""
MUXERS = frozenset({
    "mp4", "mov", "ipod", "matroska", "webm", "mp3", "ogg", "wav", "flac", "gif", "rawvideo", "image2", "nut", "null",
})  # fmt: skip
MAX_PIXELS = 8192 * 8192
MAX_STREAMS = 40
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}\.[a-z0-9]{1,8}", re.ASCII)


SEEK_SLACK = Fraction(1, 4)
"""s. ffmpeg seeks by decoding time and 3/23 s earlier where pictures are reordered. Before the first packet an FLV has
no place to go back to, and is read from its end: a seek to less than this after the first is none."""


@dataclass(frozen=True, slots=True)
class Scratch:
    """A file of the run's own scratch folder, by its bare name."""

    name: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            msg = f"not a scratch file name: {self.name!r}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Input:
    """A file to read: a source by its absolute path, or a ``Scratch`` file that we wrote ourselves.

    Only the latter may be of the formats that only we write, and of no others.

    ``seek`` is a time of the container at or before which reading starts; None reads from the beginning.
    ``threads`` is for the decoders, 0 lets ffmpeg choose.
    """

    file: Path | Scratch
    demuxer: str
    seek: Fraction | None = None
    threads: int = 0
    options: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        ours = isinstance(self.file, Scratch)
        if self.demuxer not in (SCRATCH_DEMUXERS if ours else DEMUXERS):
            msg = f"not a format that may be read: {self.demuxer!r}"
            raise ValueError(msg)
        if isinstance(self.file, Path) and not self.file.is_absolute():
            msg = "an input path must be absolute: the run has a working directory of its own"
            raise ValueError(msg)

    def arguments(self, workdir: Path) -> list[str]:
        path = workdir / self.file.name if isinstance(self.file, Scratch) else self.file
        # Only the demuxer that the probe found: a file can not become another kind between probe and run.
        safety = ["-format_whitelist", self.demuxer, "-protocol_whitelist", "file"]
        safety += ["-max_streams", str(MAX_STREAMS), "-max_pixels", str(MAX_PIXELS)]
        # The facts give the size before container cropping and the turn; our own filters turn, from the facts.
        picture = ["-noautorotate", "-apply_cropping", "codec"]
        # -ss is a time of the container (not counted from its start), and lands on the keyframe: trim does the rest.
        seek = ["-noaccurate_seek", "-seek_timestamp", "1", "-ss", seconds(self.seek)] if self.seek is not None else []
        decoder = ["-threads", str(self.threads)]
        return [*safety, *decoder, *picture, *seek, *self.options, "-f", self.demuxer, "-i", f"file:{path}"]


@dataclass(frozen=True, slots=True)
class Output:
    """A file to write into the scratch folder. ``maps`` are graph pads (``v``) or streams (``0:1``).

    ``chapters`` is the number of the input, one of our own making, whose chapters it gets; ``attachment`` is put into
    it as a file.
    """

    file: Scratch
    muxer: str
    maps: tuple[str, ...]
    options: tuple[str, ...] = ()
    chapters: int | None = None
    attachment: Scratch | None = None

    def __post_init__(self) -> None:
        if self.muxer not in MUXERS:
            msg = f"not a format that may be written: {self.muxer!r}"
            raise ValueError(msg)
        if not self.maps:
            msg = "an output needs at least one stream"
            raise ValueError(msg)

    def arguments(self, workdir: Path) -> list[str]:
        maps = [part for pad in self.maps for part in ("-map", pad if ":" in pad else f"[{pad}]")]
        # Nothing of the source's metadata, and no name of an encoder, gets into what we write.
        clean = ["-map_metadata", "-1", "-map_chapters", "-1"]
        if self.chapters is not None:  # the first of these would take the chapters' names away, too
            clean = ["-map_metadata:g", "-1", "-map_metadata:s", "-1", "-map_chapters", str(self.chapters)]
        if self.attachment is not None:
            clean += ["-attach", f"file:{workdir / self.attachment.name}"]
        clean += ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]
        return [*maps, *clean, *self.options, "-f", self.muxer, f"file:{workdir / self.file.name}"]


@dataclass(frozen=True, slots=True)
class Command:
    """One run of ffmpeg."""

    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    graph: Graph = ()
    filter_threads: int = 0
    device: str | None = None
    """The kind of graphics processor that the graph hands pictures to (``vaapi``)."""
    keep_times: bool = True
    """Times stay those of the container; else they begin at zero, and jumps of its clock are taken out."""

    def arguments(self, workdir: Path) -> list[str]:
        """Everything after the program's name. ``workdir`` is the absolute scratch folder of the run."""
        general = ["-hide_banner", "-nostdin", "-v", "error", "-progress", "pipe:1", "-nostats", "-stats_period", "0.5"]
        # Times stay those of the container until our own filters count from the clip's start. Whatever is written is
        # in a folder of ours; an output without a single packet is a failure.
        general += ["-y", *(("-copyts",) if self.keep_times else ()), "-abort_on", "empty_output"]
        if self.device is not None:
            general += ["-init_hw_device", f"{self.device}=gpu", "-filter_hw_device", "gpu"]
        graph = ["-filter_complex_threads", str(self.filter_threads)] if self.graph else []
        for part in parted(self.graph):
            graph += ["-filter_complex", render_graph(part)]
        return [
            *general,
            *(part for source in self.inputs for part in source.arguments(workdir)),
            *graph,
            *(part for target in self.outputs for part in target.arguments(workdir)),
        ]


@dataclass(frozen=True, slots=True)
class Step:
    """A command as a part of a piece of work: its share of the whole time, and how much media it goes through."""

    command: Command
    weight: float
    duration: Fraction | None

"""Encoders of graphics processors: only one that has just encoded a picture here is used."""

from __future__ import annotations

import functools
import tempfile
from fractions import Fraction
from pathlib import Path

from cutroom.kernel.errors import CutroomError
from cutroom.media.ffmpeg import filters
from cutroom.media.ffmpeg.binary import Ffmpeg
from cutroom.media.ffmpeg.command import Command, Input, Output, Scratch
from cutroom.media.ffmpeg.filters import Chain
from cutroom.media.ffmpeg.limits import Limits
from cutroom.media.ffmpeg.runner import run
from cutroom.media.ffmpeg.workdir import Workdir

_SIZE = 256
_TRIAL = Limits(address_space=None, cpu_seconds=20, file_bytes=1 << 24, stall_seconds=10)


@functools.cache
def works(ffmpeg: Ffmpeg, encoder: str, device: str | None, options: tuple[str, ...]) -> bool:
    """Whether ``encoder`` (with its codec ``options``) encodes a few pictures on this machine. Asked once a process."""
    if encoder not in ffmpeg.encoders:
        return False
    try:
        with tempfile.TemporaryDirectory() as root, Workdir(Path(root)) as workdir:
            raw, made = Scratch("trial.yuv"), Scratch("trial.nut")
            (workdir.path / raw.name).write_bytes(b"\x80" * (_SIZE * _SIZE * 3 // 2) * 5)
            layout = ("-pixel_format", "yuv420p", "-video_size", f"{_SIZE}x{_SIZE}", "-framerate", "25")
            shaped = (filters.pixel_format("nv12"), filters.upload()) if device else (filters.square_pixels(),)
            command = Command(
                (Input(raw, "rawvideo", threads=1, options=layout),), (Output(made, "nut", ("v",), options),),
                (Chain(("0:0",), shaped, ("v",)),), 1, device,
            )  # fmt: skip
            run(command, ffmpeg=ffmpeg, workdir=workdir, limits=_TRIAL, expected_duration=Fraction(1, 5))
            return (workdir.path / made.name).stat().st_size > 0
    except CutroomError:
        return False

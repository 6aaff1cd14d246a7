"""What one run of ffmpeg may use. Pure values; ``launch`` applies them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction

GIB = 1 << 30
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one run; None means no bound. A wall clock is no bound: machines are shared. Idling is one."""

    address_space: int | None = 4 * GIB
    """Bytes. Threads reserve far more than they use: 1080p needs 1.5 GiB although it touches 0.3."""
    cpu_seconds: int | None = 6 * 3600
    """User and system time together, over all threads."""
    file_bytes: int | None = 64 * GIB
    """Size of any one written file."""
    open_files: int | None = 128
    nice: int = 5
    """Added to the niceness of the caller: serving requests goes before encoding."""
    stall_seconds: float = 120.0
    """Neither progress nor CPU use for that long ends the run."""


def limits_for(
    pixels: int, *, hdr: bool = False, threads: int = 0, file_bytes: int | None = 64 * GIB, cpu_seconds: int = 6 * 3600
) -> Limits:
    """Limits that fit pictures of ``pixels`` samples (0 for sound alone) coded with ``threads`` threads (0 = all)."""
    lanes = threads or os.cpu_count() or 1
    # Reference frames, lookahead and one picture in flight for each thread; float pictures when tone mapping.
    pictures = 60 + 4 * lanes + (24 if hdr else 0)
    space = 2 * GIB + pixels * 6 * pictures + lanes * 160 * MIB
    return Limits(address_space=space, file_bytes=file_bytes, cpu_seconds=cpu_seconds)


def cpu_bound(duration: Fraction, pixels: int) -> int:
    """A generous CPU bound in seconds for going through ``duration`` seconds of pictures of ``pixels`` samples."""
    # 1080p60 with x264 veryfast takes about 1.5 CPU seconds for each second; ten times that is a run that went wrong.
    megapixels = Fraction(max(pixels, 100_000), 2_000_000)
    return 120 + int(duration * megapixels * 30)

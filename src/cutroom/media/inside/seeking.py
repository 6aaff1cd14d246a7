"""Going to a place in a file, also where a demuxer finds no way there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.stream import Stream


def seek(container: InputContainer, target: int, stream: Stream | None = None) -> None:
    """To the keyframe at or before ``target`` (ticks of ``stream``, else microseconds); else to the beginning."""
    try:
        container.seek(target, stream=stream, backward=True, any_frame=False)
    except av.error.FFmpegError:
        rewind(container)


def rewind(container: InputContainer) -> None:
    """To the first packet.

    Files without an index have no keyframe at their start when sound comes before the first picture, so that there is
    no way back to that time, but there is one to the first byte.
    """
    try:
        container.seek(container.start_time or 0, backward=True)
    except av.error.FFmpegError:
        container.seek(0, unsupported_byte_offset=True)

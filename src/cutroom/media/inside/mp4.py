"""Writing the clip: an MP4 file with the pictures given, sound beside them, and nothing of the source's metadata."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
from av.packet import Packet

if TYPE_CHECKING:
    from av import AudioStream, VideoStream
    from av.container import OutputContainer

    from cutroom.model.media import MediaFacts

_BITEXACT = 1 << 10


class Mp4Writer:
    """One output file. Streams are added first, then packets in any interleaving; times start at zero."""

    def __init__(self, path: Path, *, time_scale: int) -> None:
        """``time_scale`` is the ticks per second of the movie header: the video's, so that its length is exact."""
        self.path = path
        self._out: OutputContainer = av.open(
            str(path),
            "w",
            format="mov" if path.suffix == ".mov" else "mp4",
            container_options={
                "movflags": "+faststart",
                "movie_timescale": str(time_scale),
                "fflags": "+bitexact",
                "use_editlist": "1",
                "max_interleave_delta": "2000000",
            },
        )

    def add_copied_video(self, source: VideoStream, extradata: bytes | None, facts: MediaFacts) -> VideoStream:
        stream = self._out.add_stream_from_template(source)
        stream.time_base = source.time_base
        if extradata is not None:
            stream.codec_context.extradata = extradata
        stream.metadata.clear()
        if facts.video is not None and facts.video.rotation:
            stream.set_display_rotation(-facts.video.rotation)
        return stream

    def add_copied_audio(self, source: AudioStream, rate: int) -> AudioStream:
        stream = self._out.add_stream_from_template(source)
        stream.time_base = Fraction(1, rate)
        self._label(stream, source)
        return stream

    def add_encoded_audio(self, source: AudioStream, rate: int, layout: str, bit_rate: int) -> AudioStream:
        stream = self._out.add_stream("aac", rate=rate, layout=layout)
        stream.codec_context.bit_rate = bit_rate
        stream.codec_context.flags |= _BITEXACT
        self._label(stream, source)
        return stream

    def _label(self, stream: AudioStream, source: AudioStream) -> None:
        """Keep the language, which tells tracks apart; drop the rest."""
        language = source.language
        stream.metadata.clear()
        if language and language != "und" and language.isascii() and len(language) == 3:
            stream.metadata["language"] = language

    def write(self, packet: Packet[Any]) -> None:
        self._out.mux_one(packet)

    def close(self) -> None:
        self._out.close()

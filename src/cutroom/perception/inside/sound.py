"""The one decode of a film's sound: 16 kHz mono PCM on the film's clock in a file, its loudness measured on the way.

The film's zero is its first picture (its first sample without pictures). What comes before it is cut off, holes in the
track are silence, and packets that cannot be decoded are skipped and counted. Nothing but one frame is held, however
long the film.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import av
import av.error
from av.stream import Discard, Disposition

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.inside.opening import open_media
from cutroom.media.inside.probing import describe, sound_tracks
from cutroom.model.percepts import Loudness, Missing
from cutroom.perception.inside.meter import Meter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av import AudioFrame, AudioStream
    from av.container import InputContainer

    from cutroom.media.inside.conversation import Conversation

RATE = 16_000
"""Samples a second of ``sound.s16``."""
FILE = "sound.s16"
# Formats without stamps: those that are given are guessed from the first frame's length.
_UNSTAMPED = {"aac", "ac3", "amr", "eac3", "mp3"}
# Stamps may wander this far (s) from the count of samples before they are believed.
_JITTER = 0.03
# Sound that outlasts the picture by less than this (s) is cut with it; players go on playing what is longer.
_TAIL = 1.0
# A stamp gone astray must not fill the disk with silence (s).
_MOST = 12 * 3600
_BLOCK = b"\0" * 65536


@dataclass(frozen=True, slots=True)
class Sound:
    """The sound of a film as decoded. ``duration`` in s, ``clipping`` the share 0..1 of samples in clipped peaks."""

    path: Path
    duration: float
    loudness: Loudness
    clipping: float
    missing: tuple[Missing, ...]


def sound16k(params: dict[str, Any], talk: Conversation, folder: Path) -> Path:
    """The film's sound as 16 kHz mono signed 16 bit little endian PCM; what is there already is taken.

    Raises ``CutroomError``: NO_AUDIO, MEDIA_DAMAGED where no packet of the track can be decoded.
    """
    path = folder / FILE
    return path if path.is_file() else decode_sound(params, talk, folder, measured=False).path


def decode_sound(params: dict[str, Any], talk: Conversation, folder: Path, *, measured: bool = True) -> Sound:
    """Write ``folder/sound.s16`` (by rename) and measure the sound as it is in the film. Errors as ``sound16k``."""
    origin, end = _clock(params, talk)
    part = folder / f"{FILE}.part"
    with open_media(params["video"], "video", talk) as container, part.open("wb") as file:
        track = _chosen(container)
        tape = Tape(file, origin, stamped=container.format.name not in _UNSTAMPED)
        meter = Meter() if measured else None
        reader = Reader(container, track)
        for frame in reader.frames():
            if meter is not None:
                meter.take(frame)
            if not tape.take(frame):
                break
            if end:
                talk.tick("listening", min(1.0, tape.seconds / end))
        if not reader.heard:
            raise CutroomError(ErrorCode.MEDIA_DAMAGED, "The sound of this file cannot be decoded.")
        tape.finish(end)
    part.replace(folder / FILE)
    return Sound(
        folder / FILE,
        tape.seconds,
        meter.loudness() if meter else Loudness(),
        meter.clipping if meter else 0.0,
        _reports(reader, tape),
    )


def _clock(params: dict[str, Any], talk: Conversation) -> tuple[float, float | None]:
    """Container time of the film's zero, and how long its picture is (None without one, or where nobody knows), s."""
    with open_media(params["video"], "video", talk) as container:
        track = _chosen(container)
        try:
            facts = describe(container, int(params["video"].get("size", 0)), thorough=True)
        except CutroomError:  # a picture that cannot be shown says nothing of the sound
            return float((track.start_time or 0) * cast("Fraction", track.time_base)), None
    length = facts.video.duration or facts.duration if facts.video else None
    return float(facts.origin), float(length) if length else None


def _chosen(container: InputContainer) -> AudioStream:
    """The track players choose: the default one, else the first."""
    tracks = sound_tracks(container)
    if not tracks:
        raise CutroomError(ErrorCode.NO_AUDIO, "The file has no sound.")
    return min(tracks, key=lambda track: not track.disposition & Disposition.default)


def _reports(reader: Reader, tape: Tape) -> tuple[Missing, ...]:
    """What of the sound is not in the measurements, for the user."""
    said = []
    if reader.damaged:
        said.append(f"{reader.damaged} damaged packets of the sound were skipped.")
    if reader.broken_off:
        said.append("The file is damaged: its sound could be read to a point only.")
    if tape.full:
        said.append(f"Only the first {_MOST // 3600} hours of the sound were heard.")
    return tuple(Missing("sound", sentence, degraded=True) for sentence in said)


class Reader:
    """The frames of one track, whatever is damaged between them."""

    def __init__(self, container: InputContainer, track: AudioStream) -> None:
        self.damaged = self.heard = 0
        self.broken_off = False
        self._container, self._track = container, track
        for stream in container.streams:
            if stream.index != track.index:
                stream.discard = Discard.all

    def frames(self) -> Iterator[AudioFrame]:
        """Every frame that can be decoded, in order."""
        packets = self._container.demux(self._track)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.error.FFmpegError:
                self.broken_off = True
                return
            try:
                frames = self._track.codec_context.decode(packet if packet.size else None)
            except av.error.EOFError:
                return
            except (av.error.FFmpegError, ValueError):
                self.damaged += 1
                continue
            for frame in frames:
                if frame.samples and frame.sample_rate:
                    self.heard += 1
                    yield frame


class Tape:
    """Writes frames of any form to a file of 16 kHz mono PCM, each sample where the film's clock has it."""

    def __init__(self, file: BinaryIO, origin: float, *, stamped: bool) -> None:
        self.full = False
        self._stamped = stamped
        self._file, self._origin = file, origin
        self._written = 0  # samples in the file
        self._skip = 0  # samples of what comes next that are not wanted
        self._form: tuple[str, str, int] | None = None
        self._resampler: av.AudioResampler | None = None
        self._expected: float | None = None

    @property
    def seconds(self) -> float:
        return self._written / RATE

    def take(self, frame: AudioFrame) -> bool:
        """Add a frame; False when no more is wanted."""
        at = self._expected
        if frame.pts is not None and frame.time_base is not None and (self._stamped or at is None):
            stated = float(frame.pts * frame.time_base) - self._origin
            if at is None or abs(stated - at) > _JITTER:
                at = stated
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if at is None:
            at = 0.0
        if at != self._expected or form != self._form:
            self._turn_to(at)
            self._form = form
            self._resampler = av.AudioResampler("s16", "mono", RATE)
        if self.full:
            return False
        self._expected = at + frame.samples / frame.sample_rate
        frame.pts = None  # the resampler is not to mind holes
        self._write(cast("av.AudioResampler", self._resampler).resample(frame))
        return self._written < _MOST * RATE

    def finish(self, end: float | None) -> None:
        """Write what is held back; as long as the picture (``end``, s) unless the sound goes on well after it."""
        self._flush()
        if end is None:
            return
        wanted = round(min(end, _MOST) * RATE)
        if wanted > self._written:
            self._silence(wanted - self._written)
        elif self._written - wanted < _TAIL * RATE:
            self._file.truncate(2 * wanted)
            self._written = wanted

    def _turn_to(self, at: float) -> None:
        """Go on at ``at`` (s): silence up to there, or leaving out what is there already."""
        self._flush()
        if at > _MOST:
            self.full = True
            return
        target = round(at * RATE)
        self._skip = max(0, self._written - target)
        if target > self._written:
            self._silence(target - self._written)

    def _flush(self) -> None:
        if self._resampler is not None:
            self._write(self._resampler.resample(None))
            self._resampler = None

    def _write(self, frames: list[AudioFrame]) -> None:
        for frame in frames:
            data = memoryview(frame.planes[0])[: 2 * frame.samples]
            dropped = min(self._skip, frame.samples)
            self._skip -= dropped
            self._file.write(data[2 * dropped :])
            self._written += frame.samples - dropped

    def _silence(self, samples: int) -> None:
        left = 2 * samples
        while left:
            left -= self._file.write(_BLOCK[:left])
        self._written += samples

"""Everything that is heard in a film: decoded once to a file of PCM, which each sense reads in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cutroom.media.inside import wire
from cutroom.model.percepts import Hearing, Missing, Span, Turn
from cutroom.perception import loudness, music, silence, speakers, tempo, voice
from cutroom.perception.adapters import silero
from cutroom.perception.adapters.speaker_encoder import Encoder, load_encoder
from cutroom.perception.inside.sound import RATE, Sound, decode_sound
from cutroom.perception.sound_events import LAUGHTER, sound_events

if TYPE_CHECKING:
    from cutroom.media.inside.conversation import Conversation

Array = npt.NDArray[np.float32]
Spans = list[tuple[float, float]]

ENCODER = "speaker-encoder.pt"
_BLOCK = 30 * RATE
_EDGE = 0.5


def hear(params: dict[str, Any], talk: Conversation) -> dict[str, Any]:
    """``model.percepts.Hearing``, packed; writes ``folder/sound.s16`` on the way.

    ``params``: ``video`` (``{"path", "size"}``), ``folder``, ``models``. Raises ``CutroomError``: NO_AUDIO,
    MEDIA_DAMAGED where nothing of the sound can be decoded, NOT_MEDIA.
    """
    sound = decode_sound(params, talk, Path(params["folder"]))
    return wire.pack_object(listen(sound, Path(params.get("models") or ""), talk.progress))


def listen(sound: Sound, models: Path, progress: Callable[[str, float | None], None]) -> Hearing:
    """The senses of hearing over a decoded sound, one after the other; each holds some seconds of it."""
    pcm = Pcm(sound.path)
    progress("hearing voices", None)
    chances = silero.probabilities(pcm.blocks())
    spoken = voice.spans_of(chances, pcm.duration)
    progress("hearing music", None)
    level = loudness.levels(pcm.blocks())
    energy = loudness.energy_curve(level)
    quiet = silence.silences(level, pcm.duration)
    found = music.music_of(music.tones(pcm.blocks(), spoken), tempo.onsets(pcm.blocks()), spoken, pcm.duration, energy)
    progress("telling speakers apart", None)
    turns, missing = _turns(pcm, models, chances)
    return Hearing(
        duration=round(sound.duration, 3),
        loudness=sound.loudness,
        energy=energy,
        silences=_spans(quiet),
        noise_floor_db=loudness.noise_floor(level),
        clipping_ratio=sound.clipping,
        voice=_spans(spoken),
        music=found,
        turns=turns,
        events=sound_events(spoken, chances, voice.STEP, found, quiet),
        speech_to_rest_db=loudness.speech_to_rest(level, spoken),
        bandwidth_hz=loudness.bandwidth(pcm.between, spoken, pcm.duration),
        dropouts=_spans(silence.dropouts(pcm.blocks())),
        start_similarity=loudness.start_similarity(
            pcm.between(0, _EDGE), pcm.between(max(0.0, pcm.duration - _EDGE), pcm.duration)
        ),
        missing=(*sound.missing, *missing, LAUGHTER),
    )


class Pcm:
    """A file of 16 kHz mono signed 16 bit PCM, read piece by piece as floats with full scale at 1."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._count = path.stat().st_size // 2

    @property
    def duration(self) -> float:
        return self._count / RATE

    def blocks(self) -> Iterator[Array]:
        """All of it in order, half a minute at a time."""
        for at in range(0, self._count, _BLOCK):
            yield self._read(at, _BLOCK)

    def between(self, start: float, end: float) -> Array:
        """What sounds from ``start`` to ``end`` (s)."""
        first = max(0, round(start * RATE))
        return self._read(first, max(0, min(self._count, round(end * RATE)) - first))

    def _read(self, first: int, count: int) -> Array:
        raw = np.fromfile(self._path, "<i2", count, offset=2 * first)
        return raw.astype(np.float32) * np.float32(1 / 32768)


def speakers_of(pcm: Pcm, encoder: Encoder) -> list[Turn]:
    """Who speaks when in a sound, for which nothing else is known."""
    return _told_apart(pcm, encoder, silero.probabilities(pcm.blocks()))


def _told_apart(pcm: Pcm, encoder: Encoder, chances: npt.NDArray[np.float32]) -> list[Turn]:
    spoken, phrases = (voice.spans_of(chances, pcm.duration, pause=pause) for pause in (voice.PAUSE, voice.BREATH))
    return speakers.turns_of(encoder, pcm.between, spoken, phrases)


def _turns(
    pcm: Pcm, models: Path, chances: npt.NDArray[np.float32]
) -> tuple[tuple[Turn, ...] | None, tuple[Missing, ...]]:
    """Who speaks when; None, and why, without the model."""
    encoder = _encoder(models / ENCODER)
    if isinstance(encoder, Missing):
        return None, (encoder,)
    return tuple(_told_apart(pcm, encoder, chances)), ()


def _encoder(path: Path) -> Encoder | Missing:
    if not path.is_file():
        return Missing("speakers", "Speakers are not told apart: the voice model is not installed.")
    try:
        return load_encoder(path)
    except (ValueError, OSError):
        return Missing("speakers", "Speakers are not told apart: the voice model's file is damaged.")


def _spans(spans: Spans) -> tuple[Span, ...]:
    return tuple(Span(start, end) for start, end in spans)

"""Whose voice goes with which face: the turns of the speakers laid over the mouths in the picture.

Where the mouth of a face moves as the sound changes, the voice is its own. A listener's chewing moves a mouth too,
but not with the sound; a voice from outside the picture goes with none. Pure arithmetic on the percepts of pictures
and sound; the only thing read is the sound written for the recogniser.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cutroom.model.percepts import FaceTrack, Turn

Doubles = npt.NDArray[np.float64]

RATE, STEP = 16_000, 160
"""Samples in a second of the sound, and in one value of its envelope: 10 ms."""
_PER_SECOND = RATE // STEP
_GRID = 10
"""Values in a second on which mouths and sound are compared."""
_LAGS = (-1, 0, 1)
_LEAST = 8
"""Values (0.8 s) that must be known of a face during a turn, for it to be judged."""
_CORRELATED = 0.2
_SURE = 2.5
"""Standard errors (about the root of 1/n each) by which a correlation of n values must stand above nothing."""
_STIRS, _IDLE = 2.0, 1.1
"""How many times as much as otherwise a mouth moves while its voice speaks: from the first on, less correlation is
enough; below the second there is no reason to think that it speaks. Measured on made heads: speakers 2.3 to 20, those
who chew or say nothing 0.7 to 1.6."""
_BLOCK = 1 << 20


def envelope(sound: Path) -> Doubles:
    """The level of a sound in steps of 10 ms: root mean square, 0..1. ``sound``: mono, 16 kHz, signed 16 bit, raw.

    Read block by block, so that long films take little memory. Raises OSError where the file cannot be read.
    """
    levels = []
    with sound.open("rb") as file:
        while data := file.read(_BLOCK * STEP // 64):
            samples = np.frombuffer(data[: len(data) // (2 * STEP) * 2 * STEP], "<i2").astype(np.float32) / 32768
            levels.append(np.sqrt((samples.reshape(-1, STEP) ** 2).mean(1)).astype(np.float64))
    return np.concatenate(levels) if levels else np.zeros(0)


def sound_changes(energy: Sequence[float] | Doubles) -> Doubles:
    """How fast the level changes, on the grid of mouths: mean of its absolute steps, of the level in decibels.

    Decibels, as a loud voice and a soft one open mouths alike; levels 50 dB below the loudest count as silence.
    """
    level = np.asarray(energy, np.float64)
    if not len(level):
        return np.zeros(0)
    floor = max(float(np.percentile(level, 99)) * 10 ** (-50 / 20), 1e-5)
    soft = np.convolve(20 * np.log10(np.maximum(level, floor)), np.full(5, 0.2), "same")
    steps = np.abs(np.diff(soft, prepend=soft[:1]))
    per = _PER_SECOND // _GRID
    whole = len(steps) // per * per
    return np.asarray(steps[:whole].reshape(-1, per).mean(1))


@dataclass(frozen=True, slots=True)
class _Score:
    """What a mouth and a voice have in common: correlation over ``values`` tenths of a second, and that by chance.

    ``stirs``: how many times as much the mouth moves as when the voice is silent; None where that was not seen.
    """

    correlation: float = 0.0
    values: int = 0
    chance: float = 0.0
    stirs: float | None = None

    @property
    def belongs(self) -> bool:
        """Whether it is more than chance."""
        if self.stirs is not None and self.values >= _LEAST and self.correlation >= _CORRELATED:
            if self.stirs >= _STIRS:
                return True
            if self.stirs < _IDLE:
                return False
        return self.values >= _LEAST and self.correlation >= max(
            _CORRELATED, self.chance, _SURE / float(np.sqrt(self.values))
        )


def assign(
    tracks: Sequence[FaceTrack], turns: Sequence[Turn] | None, energy: Sequence[float] | Doubles
) -> tuple[FaceTrack, ...]:
    """The tracks with ``speaker`` set where a voice goes with the face; None where none does, or it is not known.

    ``turns`` as diarization gives them (None: unknown, nobody is assigned), ``energy``: the sound's level in steps of
    10 ms (``envelope``). Every voice's turns are compared with every face in view; a face gets the voice whose
    accumulated correlation with its mouth is the best, stands out from chance, and is not better explained by
    another face in the same turns. Who is out of view has no face. A face is judged over its whole track.
    """
    changes = sound_changes(energy)
    if not turns or not len(changes):
        return tuple(replace(track, speaker=None) for track in tracks)
    mouths = [_mouth(track, len(changes)) for track in tracks]
    spoken = {turn.speaker: _spoken(turns, turn.speaker, len(changes)) for turn in turns}
    scores = [{who: _compare(mouth, changes, when) for who, when in spoken.items()} for mouth in mouths]
    return tuple(
        replace(track, speaker=_speaker(number, mouths, scores, spoken)) for number, track in enumerate(tracks)
    )


def _mouth(track: FaceTrack, length: int) -> Doubles:
    """A mouth's movement on the grid; nan where it was not measured."""
    grid = np.full(length, np.nan)
    for face in track.faces:
        at = round(face.t * _GRID)
        if face.mouth is not None and 0 <= at < length:
            grid[at] = face.mouth if np.isnan(grid[at]) else max(float(grid[at]), face.mouth)
    return grid


def _spoken(turns: Sequence[Turn], speaker: str, length: int) -> npt.NDArray[np.bool_]:
    """When ``speaker`` speaks, and nobody else does."""
    mine, others = np.zeros(length, np.bool_), np.zeros(length, np.bool_)
    for turn in turns:
        during = np.s_[max(0, round(turn.start * _GRID)) : max(0, round(turn.end * _GRID))]
        (mine if turn.speaker == speaker else others)[during] = True
    return np.asarray(mine & ~others)


def _compare(mouth: Doubles, changes: Doubles, when: npt.NDArray[np.bool_]) -> _Score:
    """The correlation of a mouth with the sound while somebody speaks, at the best lag of a tenth of a second.

    Chance is what the same mouth has in common with the same sound half a second to fifteen seconds away from it:
    mean and three standard deviations. A mouth that chews regularly finds something everywhere.
    """
    stretches = _stretches(when & np.isfinite(mouth))
    if not stretches:
        return _Score()
    sizes = [stretch.stop - stretch.start for stretch in stretches]
    mine = np.concatenate([_level(mouth[stretch]) for stretch in stretches])
    heard = [_level(np.roll(changes, lag)[stretch]) for lag in _LAGS for stretch in stretches]
    lagged = [np.concatenate(heard[i : i + len(sizes)]) for i in range(0, len(heard), len(sizes))]
    best = max(_correlation(mine, sound) for sound in lagged)
    middle = lagged[len(lagged) // 2]
    away = [_correlation(mine, np.roll(middle, shift)) for shift in range(5, min(len(mine) - 4, 150), 2)]
    chance = float(np.mean(away) + 3 * np.std(away)) if len(away) >= 8 else 0.0
    return _Score(best, sum(sizes), chance, _stirs(mouth, when))


def _stirs(mouth: Doubles, when: npt.NDArray[np.bool_]) -> float | None:
    """How many times as much a mouth moves while somebody speaks as at other times; None where it was not seen then."""
    known = np.isfinite(mouth)
    if (known & ~when).sum() < 2 * _LEAST or not (known & when).any():
        return None
    return float(mouth[known & when].mean() / max(1e-9, mouth[known & ~when].mean()))


def _level(values: Doubles) -> Doubles:
    """Square roots, as a few wide openings must not decide alone, about their mean."""
    roots = np.sqrt(np.maximum(values, 0))
    return np.asarray(roots - roots.mean())


def _stretches(known: npt.NDArray[np.bool_]) -> list[slice]:
    """The stretches of at least 0.8 s in which something is known."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(np.int8)))
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= _LEAST]


def _correlation(one: Doubles, other: Doubles) -> float:
    """Pearson's, of values about their mean; 0 where one of them stands still."""
    power = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / power if power > 1e-9 else 0.0


def _speaker(
    number: int,
    mouths: Sequence[Doubles],
    scores: Sequence[dict[str, _Score]],
    spoken: dict[str, npt.NDArray[np.bool_]],
) -> str | None:
    """The voice of one face."""
    mine = scores[number]
    for who in sorted(mine, key=lambda who: -mine[who].correlation):
        if not mine[who].belongs:
            return None
        together = np.isfinite(mouths[number]) & spoken[who]
        rivals = [
            other[who].correlation
            for index, other in enumerate(scores)
            if index != number and other[who].belongs and (np.isfinite(mouths[index]) & together).any()
        ]
        if mine[who].correlation > max(rivals, default=-1.0):
            return who
    return None

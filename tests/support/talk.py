"""Made talk: who speaks when, how loud it is, and mouths that go with it or chew."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from cutroom.model.percepts import Turn
from cutroom.perception.active_speaker import sound_changes

Doubles = npt.NDArray[np.float64]
Mouth = Callable[[float], float]
TURNS = (Turn(0.5, 4.0, "A"), Turn(4.5, 8.0, "B"), Turn(8.5, 11.5, "A"), Turn(12.0, 15.5, "B"))


def voice(seed: int, seconds: float = 16.0, turns: Sequence[Turn] = TURNS) -> Doubles:
    """The level of speech in steps of 10 ms: syllables of different strength, about four a second, within the turns."""
    rng = np.random.default_rng(seed)
    t, level = np.arange(0, seconds, 0.01), np.full(round(seconds * 100), 0.002)
    for turn in turns:
        at = turn.start
        while at < turn.end - 0.2:
            length = rng.uniform(0.12, 0.35)
            inside = (t >= at) & (t < at + length)
            level[inside] += rng.uniform(0.03, 0.3) * np.sin(np.pi * (t[inside] - at) / length)
            at += length + rng.choice([0.0, 0.05, 0.3], p=[0.6, 0.25, 0.15])
    return level


def opening(level: Doubles, who: str, seed: int, turns: Sequence[Turn] = TURNS) -> Mouth:
    """How far a mouth is open, 0..1: as the level has it in somebody's turns, a tenth of a second late."""
    strengths = np.random.default_rng(seed).uniform(0.7, 1.3, len(level) // 20 + 1)
    top = max(float(level.max()), 1e-9)

    def mouth(t: float) -> float:
        at = min(max(0, round(t * 100) - 5), len(level) - 1)
        mine = any(turn.speaker == who and turn.start <= t <= turn.end for turn in turns)
        return float(min(1.0, (level[at] / top) ** 0.7 * strengths[at // 20])) if mine else 0.0

    return mouth


def moving(level: Doubles, who: str | None, seed: int) -> Mouth:
    """How much a mouth moves that goes with the sound in somebody's turns, and a little by chance."""
    rng = np.random.default_rng(seed)
    moves = sound_changes(level)
    moves = moves / max(float(moves.max()), 1e-9)
    noise, strengths = rng.uniform(0, 0.08, len(moves) + 2), rng.uniform(0.6, 1.4, len(moves) + 2)

    def mouth(t: float) -> float:
        at = min(round(t * 10), len(moves) - 1)
        mine = any(turn.speaker == who and turn.start <= t <= turn.end for turn in TURNS)
        return float((0.5 * moves[max(0, at - 1)] * strengths[at] if mine else 0) + noise[at])

    return mouth


def chewing(seed: int) -> Mouth:
    """A mouth that chews two thirds of the time."""
    rng = np.random.default_rng(seed)
    rate, strengths = rng.uniform(1.2, 2.2), rng.uniform(0.7, 1.3, 4000)
    return lambda t: float(0.25 * abs(np.sin(np.pi * rate * t)) * strengths[round(t * 10)] * (t % 4 < 2.5))

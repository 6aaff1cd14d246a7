"""The most likely way through a graph of phones for a sound (Viterbi's algorithm), with nothing cut off on the way."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from cutroom.perception.adapters.sphinx_model import AcousticModel
from cutroom.perception.adapters.sphinx_scores import scores
from cutroom.perception.word_graph import OTHER, PAUSE, STATES, WordGraph

Floats = npt.NDArray[np.float32]

# What is none of the words is heard as the phone that fits best, less this much for each frame: it would win always.
_OTHER_LESS = 3.0


@dataclass(frozen=True, slots=True)
class Found:
    """Where a word is: frames [start, end), and how well it fits there."""

    start: int
    end: int
    fit: float
    """Mean over its frames of the logarithm by which its phones fit worse than the best of all phones; about -0.5 for
    what was said clearly, below -3 for what was not said."""


def search(model: AcousticModel, frames: Floats, graph: WordGraph) -> list[Found] | None:
    """Every word's place, in order; None where the sound is too short for the text."""
    wanted, places = np.unique(graph.senones[graph.senones != OTHER], return_inverse=True)
    lone = model.lone_senones
    every = np.unique(np.concatenate([wanted, lone]))
    likely = scores(model, frames, every)
    best = likely[:, np.searchsorted(every, lone)].max(axis=1)
    column = np.full(graph.senones.shape, len(every))
    column[graph.senones != OTHER] = np.searchsorted(every, wanted)[places.ravel()]
    likely = np.concatenate([likely, (best - _OTHER_LESS)[:, None]], axis=1)
    path = _best_path(graph, likely, column)
    if path is None:
        return None
    fit = likely[np.arange(len(path)), column.ravel()[path]] - best
    return _words(graph.word[path // STATES], fit, int(graph.word.max()) + 1)


def _best_path(graph: WordGraph, likely: Floats, column: npt.NDArray[np.int64]) -> npt.NDArray[np.int64] | None:
    """The state (phone times three and its own number) of every frame."""
    count, frames = len(graph.senones), len(likely)
    moved = np.zeros((frames, count, STATES), np.bool_)
    chosen = np.zeros((frames, count), np.uint8)
    every = np.arange(count)
    now = np.full((count, STATES), -np.inf, np.float32)
    now[:, 0] = graph.first + likely[0][column[:, 0]]
    exits = np.full(count + 1, -np.inf, np.float32)
    move = np.empty_like(now)
    for frame in range(1, frames):
        np.add(now[:, -1], graph.leave[:, -1], out=exits[:count])
        arrivals = exits[graph.before] + graph.cost
        which = arrivals.argmax(axis=1)
        chosen[frame] = which
        move[:, 0] = arrivals[every, which]
        np.add(now[:, :-1], graph.leave[:, :-1], out=move[:, 1:])
        now += graph.stay
        np.greater(move, now, out=moved[frame])
        np.maximum(now, move, out=now)
        now += likely[frame][column]
    final = now[graph.last, -1]
    if not np.isfinite(final.max()):
        return None
    phone, state = int(graph.last[final.argmax()]), STATES - 1
    path = np.zeros(frames, np.int64)
    for frame in range(frames - 1, -1, -1):
        path[frame] = phone * STATES + state
        if moved[frame, phone, state]:
            if state:
                state -= 1
            else:
                phone, state = int(graph.before[phone, chosen[frame, phone]]), STATES - 1
    return path


def _words(owner: npt.NDArray[np.int64], fit: Floats, count: int) -> list[Found]:
    edges = np.flatnonzero(np.diff(owner, prepend=PAUSE, append=PAUSE))
    # Words follow each other without a pause: every edge that begins a word also ends what was before.
    spans = {int(owner[start]): (int(start), int(end)) for start, end in pairwise(edges)}
    return [Found(*spans[number], float(fit[slice(*spans[number])].mean())) for number in range(count)]

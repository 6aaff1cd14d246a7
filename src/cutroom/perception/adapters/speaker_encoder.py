"""Vectors of voices by Resemblyzer's encoder (three LSTM layers, "Generalized end-to-end loss", Wan et al. 2018).

In numpy, from the file that torch wrote. That file is a pickle, so it is read by an unpickler that knows three names
and calls nothing of what the file says.
"""

from __future__ import annotations

import pickle
import struct
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

STEPS = 160
"""Spectra in the 1.6 s that one vector is made from."""
HOP = 160
"""Samples (16 kHz) from one spectrum to the next."""
SIZE = 256
_FFT, _BANDS, _LAYERS = 400, 40, 3
# Windows that go through together: more only leaves the cache.
_BATCH = 128
_MOST_BYTES = 64 << 20
_LEGACY = 0x1950A86A20F9469CFC6C


@dataclass(frozen=True, slots=True)
class Encoder:
    """The weights by torch's names."""

    weights: dict[str, Array]

    def embed(self, spectra: Array) -> Array:
        """Vectors of length one, ``[n, 256]``, for mel spectra ``[n, 160, 40]``."""
        parts = [spectra[at : at + _BATCH] for at in range(0, len(spectra), _BATCH)]
        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(self._embed, parts))
        return np.concatenate(found) if found else np.zeros((0, SIZE), np.float32)

    def _embed(self, spectra: Array) -> Array:
        given = np.ascontiguousarray(spectra.transpose(1, 0, 2))
        for layer in range(_LAYERS):
            given = self._layer(given, layer)
        last = given[-1]
        vectors = np.maximum(last @ self.weights["linear.weight"].T + self.weights["linear.bias"], 0)
        return cast("Array", vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9))

    def _layer(self, given: Array, layer: int) -> Array:
        """One LSTM layer over ``[time, n, features]``. The sigmoid is taken as tanh of half: one call for all gates."""
        steps, count, _ = given.shape
        half = np.repeat(np.array([0.5, 0.5, 1, 0.5], np.float32), SIZE)
        named = self.weights
        inward = np.ascontiguousarray((named[f"lstm.weight_ih_l{layer}"] * half[:, None]).T)
        back = np.ascontiguousarray((named[f"lstm.weight_hh_l{layer}"] * half[:, None]).T)
        bias = (named[f"lstm.bias_ih_l{layer}"] + named[f"lstm.bias_hh_l{layer}"]) * half
        h, c = np.zeros((count, SIZE), np.float32), np.zeros((count, SIZE), np.float32)
        out = np.empty((steps, count, SIZE), np.float32)
        for at in range(steps):
            gates = given[at] @ inward
            gates += bias
            gates += h @ back
            np.tanh(gates, out=gates)
            opened = gates * np.float32(0.5) + np.float32(0.5)
            c = opened[:, SIZE : 2 * SIZE] * c + opened[:, :SIZE] * gates[:, 2 * SIZE : 3 * SIZE]
            h = opened[:, 3 * SIZE :] * np.tanh(c)
            out[at] = h
        return out


def mel_spectra(samples: Array) -> Array:
    """Mel power spectra ``[1 + n // 160, 40]`` of 16 kHz sound, centred on every 160th sample (as librosa's)."""
    padded = np.pad(samples, _FFT // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::HOP]
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_FFT) / _FFT)).astype(np.float32)
    parts = []
    for at in range(0, len(frames), 1000):
        spectrum = np.fft.rfft(frames[at : at + 1000] * window, axis=1)
        power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
        parts.append(power @ _filters().T)
    return np.concatenate(parts)


@cache
def _filters() -> Array:
    """Slaney's mel filters of equal area: linear below 1 kHz, logarithmic above."""
    edges = _hertz(np.linspace(_mel(0.0), _mel(8000.0), _BANDS + 2))
    at = np.fft.rfftfreq(_FFT, 1 / 16_000)
    rising = (at - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - at) / (edges[2:] - edges[1:-1])[:, None]
    weights = np.maximum(0, np.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))[:, None]
    return cast("Array", weights.astype(np.float32))


def _mel(hertz: float) -> float:
    return 3 * hertz / 200 if hertz < 1000 else 15 + 27 * float(np.log(hertz / 1000) / np.log(6.4))


def _hertz(mels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return cast("npt.NDArray[np.float64]", np.where(mels < 15, mels * 200 / 3, 1000 * 6.4 ** ((mels - 15) / 27)))


def load_encoder(path: Path) -> Encoder:
    """The encoder in a file that torch wrote. Raises ``ValueError`` for anything else."""
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError("the file is too large for this model")
    with path.open("rb") as file:
        try:
            state = _read(file)
            wanted = {
                f"lstm.{kind}_l{layer}"
                for layer in range(_LAYERS)
                for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            }
            weights = {name: state[name] for name in (*sorted(wanted), "linear.weight", "linear.bias")}
        except (
            pickle.UnpicklingError,
            EOFError,
            struct.error,
            KeyError,
            TypeError,
            AttributeError,
            IndexError,
        ) as error:
            raise ValueError("the file holds no such model") from error
    if weights["lstm.weight_ih_l0"].shape != (4 * SIZE, _BANDS) or weights["linear.weight"].shape != (SIZE, SIZE):
        raise ValueError("the model is of another size")
    return Encoder(weights)


def _read(file: IO[bytes]) -> dict[str, Array]:
    """What torch wrote before its zip archives: four pickles, the keys of the storages, then their numbers."""
    if _Closed(file).load() != _LEGACY:
        raise ValueError("the file is not of torch's legacy format")
    _Closed(file).load()  # version of the protocol
    _Closed(file).load()  # the machine it was written on
    content = _Closed(file).load()
    numbers: dict[str, Array] = {}
    for key in _Closed(file).load():
        (count,) = struct.unpack("<q", file.read(8))
        if not 0 <= count <= _MOST_BYTES // 4:
            raise ValueError("a storage is too large")
        numbers[key] = np.frombuffer(file.read(4 * count), "<f4", count)
    return {name: tensor.of(numbers) for name, tensor in content["model_state"].items() if isinstance(tensor, _Tensor)}


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A tensor as the pickle describes it: a part of a storage."""

    storage: str
    offset: int
    shape: tuple[int, ...]

    def of(self, numbers: dict[str, Array]) -> Array:
        count = int(np.prod(self.shape, dtype=np.int64))
        return numbers[self.storage][self.offset : self.offset + count].reshape(self.shape).astype(np.float32)


def _tensor(storage: object, offset: object, shape: object, *_rest: object) -> _Tensor:
    """Stands for ``torch._utils._rebuild_tensor_v2``; strides are always those of a whole array here."""
    if not (isinstance(storage, str) and isinstance(offset, int) and isinstance(shape, tuple)):
        raise pickle.UnpicklingError("not a tensor")
    return _Tensor(storage, offset, shape)


class _Closed(pickle.Unpickler):
    """Admits ordered dictionaries and descriptions of tensors of 32 bit numbers, and nothing else."""

    _KNOWN: dict[tuple[str, str], Any] = {  # noqa: RUF012 - never changed
        ("collections", "OrderedDict"): OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _tensor,
        ("torch", "FloatStorage"): "float",
    }

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        try:
            return self._KNOWN[module_name, global_name]
        except KeyError:
            message = f"{module_name}.{global_name} is not allowed"
            raise pickle.UnpicklingError(message) from None

    def persistent_load(self, pid: Any) -> str:
        kind, storage, key, *_ = pid
        if kind != "storage" or storage != "float" or not isinstance(key, str):
            raise pickle.UnpicklingError("an unknown kind of storage")
        return key

"""The acoustic model in the pocketsphinx wheel, read as arrays: how each sound of English looks in each context.

The files are those of CMU Sphinx (``mdef``, ``means``, ``variances``, ``sendump``, ``transition_matrices``), for
"phonetically tied mixtures": all states of a phone share 128 Gaussians and differ in their weights. pocketsphinx's own
search for a known text gives up in one cue of ten under music and does not say how well text and sound agree; with the
model at hand the search is ours (``perception.search``), and both are had.
"""

from __future__ import annotations

import functools
import importlib.util
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

INTERNAL, BEGIN, END, SINGLE = range(4)
"""Where in its word a phone stands."""
_MAGIC = b"\x44\x33\x22\x11"
# Weights are stored as whole powers of this: 1.0001 to the 1024th.
_WEIGHT_STEP = math.log(1.0001) * 1024
_LEAST_VARIANCE = 1e-4
_PHONES = 64  # more than there are: contexts are packed into one number
_MAX_FILE = 64 << 20


@dataclass(frozen=True, slots=True)
class AcousticModel:
    """Gaussians by [phone, stream, number, dimension], weights by [stream, number, senone]."""

    phones: dict[str, int]
    """The number of each phone; SIL, +NSN+ (noise) and +SPN+ among them."""
    means: Floats
    precisions: Floats
    """1 / (2 variance)."""
    constants: Floats
    """What is left of a Gaussian's logarithm, by [phone, stream, number]."""
    weights: Floats
    owner: npt.NDArray[np.int64]
    """The phone whose Gaussians a senone uses."""
    senones: npt.NDArray[np.int64]
    """By [sequence, state]."""
    stay: Floats
    """Logarithm of the probability to stay in a state, by [phone, state]; ``leave`` likewise."""
    leave: Floats
    _keys: npt.NDArray[np.int64]
    _sequences: npt.NDArray[np.int64]
    _alone: npt.NDArray[np.int64]

    def sequence(self, phone: int, left: int, right: int, place: int) -> int:
        """The sequence of senones of ``phone`` between two others; of the phone alone where the context is unknown."""
        for at in (place, INTERNAL, BEGIN, END):
            key = _key(at, phone, left, right)
            found = int(np.searchsorted(self._keys, key))
            if found < len(self._keys) and self._keys[found] == key:
                return int(self._sequences[found])
        return int(self._alone[phone])

    @property
    def lone_senones(self) -> npt.NDArray[np.int64]:
        """The senones of phones without context."""
        return self.senones[self._alone].ravel()


def model_folder() -> Path | None:
    """Where the wheel keeps the model; None where pocketsphinx is not installed."""
    found = importlib.util.find_spec("pocketsphinx")
    for place in (found.submodule_search_locations or []) if found is not None else []:
        folder = Path(place) / "model" / "en-us"
        if (folder / "en-us" / "mdef").is_file():
            return folder
    return None


@functools.cache
def load(folder: Path) -> AcousticModel:
    """Read the model in ``folder/en-us``; takes 50 ms. ``OSError`` or ``ValueError`` for files of another kind."""
    files = folder / "en-us"
    names, entries, senones = _definition(_bytes(files / "mdef"))
    means, variances = (_gaussians(_bytes(files / name)) for name in ("means", "variances"))
    variances = np.maximum(variances, _LEAST_VARIANCE)
    constants = -0.5 * np.log(2 * np.pi * variances).sum(-1)
    steps = _transitions(_bytes(files / "transition_matrices"))
    count = len(names)
    phone = np.where(np.arange(len(entries)) < count, np.arange(len(entries)), entries["context"][:, 0]).astype(
        np.int64
    )
    owner = np.zeros(int(senones.max()) + 1, np.int64)
    sequence = entries["sequence"].astype(np.int64)
    owner[senones[sequence].ravel()] = np.repeat(phone, senones.shape[1])
    context = entries[count:]
    keys = _key(context["place"], context["context"][:, 0], context["context"][:, 1], context["context"][:, 2])
    order = np.argsort(keys)
    diagonal = np.arange(steps.shape[1])
    matrix = entries["matrix"][:count]
    return AcousticModel(
        phones={name: number for number, name in enumerate(names)},
        means=means,
        precisions=(0.5 / variances).astype(np.float32),
        constants=constants.astype(np.float32),
        weights=_weights(_bytes(files / "sendump")),
        owner=owner,
        senones=senones,
        stay=np.log(steps[matrix][:, diagonal, diagonal]),
        leave=np.log(steps[matrix][:, diagonal, diagonal + 1]),
        _keys=keys[order],
        _sequences=sequence[count:][order],
        _alone=sequence[:count],
    )


def _key(
    place: npt.ArrayLike, phone: npt.ArrayLike, left: npt.ArrayLike, right: npt.ArrayLike
) -> npt.NDArray[np.int64]:
    """One number for a phone in its context; elementwise."""
    key = np.asarray(place, np.int64)
    for part in (phone, left, right):
        key = key * _PHONES + np.asarray(part, np.int64)
    return key


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > _MAX_FILE:
        raise ValueError(path.name)
    return path.read_bytes()


def _definition(data: bytes) -> tuple[list[str], npt.NDArray[np.void], npt.NDArray[np.int64]]:
    """Phones, all phones in context, and their sequences of senones."""
    magic, _version, described = struct.unpack_from("<4s2i", data)
    if magic != b"BMDF":
        raise ValueError("mdef")
    at = 12 + described
    phones, every, states, _, _, _, sequences, _, tree, _ = struct.unpack_from("<10i", data, at)
    at += 40
    names = [name.decode("ascii") for name in data[at:].split(b"\0", phones)[:phones]]
    at += -(-sum(len(name) + 1 for name in names) // 4) * 4 + 8 * tree
    kind = np.dtype([("sequence", "<i4"), ("matrix", "<i4"), ("place", "u1"), ("context", "u1", 3)])
    entries = np.frombuffer(data, kind, every, at)
    at += entries.nbytes + 4
    senones = np.frombuffer(data, "<u2", sequences * states, at).reshape(sequences, states)
    return names, entries, senones.astype(np.int64)


def _gaussians(data: bytes) -> Floats:
    at = _body(data)
    phones, streams, numbers, *sizes = struct.unpack_from("<6i", data, at)
    if streams != len(sizes) or len(set(sizes)) != 1:
        raise ValueError("gaussians")
    found = np.frombuffer(data, "<f4", phones * streams * numbers * sizes[0], at + 28)
    return found.reshape(phones, streams, numbers, sizes[0]).astype(np.float32)


def _transitions(data: bytes) -> Floats:
    at = _body(data)
    phones, rows, columns, count = struct.unpack_from("<4i", data, at)
    found = np.frombuffer(data, "<f4", count, at + 16).reshape(phones, rows, columns)
    return np.asarray(np.maximum(found / found.sum(-1, keepdims=True), 1e-10), np.float32)


def _body(data: bytes) -> int:
    """Where the numbers begin, after a header in words and a mark that tells the order of bytes."""
    at = data.index(b"endhdr\n") + 7
    if data[at : at + 4] != _MAGIC:
        raise ValueError("byte order")
    return at + 4


def _weights(data: bytes) -> Floats:
    """The weights as logarithms: strings that describe the file, then one byte for each."""
    at, words = 0, ""
    while length := struct.unpack_from("<i", data, at)[0]:
        words += data[at + 4 : at + 4 + length].rstrip(b"\0").decode("ascii", "replace") + "\n"
        at += 4 + length
    if "cluster_count 0" not in words:
        raise ValueError("sendump")
    numbers, senones = struct.unpack_from("<2i", data, at + 4)
    streams = _number_after(words.split(), "feature_count")
    packed = np.frombuffer(data, np.uint8, streams * numbers * senones, at + 12)
    return (packed.reshape(streams, numbers, senones) * np.float32(-_WEIGHT_STEP)).astype(np.float32)


def _number_after(words: Sequence[str], name: str) -> int:
    return int(words[words.index(name) + 1])

"""The encoder's file is read without trusting it, and its arithmetic is that of an LSTM."""

from __future__ import annotations

import io
import pickle
import struct
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutroom.perception.adapters.speaker_encoder import _LEGACY, SIZE, Array, load_encoder, mel_spectra


def shapes() -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {"linear.weight": (SIZE, SIZE), "linear.bias": (SIZE,)}
    for layer in range(3):
        found[f"lstm.weight_ih_l{layer}"] = (4 * SIZE, SIZE if layer else 40)
        found[f"lstm.weight_hh_l{layer}"] = (4 * SIZE, SIZE)
        found |= {f"lstm.bias_{kind}_l{layer}": (4 * SIZE,) for kind in ("ih", "hh")}
    return found


class Storage:
    def __init__(self, key: str, values: Array) -> None:
        self.key, self.values = key, values


class Tensor:
    def __init__(self, storage: Storage, shape: tuple[int, ...]) -> None:
        self.storage, self.shape = storage, shape


class TorchPickler(pickle.Pickler):
    """Writes tensors the way torch does."""

    def persistent_id(self, obj: Any) -> Any:
        if isinstance(obj, Storage):
            return ("storage", sys.modules["torch"].FloatStorage, obj.key, "cpu", obj.values.size, None)
        return None

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Tensor):
            rebuild = sys.modules["torch._utils"]._rebuild_tensor_v2
            return rebuild, (obj.storage, 0, obj.shape, (1,), False, {})
        return NotImplemented


@pytest.fixture
def torch_names(monkeypatch: pytest.MonkeyPatch) -> None:
    top, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    top.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})  # type: ignore[attr-defined]

    def _rebuild_tensor_v2() -> None: ...

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", top)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)


def torch_file(path: Path, state: dict[str, Array]) -> Path:
    tensors = {name: Tensor(Storage(name, values), values.shape) for name, values in state.items()}
    with path.open("wb") as file:
        head: tuple[Any, ...] = (_LEGACY, 1001, {})
        for part in head:
            pickle.dump(part, file, 2)
        TorchPickler(file, 2).dump({"step": 1, "model_state": tensors})
        pickle.dump(list(state), file, 2)
        for values in state.values():
            file.write(struct.pack("<q", values.size) + values.astype("<f4").tobytes())
    return path


def made_up() -> dict[str, Array]:
    rng = np.random.default_rng(0)
    return {name: (rng.standard_normal(shape) * 0.06).astype(np.float32) for name, shape in shapes().items()}


def test_vectors_are_those_of_an_lstm_written_down_plainly(tmp_path: Path, torch_names: None) -> None:
    state = made_up()
    encoder = load_encoder(torch_file(tmp_path / "encoder.pt", state))
    spectra = np.random.default_rng(1).random((3, 12, 40)).astype(np.float32)
    wanted = []
    for given in spectra:
        values = list(given)
        for layer in range(3):
            h, c, out = np.zeros(SIZE), np.zeros(SIZE), []
            for x in values:
                gates = state[f"lstm.weight_ih_l{layer}"] @ x + state[f"lstm.bias_ih_l{layer}"]
                gates = gates + state[f"lstm.weight_hh_l{layer}"] @ h + state[f"lstm.bias_hh_l{layer}"]
                i, f, g, o = np.split(gates, 4)
                c = c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
                h = np.tanh(c) / (1 + np.exp(-o))
                out.append(h)
            values = out
        vector = np.maximum(state["linear.weight"] @ values[-1] + state["linear.bias"], 0)
        wanted.append(vector / np.linalg.norm(vector))
    assert np.allclose(encoder.embed(spectra), wanted, atol=1e-4)


def test_a_pickle_that_calls_something_is_refused_and_calls_nothing(tmp_path: Path) -> None:
    touched = tmp_path / "touched"

    class Evil:
        def __reduce__(self) -> Any:
            return Path.touch, (touched,)

    bad = io.BytesIO()
    parts: tuple[Any, ...] = (_LEGACY, 1001, {}, {"model_state": Evil()}, [])
    for part in parts:
        pickle.dump(part, bad, 2)
    path = tmp_path / "evil.pt"
    path.write_bytes(bad.getvalue())
    with pytest.raises(ValueError):
        load_encoder(path)
    assert not touched.exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04rest", b"\x80\x02N.", b"\x80\x02}q\x00." * 4])
def test_what_is_no_such_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "encoder.pt"
    path.write_bytes(content)
    with pytest.raises(ValueError):
        load_encoder(path)


def test_a_file_cut_off_is_refused(tmp_path: Path, torch_names: None) -> None:
    path = torch_file(tmp_path / "encoder.pt", made_up())
    path.write_bytes(path.read_bytes()[: -4 * SIZE])
    with pytest.raises(ValueError):
        load_encoder(path)


def test_spectra_of_a_tone_peak_where_it_is() -> None:
    time = np.arange(16_000) / 16_000
    low, high = (mel_spectra(np.sin(2 * np.pi * hertz * time).astype(np.float32)) for hertz in (300, 3000))
    assert low.shape == (101, 40)
    assert low[50].argmax() < high[50].argmax()

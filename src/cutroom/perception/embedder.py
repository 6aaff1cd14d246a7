"""Sentences as vectors: the MiniLM encoder (BERT with 6 layers of 384) in numpy, without a runtime of its own.

The mean of the last layer over a sentence's tokens, scaled to length one, as sentence-transformers computes it for
all-MiniLM-L6-v2; the cosine of two vectors says how near two sentences are in meaning. Weights and tokenizer are read
from files whose hash was checked when they came in; the format of the weights holds numbers alone and runs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    Floats = NDArray[np.float32]

MODEL = "all-MiniLM-L6-v2"
WINDOW = 256
"""Tokens of a text that count, as the model was trained; what follows is cut off."""
_LAYERS, _HEADS, _WIDTH = 6, 12, 384
_TOKEN_CHARACTERS = 16
"""Characters per token of the window that are read at all: four times what prose has."""
_BATCH_TOKENS = 2048
_PIECE = 1 << 15
_EPSILON = 1e-12


@dataclass(frozen=True, slots=True)
class Embedder:
    """A loaded encoder. Same texts in the same order, same vectors. Not for several threads at once."""

    tokenizer: Tokenizer
    weights: dict[str, Floats]

    @classmethod
    def load(cls, weights: Path, tokenizer: Path) -> Embedder:
        """From the files of the store. Raises what the libraries raise for files that are others."""
        import numpy as np
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        tensors = {
            name.removeprefix("bert."): tensor.astype(np.float32, copy=False)
            for name, tensor in load_file(weights).items()
            if tensor.dtype.kind == "f"
        }
        return cls(Tokenizer.from_file(str(tokenizer)), tensors)

    def vectors(
        self, texts: Sequence[str], *, window: int = WINDOW, on_progress: Callable[[float], None] | None = None
    ) -> Floats:
        """One row of length one for each text, float32, 384 columns. ``window`` (1..256) is in tokens.

        A text costs by the tokens it has within the window. Equal texts are encoded once.
        """
        import numpy as np

        known: dict[str, int] = {}
        rows = [known.setdefault(_readable(text, window), len(known)) for text in texts]
        vectors = np.zeros((len(known), _WIDTH), np.float32)
        if not known:
            return vectors
        tokens = self._tokens(list(known), window)
        done = 0
        for batch in _batches([len(one) for one in tokens]):
            vectors[batch] = self._encode([tokens[index] for index in batch])
            done += len(batch)
            if on_progress is not None:
                on_progress(done / len(tokens))
        return vectors[rows]

    def _tokens(self, texts: Sequence[str], window: int) -> list[list[int]]:
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(max(3, min(WINDOW, window)))
        return [list(one.ids) for one in self.tokenizer.encode_batch_fast(list(texts))]

    def _encode(self, tokens: Sequence[Sequence[int]]) -> Floats:
        import numpy as np

        longest = max(map(len, tokens))
        ids = np.zeros((len(tokens), longest), np.int64)
        mask = np.zeros((len(tokens), longest), np.float32)
        for row, one in enumerate(tokens):
            ids[row, : len(one)] = one
            mask[row, : len(one)] = 1.0
        words, places, kinds = (
            self.weights[f"embeddings.{kind}_embeddings.weight"] for kind in ("word", "position", "token_type")
        )
        states = self._normal(words[ids] + places[:longest][None] + kinds[0], "embeddings.LayerNorm")
        # Tokens that only fill a row up get no attention: e to the power of this is zero.
        ignored = (1.0 - mask)[:, None, None, :] * np.float32(-1e9)
        for layer in range(_LAYERS):
            states = self._layer(states, ignored, f"encoder.layer.{layer}")
        mean = (states * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        unit: Floats = mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), np.float32(_EPSILON))
        return unit

    def _layer(self, states: Floats, ignored: Floats, name: str) -> Floats:
        count, length, width = states.shape

        def heads(part: str) -> Floats:
            of = self._linear(states, f"{name}.attention.self.{part}")
            return of.reshape(count, length, _HEADS, width // _HEADS).transpose(0, 2, 1, 3)

        scale = (width // _HEADS) ** -0.5
        attention = _softmax(heads("query") @ heads("key").transpose(0, 1, 3, 2) * scale + ignored)
        mixed = (attention @ heads("value")).transpose(0, 2, 1, 3).reshape(count, length, width)
        attended = self._linear(mixed, f"{name}.attention.output.dense")
        states = self._normal(states + attended, f"{name}.attention.output.LayerNorm")
        inner = _gelu(self._linear(states, f"{name}.intermediate.dense"))
        return self._normal(states + self._linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _linear(self, states: Floats, name: str) -> Floats:
        flat = states.reshape(-1, states.shape[-1]) @ self.weights[f"{name}.weight"].T
        return (flat + self.weights[f"{name}.bias"]).reshape(*states.shape[:-1], -1)

    def _normal(self, states: Floats, name: str) -> Floats:
        import numpy as np

        centred = states - states.mean(-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(-1, keepdims=True) + np.float32(_EPSILON))
        scaled: Floats = centred / spread * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]
        return scaled


def _readable(text: str, window: int) -> str:
    """What of a text is looked at: not more than the window can hold, and nothing that is no character."""
    return text[: window * _TOKEN_CHARACTERS].encode("utf-8", "replace").decode("utf-8")


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Indexes in groups of texts of about the same length, so that little is computed for filling rows up."""
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda one: lengths[one]):
        if not batches or (len(batches[-1]) + 1) * lengths[index] > _BATCH_TOKENS:
            batches.append([])
        batches[-1].append(index)
    return batches


def _softmax(scores: Floats) -> Floats:
    """In place."""
    import numpy as np

    scores -= scores.max(-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(-1, keepdims=True)
    return scores


def _gelu(inner: Floats) -> Floats:
    """x/2 (1 + erf(x/sqrt 2)) in place, with erf by Abramowitz and Stegun 7.1.26, whose error is below 1.5e-7.

    Piece by piece, so that what is in between stays in the processor's cache: five times as fast as all at once.
    """
    import numpy as np

    flat = inner.reshape(-1)
    for start in range(0, flat.size, _PIECE):
        x = flat[start : start + _PIECE]
        root = np.abs(x) * np.float32(0.5**0.5)
        t = np.float32(1.0) / (np.float32(1.0) + np.float32(0.3275911) * root)
        series = t * np.float32(1.061405429)
        for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
            series += np.float32(factor)
            series *= t
        series *= np.exp(-root * root)  # 1 - erf(|x| / sqrt 2)
        x *= (np.copysign(np.float32(1.0) - series, x) + np.float32(1.0)) * np.float32(0.5)
    return inner

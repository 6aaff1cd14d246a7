"""Sentences as vectors: what the numpy encoder computes is the model's, whatever the texts are."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.perception.embedder import WINDOW, Embedder, _batches, _gelu
from tests.support.models import MODELS, needs_models


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load(MODELS / "minilm.safetensors", MODELS / "minilm-tokenizer.json")


def test_gelu_is_that_of_the_model() -> None:
    x = np.linspace(-12, 12, 70_001, dtype=np.float32)
    exact = np.array([v / 2 * (1 + math.erf(v / math.sqrt(2))) for v in x.astype(np.float64)])
    assert np.abs(_gelu(x.copy()) - exact).max() < 2e-6


@given(st.lists(st.integers(3, WINDOW), max_size=300))
def test_batches_hold_every_text_once_and_are_bounded(lengths: list[int]) -> None:
    batches = _batches(lengths)
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    assert all(len(batch) * max(lengths[index] for index in batch) <= 2048 for batch in batches)


def exact(w: dict[str, np.ndarray], ids: list[int]) -> np.ndarray:
    """The same network in double precision, one text at a time, straight from its description."""

    def linear(x: np.ndarray, name: str) -> np.ndarray:
        return np.asarray(x @ w[f"{name}.weight"].T + w[f"{name}.bias"])

    def normal(x: np.ndarray, name: str) -> np.ndarray:
        spread = np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return np.asarray((x - x.mean(-1, keepdims=True)) / spread * w[f"{name}.weight"] + w[f"{name}.bias"])

    places, kinds = w["embeddings.position_embeddings.weight"], w["embeddings.token_type_embeddings.weight"]
    x = normal(w["embeddings.word_embeddings.weight"][ids] + places[: len(ids)] + kinds[0], "embeddings.LayerNorm")
    for layer in range(6):
        name = f"encoder.layer.{layer}"
        q, k, v = (linear(x, f"{name}.attention.self.{part}") for part in ("query", "key", "value"))
        heads = []
        for head in range(12):
            part = slice(head * 32, head * 32 + 32)
            scores = q[:, part] @ k[:, part].T / math.sqrt(32)
            shares = np.exp(scores - scores.max(-1, keepdims=True))
            heads.append(shares / shares.sum(-1, keepdims=True) @ v[:, part])
        attended = linear(np.concatenate(heads, -1), f"{name}.attention.output.dense")
        x = normal(x + attended, f"{name}.attention.output.LayerNorm")
        inner = linear(x, f"{name}.intermediate.dense")
        inner = inner / 2 * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
        x = normal(x + linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")
    mean = x.mean(0)
    return np.asarray(mean / np.linalg.norm(mean))


TEXTS = [
    "A man is eating food.",
    "",
    "How much does he cost?",
    "Straße, naïve café, 東京, \U0001f600!",
    "A longer sentence goes on and on, so that the short ones beside it have to be filled up.",
]


@pytest.mark.slow
@needs_models
def test_vectors_are_the_models_in_any_company(embedder: Embedder) -> None:
    vectors = embedder.vectors(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), 384)
    doubles = {name: value.astype(np.float64) for name, value in embedder.weights.items()}
    expected = [exact(doubles, ids) for ids in embedder._tokens(TEXTS, WINDOW)]
    assert np.abs(vectors - np.array(expected)).max() < 2e-6
    assert np.array_equal(vectors, embedder.vectors(TEXTS))
    assert np.abs(vectors[2] - embedder.vectors(TEXTS[2:3])[0]).max() < 2e-6


@needs_models
def test_meaning_is_near_where_words_are_not(embedder: Embedder) -> None:
    asked, near, far = embedder.vectors(
        ["What does it cost?", "The price is forty dollars.", "My cat sleeps on the warm roof."]
    )
    assert asked @ near > asked @ far + 0.2


@pytest.mark.slow
@needs_models
def test_hostile_texts(embedder: Embedder) -> None:
    texts = ["x" * 100_000, "ab " * 50_000, "\x00\x01\x1b[31m", "\ud800", "\u202e" * 500, "\u0301" * 9000, " \n"]
    vectors = embedder.vectors(texts, window=32)
    assert np.isfinite(vectors).all()
    assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-5
    assert np.array_equal(embedder.vectors(["ab " * 100], window=32)[0], embedder.vectors([texts[1]], window=32)[0])


@needs_models
def test_equal_texts_are_encoded_once_and_no_texts_are_no_vectors(embedder: Embedder) -> None:
    told: list[float] = []
    vectors = embedder.vectors(["again", "other"] * 5000, on_progress=told.append)
    assert np.array_equal(vectors[0], vectors[-2])
    assert told == [1.0]
    assert embedder.vectors([]).shape == (0, 384)


def test_files_that_are_something_else_are_refused(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"\xff" * 100)
    (tmp_path / "tokenizer").write_text(json.dumps({"model": 1}))
    with pytest.raises(Exception, match=r"(?i)header|deserializ"):
        Embedder.load(tmp_path / "weights", tmp_path / "tokenizer")

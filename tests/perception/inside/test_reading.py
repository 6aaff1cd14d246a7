"""The task ``read``: vectors with a model, a reason without one, and a bound on what texts may cost."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from cutroom.media.inside.conversation import Conversation
from cutroom.media.inside.wire import unpack
from cutroom.model.percepts import Reading
from cutroom.perception.inside import reading
from cutroom.perception.model_store import catalogue
from tests.support.models import MODELS, needs_models


def read(texts: list[str], models: Path | str = MODELS) -> Reading:
    params: dict[str, Any] = {"texts": texts, "models": str(models)}
    return unpack(Reading, reading.read(params, Conversation(io.BytesIO(), io.BytesIO())))


def test_without_the_model_there_is_a_reason(tmp_path: Path) -> None:
    found = read(["Hello."], tmp_path)
    assert (found.vectors, found.model) == ((), None)
    [missing] = found.missing
    assert (missing.sense, missing.degraded) == ("sentence_vectors", False)
    assert "cutroom models pull --embedded" in missing.reason
    assert read(["Hello."], "").missing == found.missing


def test_a_model_that_is_something_else_is_a_reason_too(tmp_path: Path) -> None:
    for name in ("minilm", "minilm-tokenizer"):
        with (tmp_path / catalogue()[name].file).open("wb") as file:
            file.truncate(catalogue()[name].size)
    [missing] = read(["Hello."], tmp_path).missing
    assert "cannot be read" in missing.reason


@pytest.mark.slow
@needs_models
def test_one_vector_a_text_of_length_one_with_five_decimals() -> None:
    found = read(["Hello.", "", "Hello."])
    assert found.model == "all-MiniLM-L6-v2"
    assert len(found.vectors) == 3
    assert found.vectors[0] == found.vectors[2]
    for vector in found.vectors:
        assert len(vector) == 384
        assert sum(value * value for value in vector) == pytest.approx(1, abs=1e-3)
        assert all(value == round(value, 5) for value in vector)
    assert found.missing == ()
    assert read([]) == Reading(model="all-MiniLM-L6-v2")


@pytest.mark.slow
@needs_models
def test_many_texts_are_read_less_far_and_too_many_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_TOKENS", 30)
    monkeypatch.setattr(reading, "MOST_TEXTS", 3)
    found = read(["one two three four five six seven eight nine ten eleven"] * 3)
    assert len(found.vectors) == 3
    assert [(one.degraded, "first 10 words" in one.reason) for one in found.missing] == [(True, True)]
    refused = read(["one"] * 4)
    assert refused.vectors == ()
    assert "too many" in refused.missing[0].reason

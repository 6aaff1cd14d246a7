"""Who speaks when: groups of made-up vectors, and real voices where the model is installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutroom.perception.adapters.speaker_encoder import load_encoder
from cutroom.perception.clusters import Array, average_linkage, cut, groupings
from cutroom.perception.inside.hearing import Pcm, speakers_of
from cutroom.perception.speakers import _one, _with_brief
from tests.support.heard import RATE, dialogue, needs_voices
from tests.support.models import MODELS, needs_models


def persons(count: int, each: int, spread: float, seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    middles = np.repeat(rng.standard_normal((count, 256)), each, axis=0)
    vectors = middles + spread * rng.standard_normal(middles.shape)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@given(st.integers(2, 25), st.integers(0, 1000))
@settings(max_examples=25)
def test_linkage_merges_everything_once_and_cuts_into_as_many_as_asked(count: int, seed: int) -> None:
    vectors = persons(count, 1, 0.0, seed)
    merges = average_linkage(1 - vectors @ vectors.T)
    assert len(merges) == count - 1
    assert [height for height, *_ in merges] == sorted(height for height, *_ in merges)
    for groups in range(1, count + 1):
        assert len(set(cut(merges, groups).tolist())) == groups


def test_linkage_heights_are_mean_distances() -> None:
    distances = np.array([[0, 1, 4, 5], [1, 0, 6, 5], [4, 6, 0, 2], [5, 5, 2, 0]], np.float32)
    assert [height for height, *_ in average_linkage(distances)] == pytest.approx([1, 2, 5])


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_the_best_grouping_has_as_many_as_there_are(count: int) -> None:
    found = groupings(persons(count, 12, 0.6), 8, 4)
    assert len(max(found, key=lambda grouping: grouping.silhouette).middles) == count


def test_a_few_outliers_found_no_group() -> None:
    vectors = np.concatenate([persons(2, 12, 0.5), persons(2, 1, 0.0, seed=9)])
    found = groupings(vectors, 8, 4)
    assert len(max(found, key=lambda grouping: grouping.silhouette).middles) == 2


@needs_models
@needs_voices
@pytest.mark.slow
@pytest.mark.parametrize("voices", [("slt",), ("rms", "slt"), ("slt", "rms", "kal")], ids=len)
def test_turns_are_those_of_the_voices(tmp_path: Path, voices: tuple[str, ...]) -> None:
    encoder = load_encoder(MODELS / "speaker-encoder.pt")
    samples, said = dialogue(voices, 6, seed=5)
    path = tmp_path / "sound.s16"
    (samples * 32767).astype("<i2").tofile(path)
    turns = speakers_of(Pcm(path), encoder)
    assert turns[0].speaker == "A"
    assert len({turn.speaker for turn in turns}) == len(voices)
    names = {line.voice: turn.speaker for line in said for turn in turns if turn.start <= line.start + 0.3 < turn.end}
    right = sum(
        min(line.end, turn.end) - max(line.start, turn.start)
        for line in said
        for turn in turns
        if turn.speaker == names[line.voice] and turn.start < line.end and line.start < turn.end
    )
    assert right / sum(line.end - line.start for line in said) > 0.94
    assert all(turn.end <= len(samples) / RATE for turn in turns)


def test_a_brief_voice_like_no_other_is_a_person_and_one_odd_window_is_none() -> None:
    many = persons(1, 30, 0.3)
    other = persons(2, 3, 0.3, seed=5)[3:]
    times = np.array([(0.4 * n, 0.4 * n + 1.6) for n in range(len(many) + len(other))])
    one = _one(many)
    assert len(_with_brief(np.concatenate([many, other]), times, one)) == 2
    assert len(_with_brief(np.concatenate([many, other[:1]]), times[:31], one)) == 1
    assert len(_with_brief(many, times[:30], one)) == 1

"""Speech: when known words are said, how fast they are found, and how wrong the draft is.

usage: python -m benchmarks.perception_speech [--quick]

festival says when each of its words begins; flite's voices say it of their phones, which are matched with those of the
words said alone. Cues are up to 0.3 s early and 0.6 s late. Music is chords and a drum; its level is that of the speech
alone, less the decibels named. Word error rates of made voices say little of people: they guard against regressions.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measuring import Goal, conclude, machine
from cutroom.model.percepts import Timing
from cutroom.perception.adapters.pocketsphinx_draft import draft
from cutroom.perception.alignment import Aligner
from cutroom.perception.captions import Cue
from cutroom.perception.cue_timing import Film, align_cues
from cutroom.perception.voice import voice_spans
from tests.support.known_speech import RATE, SENTENCES, Pcm, Said, say, under_music

STORY = (
    "The river was quiet in the morning and the old man sat by his boat waiting for the sun.",
    "We have been working on this project for almost two years and it is finally ready.",
    "She told me that the most important thing in life is to be kind to other people.",
    "If you want to learn how to cook you should start with something simple.",
    "Nobody knows what will happen next week but we should be prepared.",
    "I would like to thank everyone who helped us along the way.",
)
_VOWELS = frozenset(
    ["aa", "ae", "ah", "ao", "aw", "ax", "axr", "ay", "eh", "er", "ey", "ih", "iy", "ow", "oy", "uh", "uw"]
)


class Row(NamedTuple):
    """One measurement of the aligner: ms, and times faster than real time."""

    name: str
    words: int
    median: float
    p95: float
    failed: float
    speed: float


class DraftRow(NamedTuple):
    """One of the recogniser: share of words wrong, times faster than real time, mean confidence and share right."""

    name: str
    wrong: float
    speed: float
    confidence: float
    right: float


def voices(texts: tuple[str, ...], *, quick: bool) -> Iterator[tuple[str, Pcm, tuple[Said, ...]]]:
    """The texts in every voice of this machine."""
    yield ("festival kal", *say(texts))
    if quick:
        return
    yield ("festival kal, quick", *say(texts, stretch=0.8))
    yield ("festival kal, no gaps", *say(texts, gap=0.05))
    for voice in ("slt", "rms", "awb") if shutil.which("flite") else ():
        yield (f"flite {voice}", *flite(texts, voice))


def measure_alignment(*, quick: bool = False) -> list[Row]:
    """A row for each voice, in quiet and over music."""
    aligner = Aligner.load()
    if aligner is None:
        raise RuntimeError("pocketsphinx is not installed")
    rows = []
    for name, pcm, said in voices(SENTENCES[:2] if quick else SENTENCES + STORY, quick=quick):
        for level in (None, 10.0):
            sound = pcm if level is None else under_music(pcm, level)
            rows.append(_aligned(aligner, name if level is None else f"{name}, music at 10 dB", sound, said))
    return rows


def _aligned(aligner: Aligner, name: str, sound: Pcm, said: Sequence[Said]) -> Row:
    film = Film(sound, voice_spans(sound))
    cues = _cues(said)
    before = time.process_time()
    timed = align_cues(aligner, cues, film)
    took = time.process_time() - before
    off = [
        1000 * abs(word.start - start)
        for words, one in zip(timed.words, said, strict=True)
        for word, (_, start, _) in zip(words, one.words, strict=True)
        if start >= 0
    ]
    failed = sum(any(word.timing is not Timing.ALIGNED for word in words) for words in timed.words)
    return Row(
        name, len(off), float(np.median(off)), float(np.percentile(off, 95)), failed / len(said), film.duration / took
    )


def _cues(said: Sequence[Said]) -> list[Cue]:
    """Cues as people time them, each to the start of the next at most."""
    rng = np.random.default_rng(0)
    starts = [max(0.0, one.start - rng.uniform(0, 0.3)) for one in said]
    ends = [one.end + rng.uniform(0, 0.6) for one in said]
    nexts = [*starts[1:], ends[-1]]
    return [
        Cue(start, max(start + 0.1, min(end, following)), one.text)
        for start, end, following, one in zip(starts, ends, nexts, said, strict=True)
    ]


def measure_draft(*, quick: bool = False) -> list[DraftRow]:
    """A row for each voice, in quiet and over music at 20 and 10 dB."""
    texts = STORY[:1] if quick else STORY
    return [
        _drafted(
            f"{name}{'' if level is None else f', music at {level:.0f} dB'}",
            pcm if level is None else under_music(pcm, level),
            texts,
        )
        for name, pcm, _ in voices(texts, quick=quick)
        for level in ((None,) if quick else (None, 20.0, 10.0))
    ]


def _drafted(name: str, sound: Pcm, texts: Sequence[str]) -> DraftRow:
    import jiwer

    before = time.process_time()
    words = [word for utterance in draft(sound, voice_spans(sound), lambda _fraction: None) for word in utterance]
    took = time.process_time() - before
    reference = re.sub(r"[^a-z' ]", "", " ".join(texts).lower())
    judged = jiwer.process_words(reference, " ".join(word.text for word in words))
    right = sum(part.hyp_end_idx - part.hyp_start_idx for part in judged.alignments[0] if part.type == "equal")
    confidence = float(np.mean([word.confidence for word in words])) if words else 0.0
    return DraftRow(name, judged.wer, len(sound) / RATE / took, confidence, right / max(1, len(words)))


def flite(texts: Sequence[str], voice: str) -> tuple[Pcm, tuple[Said, ...]]:
    """The texts in one of flite's voices; a word whose phones are not found begins at -1."""
    parts, said, at = [np.zeros(RATE // 2, np.int16)], [], 0.5
    for text in texts:
        sound, phones = _flite(text, voice)
        words = _matched(text.split(), phones)
        said.append(
            Said(text, tuple((word, start + at if start >= 0 else -1.0, end + at) for word, start, end in words))
        )
        parts += [sound, np.zeros(round(0.6 * RATE), np.int16)]
        at += len(sound) / RATE + 0.6
    return np.concatenate(parts), tuple(said)


def _flite(text: str, voice: str) -> tuple[Pcm, list[tuple[str, float]]]:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "said.wav"
        told = subprocess.run(
            ["flite", "-voice", voice, "-psdur", "-t", text, str(path)], capture_output=True, text=True, check=True
        ).stdout
        with wave.open(str(path)) as file:
            if file.getframerate() != RATE:
                raise RuntimeError(voice)
            sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)
    pairs = (phone.split(":") for phone in told.split())
    return sound, [(name, float(end)) for name, end in pairs]


def _matched(words: Sequence[str], phones: Sequence[tuple[str, float]]) -> Iterator[tuple[str, float, float]]:
    """Words with the times of their phones: the cheapest match of those said with those of each word alone."""
    heard = [
        (name, start, end)
        for (name, end), start in zip(phones, [0.0, *(end for _, end in phones)], strict=False)
        if name != "pau"
    ]
    alone = [
        (name, number)
        for number, word in enumerate(words)
        for name, _ in _flite(re.sub(r"[^\w'.$%-]", "", word).strip("."), "slt")[1]
        if name != "pau"
    ]
    cost = np.zeros((len(heard) + 1, len(alone) + 1))
    cost[:, 0], cost[0] = range(len(heard) + 1), range(len(alone) + 1)
    for i, (name, _, _) in enumerate(heard, 1):
        for j, (other, _) in enumerate(alone, 1):
            cost[i, j] = min(cost[i - 1, j - 1] + _unlike(name, other), cost[i - 1, j] + 1, cost[i, j - 1] + 1)
    owner: dict[int, list[int]] = {}
    i, j = len(heard), len(alone)
    while i and j:
        if abs(cost[i, j] - cost[i - 1, j - 1] - _unlike(heard[i - 1][0], alone[j - 1][0])) < 1e-9:
            owner.setdefault(alone[j - 1][1], []).append(i - 1)
            i, j = i - 1, j - 1
        elif abs(cost[i, j] - cost[i - 1, j] - 1) < 1e-9:
            i -= 1
        else:
            j -= 1
    for number, word in enumerate(words):
        own = owner.get(number)
        yield (word, heard[min(own)][1], heard[max(own)][2]) if own else (word, -1.0, -1.0)


def _unlike(one: str, other: str) -> float:
    return 0.0 if one == other else 0.3 if (one in _VOWELS) == (other in _VOWELS) else 1.5


def goals(*, quick: bool) -> list[Goal]:
    """Print the tables; what has a goal."""
    rows, drafts = measure_alignment(quick=quick), measure_draft(quick=quick)
    print(f"{'known text':40} words  start error ms median  p95   failed  x real time (one core)")
    for row in rows:
        print(f"{row.name:40} {row.words:5d} {row.median:20.1f} {row.p95:7.0f} {row.failed:7.1%} {row.speed:8.0f}")
    print(f"{'draft':40} words wrong  confidence  right  x real time")
    for one in drafts:
        print(f"{one.name:40} {one.wrong:10.1%} {one.confidence:10.2f} {one.right:8.2f} {one.speed:8.1f}", flush=True)
    quiet = [row for row in rows if "music" not in row.name]
    music = [row for row in rows if "music" in row.name]
    still = [one for one in drafts if "music" not in one.name]
    return [
        Goal("word start error, quiet, median", max(row.median for row in quiet), 15, " ms"),
        Goal("word start error, quiet, 95th percentile", max(row.p95 for row in quiet), 50, " ms"),
        Goal("word start error, music at 10 dB, median", max(row.median for row in music), 20, " ms"),
        Goal("word start error, music at 10 dB, 95th", float(np.mean([row.p95 for row in music])), 90, " ms"),
        Goal("cues that were not aligned", 100 * float(np.mean([row.failed for row in rows])), 1, " %"),
        Goal(
            "draft, words wrong, quiet",
            100 * float(np.mean([one.wrong for one in still])),
            10,
            " %",
        ),
    ]


def main() -> int:
    """Run the benchmark; the exit status says whether every goal is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one voice")
    quick = parser.parse_args().quick
    print(machine())
    return conclude("known text", goals(quick=quick), binding=not quick)


if __name__ == "__main__":
    sys.exit(main())

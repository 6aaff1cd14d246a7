"""Hearing against the truth of made sound: speakers, voice, music, tempo, loudness; its speed and memory.

usage: python -m benchmarks.perception_hearing [--quick] [--models FOLDER]

Voices are those of flite, beds and beats are made here. Without the speaker model in FOLDER, or without flite, the
rows that need them are left out.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# As in the child: threads of a library for matrices this small only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from benchmarks.measuring import Goal, conclude, machine, measure
from cutroom.model.percepts import Turn
from cutroom.perception.adapters.speaker_encoder import Encoder, load_encoder
from cutroom.perception.inside.hearing import Pcm, speakers_of
from cutroom.perception.music import music_spans, tones
from cutroom.perception.tempo import onsets, tempo_of
from cutroom.perception.voice import voice_spans
from tests.support.films import ffmpeg
from tests.support.heard import (
    RATE,
    VOICES,
    Array,
    Said,
    dialogue,
    hum,
    music,
    noise,
    old,
    room,
    swaying,
    under,
    write_wave,
)
from tests.support.models import MODELS

COLLAR = 0.25
HEAR = """
import io, json, sys
from cutroom.media.inside.conversation import Conversation
from cutroom.perception.inside.hearing import hear
video = {"path": sys.argv[1], "size": 1}
found = hear({"video": video, "folder": sys.argv[2], "models": sys.argv[3]}, Conversation(io.BytesIO(), io.BytesIO()))
print(json.dumps(found["loudness"]))
"""


def goals(models: Path, *, quick: bool) -> list[Goal]:
    """Everything that is measured here."""
    found = voice_goals(quick=quick) + music_goals(quick=quick) + tempo_goals(quick=quick)
    encoder = models / "speaker-encoder.pt"
    if encoder.is_file():
        found += speaker_goals(encoder, quick=quick)
    else:
        print(f"no speaker model in {models}: speakers are left out")
    with tempfile.TemporaryDirectory() as folder:
        found += whole_goals(Path(folder), models, quick=quick)
    return found


def main() -> int:
    """Run the benchmark; the exit status says whether every goal is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one case of each kind")
    parser.add_argument("--models", type=Path, default=MODELS)
    given = parser.parse_args()
    print(machine())
    title = "goals (quick run: not binding)" if given.quick else "goals"
    return conclude(title, goals(given.models, quick=given.quick), binding=not given.quick)


def voice_goals(*, quick: bool) -> list[Goal]:
    """Edges of utterances, false alarms, speed."""
    errors, alarms, heard, spent = [], 0.0, 0.0, 0.0
    for seed in range(1 if quick else 6):
        samples, said = dialogue(VOICES[seed % 2 : seed % 2 + 2], 3 if quick else 8, seed, (0.4, 1.0))
        begin = time.process_time()
        spans = voice_spans(samples)
        spent += time.process_time() - begin
        heard += len(samples) / RATE
        for line in said:
            errors.append(min(abs(line.start - start) for start, _ in spans))
            errors.append(min(abs(line.end - end) for _, end in spans))
    others = [noise(6), noise(6, "pink"), noise(6, "applause"), music(6, 120, "saw"), music(6, 90, "pluck")]
    for samples in others:
        alarms += sum(end - start for start, end in voice_spans(samples))
    edge = float(np.quantile(errors, 0.95))
    middle = float(np.median(errors))
    print(f"voice: edges median {1000 * middle:.0f} ms, p95 {1000 * edge:.0f} ms; {heard / spent:.0f}x real time")
    return [
        Goal("voice_edge_p95_ms", edge * 1000, 150, " ms"),
        Goal("voice_false_alarm_beyond_percent", 100 * alarms / (6 * len(others)), 1, " %"),
        Goal("voice_time_share", spent / heard, 1 / 30),
    ]


def music_goals(*, quick: bool) -> list[Goal]:
    """Whether music is present, in seconds of sound of each kind."""
    kinds: dict[str, list[float]] = {}
    for seed in range(1 if quick else 4):
        for name, samples, present in [*_no_music(seed, quick=quick), *_music_cases(seed, quick=quick)]:
            length = len(samples) / RATE
            voice = voice_spans(samples)
            spans = music_spans(tones([samples], voice).held, onsets([samples]), voice, length)
            found = sum(end - start for start, end in spans)
            row = kinds.setdefault(name, [0.0, 0.0, 0.0, 0.0])
            for at, value in enumerate(
                (length, found * present, found * (not present), max(0.0, length - found) * present)
            ):
                row[at] += value
    for name, (length, _, wrong, missed) in kinds.items():
        print(f"music, {name}: {length:.0f} s, taken for music {wrong:.1f} s, missed {missed:.1f} s")
    _, right, wrong, missed = (sum(row[at] for row in kinds.values()) for at in range(4))
    score = 2 * right / (2 * right + wrong + missed)
    print(f"music: F1 by seconds {score:.3f}, taken for music {wrong:.1f} s, missed {missed:.1f} s")
    return [Goal("music_f1_beyond_one", 1 - score, 0.02, "")]


def _no_music(seed: int, *, quick: bool) -> list[tuple[str, Array, bool]]:
    """Speech and noise that lead astray: rooms, old recordings, the mains, crowds."""
    speech, _ = dialogue(VOICES[seed % 3 : seed % 3 + 2], 2 if quick else 5, seed)
    length = len(speech) / RATE
    cases = {
        "speech": speech,
        "speech in an old recording": old(speech, seed),
        "speech in an old recording of a room": old(room(speech, 1.2, seed), seed),
        "speech in a room, hum": under(room(speech, 0.8, seed), hum(length, (50, 60)[seed % 2]), 25),
        "speech and applause": under(speech, room(noise(length, "applause", seed), 1.0, seed), 10),
        "applause in a hall": room(noise(8, "applause", seed), 1.0, seed),
        "noise": np.concatenate([noise(8, seed=seed), noise(8, "pink", seed)]),
    }
    if quick:
        return [(name, samples, False) for name, samples in cases.items()]
    cases |= {f"speech in a room, {answer} s": room(speech, answer, seed) for answer in (0.3, 0.6, 1.0, 1.6, 2.5)}
    cases |= {f"speech, hum {hertz} Hz": under(speech, hum(length, hertz), 20) for hertz in (50, 60)}
    crowd = sum(np.resize(np.roll(dialogue((voice,), 4, seed + 9 * at)[0], 7919 * at), 8 * RATE)
                for at, voice in enumerate(VOICES * 5))  # fmt: skip
    cases["crowd"] = room(np.asarray(crowd), 1.0, seed)
    return [(name, samples, False) for name, samples in cases.items()]


def _music_cases(seed: int, *, quick: bool) -> list[tuple[str, Array, bool]]:
    speech, _ = dialogue(VOICES[seed % 3 : seed % 3 + 2], 2 if quick else 4, seed)
    cases = []
    for number, timbre in enumerate(("pluck",) if quick else ("pluck", "organ", "saw", "square", "swaying", "none")):
        drums = "rock" if timbre == "none" else "none" if number % 2 else "rock"
        played = (
            swaying(8, seed)
            if timbre == "swaying"
            else music(8, 80 + 17 * number + 5 * seed, timbre, drums, root=3 * number)
        )
        name = {"none": "drums", "swaying": "vibrato"}.get(timbre, "chords")
        cases += [(name, played, True), (f"{name} in an old recording", old(room(played, 1.0, seed), seed), True)]
        cases += [(f"{name} {level} dB under speech", under(speech, played, level), True) for level in (20, 10, 5)]
        cases.append((f"{name} and speech in a room", room(under(speech, played, 10), 0.8, seed), True))
    return cases


def tempo_goals(*, quick: bool) -> list[Goal]:
    """Tempo of beats of many kinds from 60 to 190 a minute."""
    exact = octave = count = 0
    for bpm in (128,) if quick else (60, 67, 75, 84, 92, 101, 110, 120, 128, 139, 150, 163, 174, 190):
        for timbre, drums in (
            ("none", "click"),
            ("none", "rock"),
            ("pluck", "none"),
            ("saw", "rock"),
            ("organ", "four"),
        ):
            found = tempo_of(onsets([music(12, bpm, timbre, drums)])).bpm or 0.0
            exact += abs(found / bpm - 1) < 0.01
            octave += any(abs(found / bpm / factor - 1) < 0.015 for factor in (0.5, 1, 2))
            count += 1
    print(f"tempo: {exact} of {count} within 1 %, {octave} within that or an octave")
    return [
        Goal("tempo_missed_beyond_percent", 100 * (1 - exact / count), 5, " %"),
        Goal("tempo_beyond_octave_percent", 100 * (1 - octave / count), 0, " %"),
    ]


def speaker_goals(path: Path, *, quick: bool) -> list[Goal]:
    """Diarization error with a collar of 0.25 s, and how often the number of speakers is right."""
    encoder = load_encoder(path)
    goals = []
    for name, decibels, most in (("clean", None, 4.0), ("10db", 10.0, 8.0)):
        errors, counted, seconds, spent = [], [], 0.0, 0.0
        for number, seed in [(2, 0)] if quick else itertools.product((1, 2, 3, 4), range(3)):
            voices = tuple(np.random.default_rng(seed + 10 * number).permutation(VOICES)[:number].tolist())
            samples, said = dialogue(voices, 4 if quick else max(6, 4 * number), seed)
            if decibels is not None:
                samples = under(samples, music(20, 100 + 9 * seed, ("pluck", "organ", "saw")[seed % 3]), decibels)
            begin = time.process_time()
            turns = diarized(samples, encoder)
            spent += time.process_time() - begin
            seconds += len(samples) / RATE
            errors.append(error_rate(turns, said, len(samples) / RATE))
            counted.append(len({turn.speaker for turn in turns}) == number)
        mean, share = 100 * float(np.mean(errors)), 100 * float(np.mean(counted))
        print(
            f"speakers, {name}: error {mean:.1f} %, number right {share:.0f} %, {seconds / spent:.0f}x real time (CPU)"
        )
        goals.append(Goal(f"speakers_{name}_error_beyond_percent", mean, most, " %"))
        goals.append(Goal(f"speakers_{name}_miscounted_beyond_percent", 100 - share, 10, " %"))
    return goals


def diarized(samples: Array, encoder: Encoder) -> list[Turn]:
    """The turns of a sound."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sound.s16"
        (samples * 32767).astype("<i2").tofile(file)
        return speakers_of(Pcm(file), encoder)


def error_rate(turns: list[Turn], said: list[Said], duration: float) -> float:
    """Missed, false and confused time over the time of speech, names matched as well as they can be."""
    count = int(duration * 100) + 1
    names, voices = sorted({turn.speaker for turn in turns}), sorted({line.voice for line in said})
    wanted, found, counts = np.zeros(count, int), np.zeros(count, int), np.ones(count, bool)
    for line in said:
        wanted[int(line.start * 100) : int(line.end * 100)] = 1 + voices.index(line.voice)
        for edge in (line.start, line.end):
            counts[max(0, int((edge - COLLAR) * 100)) : int((edge + COLLAR) * 100)] = False
    for turn in turns:
        found[int(turn.start * 100) : int(turn.end * 100)] = 1 + names.index(turn.speaker)
    wanted, found = wanted[counts], found[counts]
    size = max(len(names), len(voices))
    both = np.array([[((found == i + 1) & (wanted == j + 1)).sum() for j in range(size)] for i in range(size)])
    best = max(sum(both[i, j] for i, j in enumerate(order)) for order in itertools.permutations(range(size)))
    return float(((wanted > 0) | (found > 0)).sum() - best) / max(1, int((wanted > 0).sum()))


def whole_goals(folder: Path, models: Path, *, quick: bool) -> list[Goal]:
    """A whole film's sound in a process of its own: loudness against ffmpeg's word, speed, memory of a long one."""
    speech, _ = dialogue(VOICES[:2], 3 if quick else 6, 1)
    short = write_wave(folder / "short.wav", under(speech, music(len(speech) / RATE, 120, "pluck"), 15))
    used = measure([sys.executable, "-c", HEAR, short, folder, models])
    found = subprocess.run(
        [sys.executable, "-c", HEAR, short, folder, "none"], capture_output=True, text=True, check=True, timeout=900
    )
    theirs = subprocess.run(
        [ffmpeg(), "-nostats", "-hide_banner", "-i", short, "-af", "ebur128=peak=true", "-f", "null", "-"],
        capture_output=True, text=True, check=True,
    ).stderr.rpartition("Summary:")[2]  # fmt: skip
    wanted = float(re.findall(r"I: +(\S+)", theirs)[0])
    error = abs(float(json.loads(found.stdout)["integrated_lufs"]) - wanted)
    seconds = len(speech) / RATE
    print(
        f"whole: loudness off by {error:.2f} LU, {seconds:.0f} s in {used.cpu:.1f} s of CPU, {used.peak / 1e6:.0f} MB"
    )
    goals = [
        Goal("loudness_beyond_lu", error, 1, " LU"),
        Goal("hearing_cpu_share", used.cpu / seconds, 1),
    ]
    if not quick:
        long = folder / "long.mka"
        loops = int(3 * 3600 / seconds)
        subprocess.run(
            [ffmpeg(), "-v", "error", "-nostdin", "-stream_loop", str(loops), "-i", short, "-c:a", "libmp3lame", long],
            check=True,
        )
        lasting = measure([sys.executable, "-c", HEAR, long, folder, models], timeout=3600)
        print(f"three hours: {lasting.cpu:.0f} s of CPU, peak {lasting.peak / 1e6:.0f} MB")
        goals.append(Goal("hearing_three_hours_mb", lasting.peak / 1e6, 600, " MB"))
    return goals


if __name__ == "__main__":
    sys.exit(main())

"""Everything heard of whole files: every field filled or None, and why."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cutroom.media.inside import wire
from cutroom.media.inside.conversation import Conversation
from cutroom.model.percepts import Hearing
from cutroom.perception.inside.hearing import hear
from tests.support.heard import RATE, Samples, dialogue, music, needs_voices, write_wave


def heard(path: Path, folder: Path, models: Path | None = None) -> Hearing:
    params = {"video": {"path": str(path), "size": path.stat().st_size}, "folder": str(folder)}
    packed = hear(params | {"models": str(models or folder)}, Conversation(io.BytesIO(), io.BytesIO()))
    return wire.unpack(Hearing, packed)


pytestmark = pytest.mark.slow


@needs_voices
def test_speech_is_heard_with_all_there_is_to_it(tmp_path: Path) -> None:
    samples, said = dialogue(("slt", "rms"), 3, seed=3, gap=(0.5, 0.8))
    found = heard(write_wave(tmp_path / "a.wav", samples), tmp_path)
    assert found.duration == pytest.approx(len(samples) / RATE, abs=0.001)
    assert (tmp_path / "sound.s16").stat().st_size == 2 * len(samples)
    assert len(found.energy) == int(np.ceil(found.duration))
    assert found.voice_seconds == pytest.approx(sum(line.end - line.start for line in said), rel=0.1)
    assert not found.music.present
    assert found.speech_to_rest_db is not None
    assert found.speech_to_rest_db > 40
    assert found.bandwidth_hz is not None
    assert found.bandwidth_hz > 5000
    assert {event.label for event in found.events} == {"speech", "silence"}
    assert found.turns is None
    assert {missing.sense for missing in found.missing} == {"speakers", "sound_events"}


@pytest.mark.parametrize("kind", ["silent", "music", "short"])
def test_what_has_no_speech_is_heard_too(tmp_path: Path, kind: str) -> None:
    made: dict[str, Samples] = {"silent": np.zeros(RATE), "music": music(6, 120, "pluck"), "short": music(0.5, 120)}
    found = heard(write_wave(tmp_path / "a.wav", made[kind]), tmp_path)
    assert found.voice == ()
    assert found.speech_to_rest_db is None
    assert found.bandwidth_hz is None
    assert found.music.present == (kind != "silent")
    assert bool(found.silences) == (kind == "silent")
    assert (found.loudness.integrated_lufs is None) == (kind == "silent")


def test_the_same_file_gives_the_same_answer(tmp_path: Path) -> None:
    path = write_wave(tmp_path / "a.wav", music(3, 130, "saw"))
    assert heard(path, tmp_path) == heard(path, tmp_path)


def test_a_damaged_model_is_missing(tmp_path: Path) -> None:
    (tmp_path / "speaker-encoder.pt").write_bytes(b"none")
    found = heard(write_wave(tmp_path / "a.wav", np.zeros(RATE)), tmp_path)
    assert found.turns is None
    assert "damaged" in found.missing[0].reason


def test_memory_does_not_grow_with_the_film(tmp_path: Path) -> None:
    peaks = []
    for minutes in (1, 3):
        bar = music(12, 120, "organ")
        path = write_wave(tmp_path / f"{minutes}.wav", np.tile(bar, minutes * 5))
        program = (
            "import io, sys\n"
            "from cutroom.media.inside.conversation import Conversation\n"
            "from cutroom.perception.inside.hearing import hear\n"
            "video = {'path': sys.argv[1], 'size': 1}\n"
            "hear({'video': video, 'folder': sys.argv[2], 'models': ''}, Conversation(io.BytesIO(), io.BytesIO()))\n"
            # A child inherits its parent's ru_maxrss, that of these tests; VmHWM (kB) begins with the program.
            "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, path, tmp_path],
            capture_output=True, text=True, check=True, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
        peaks.append(int(done.stdout))
    assert peaks[1] < 1.15 * peaks[0]

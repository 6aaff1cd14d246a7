"""Speech of which every word's time is known: festival says when its own words begin and end. And music under it.

Sound is 16 kHz mono, 16 bit. Where festival is not installed nothing can be said, and tests that need it are skipped.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Pcm = npt.NDArray[np.int16]
RATE = 16000
INSTALLED = shutil.which("festival") is not None
MISSING = "festival is not installed"

SENTENCES = (
    "The quick brown fox jumps over the lazy dog, doesn't it?",
    "In 1999 it cost $25.50 at the store.",
    "I spent three years learning how to bake bread, and most of what I read was wrong.",
    "Dr. Smith said that 42 percent of the patients recovered within 3 weeks.",
    "My friend Xiomara Kowalczyk moved from Reykjavik to Albuquerque.",
    "When the rain stopped, we walked along the river and talked about music, films, and old friends.",
    "You can download the CutroomPro app on GitHub, or install it with npm.",
    "Honestly, I think that's the best part of the whole story.",
)
_PROGRAM = """
(voice_kal_diphone)
(Parameter.set 'Duration_Stretch {stretch})
(define (say text file)
  (let ((utt (eval (list 'Utterance 'Text text))))
    (utt.synth utt)
    (utt.save.wave utt file 'riff)
    (mapcar
      (lambda (token)
        (if (not (item.parent token))
          (begin
            (format t "%s" (item.name token))
            (mapcar
              (lambda (word) (format t "\\t%f\\t%f" (item.feat word 'word_start) (item.feat word 'word_end)))
              (item.daughters token))
            (format t "\\n"))))
      (utt.relation.items utt 'Token))
    (format t "END\\n")))
"""


@dataclass(frozen=True, slots=True)
class Said:
    """A text, and its words as written with the times (s) at which they begin and end."""

    text: str
    words: tuple[tuple[str, float, float], ...]

    @property
    def start(self) -> float:
        return self.words[0][1]

    @property
    def end(self) -> float:
        return self.words[-1][2]

    def later(self, by: float) -> Said:
        return Said(self.text, tuple((text, start + by, end + by) for text, start, end in self.words))


@functools.cache
def say(texts: tuple[str, ...] = SENTENCES, *, stretch: float = 1.0, gap: float = 0.6) -> tuple[Pcm, tuple[Said, ...]]:
    """The texts one after the other, ``gap`` s of silence after each."""
    with tempfile.TemporaryDirectory() as place:
        calls = [f'(say "{text}" "{place}/{number}.wav")' for number, text in enumerate(texts)]
        program = Path(place) / "say.scm"
        program.write_text(_PROGRAM.replace("{stretch}", str(stretch)) + "\n".join(calls))
        told = subprocess.run(["festival", "-b", str(program)], capture_output=True, text=True, check=True).stdout
        sounds = [_read(Path(place) / f"{number}.wav") for number in range(len(texts))]
    parts, said, at = [np.zeros(RATE // 2, np.int16)], [], 0.5
    for text, sound, lines in zip(texts, sounds, told.split("END\n"), strict=False):
        said.append(Said(text, _words(text, lines)).later(at))
        parts += [sound, np.zeros(round(gap * RATE), np.int16)]
        at += len(sound) / RATE + round(gap * RATE) / RATE
    return np.concatenate(parts), tuple(said)


def _words(text: str, lines: str) -> tuple[tuple[str, float, float], ...]:
    """One for each written word; what it is said with in several is one."""
    spans = []
    for line in lines.splitlines():
        times = [float(time) for time in line.split("\t")[1:]]
        known = [(start, end) for start, end in zip(times[::2], times[1::2], strict=True) if end > start]
        if known:
            spans.append((known[0][0], known[-1][1]))
    return tuple((word, start, end) for word, (start, end) in zip(text.split(), spans, strict=True))


def _read(path: Path) -> Pcm:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)


def write(path: Path, pcm: Pcm) -> Path:
    """The sound as a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm.astype("<i2").tobytes())
    return path


def music(samples: int) -> npt.NDArray[np.float64]:
    """Chords that fade and a drum twice a second."""
    times = np.arange(samples) / RATE
    sound = np.zeros(samples)
    chords = ((220, 277, 330), (196, 247, 294), (175, 220, 262), (165, 208, 247))
    for second in range(samples // RATE + 1):
        part = slice(second * RATE, min(samples, (second + 1) * RATE))
        fading = np.exp(-2 * (times[part] - second))
        for note in chords[second % 4]:
            for harmonic in range(1, 6):
                sound[part] += np.sin(2 * np.pi * note * harmonic * times[part]) * fading / harmonic
    noise = np.random.default_rng(0).normal(0, 1.5, RATE // 10) * np.exp(-np.arange(RATE // 10) / 300)
    for beat in range(0, samples, RATE // 2):
        sound[beat : beat + RATE // 10] += noise[: samples - beat]
    return sound


def under_music(pcm: Pcm, decibels: float) -> Pcm:
    """Speech that is so much louder than the music under it."""
    sound, bed = pcm.astype(np.float64), music(len(pcm))
    loud = float(np.mean(sound[np.abs(sound) > 200] ** 2))
    bed *= np.sqrt(loud / float(np.mean(bed**2)) / 10 ** (decibels / 10))
    return np.asarray(np.clip(sound + bed, -32768, 32767), np.int16)


def only_music(seconds: float) -> Pcm:
    sound = music(round(seconds * RATE))
    return np.asarray(sound / np.abs(sound).max() * 12000, np.int16)


def as_srt(said: Sequence[Said], *, by: float = 0.0, texts: Sequence[str] | None = None) -> str:
    """Subtitles of it, ``by`` s late."""

    def clock(time: float) -> str:
        seconds, thousandths = divmod(round(max(0.0, time) * 1000), 1000)
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d},{thousandths:03d}"

    shown = texts or [one.text for one in said]
    return "\n".join(
        f"{number}\n{clock(one.start + by)} --> {clock(one.end + by)}\n{text}\n"
        for number, (one, text) in enumerate(zip(said, shown, strict=True), 1)
    )

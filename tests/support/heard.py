"""Sound with known truth: dialogues of speaking programs, music of a known tempo and key, noises, and mixtures."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import wave
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.support.films import cache_root

Array = npt.NDArray[np.float32]
Samples = npt.NDArray[np.floating]
RATE = 16_000
VOICES = ("slt", "rms", "awb", "kal")
"""Of flite; "festival" is its default one."""
SENTENCES = (
    "I think we should start the meeting a little earlier tomorrow morning.",
    "She sold her old car and bought a bicycle instead.",
    "Most people never notice how quiet the city is at four in the morning.",
    "The train was late again, so everyone waited on the cold platform.",
    "In nineteen sixty nine, two men walked on the moon for the first time.",
    "Take two cups of flour, a pinch of salt, and one egg.",
    "You can find more information about it on our website.",
    "The company grew from three people in a garage to five hundred employees.",
    "Could you please explain how this machine works?",
    "It rained for days and the water came up to the windows.",
)
CHORDS = {
    "major": ((0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7)),
    "minor": ((0, 3, 7), (5, 8, 12), (7, 11, 14), (0, 3, 7)),
}

needs_voices = pytest.mark.skipif(not shutil.which("flite"), reason="flite is not installed")


@dataclass(frozen=True, slots=True)
class Said:
    """What one voice says from ``start`` to ``end`` (s)."""

    start: float
    end: float
    voice: str


@cache
def say(voice: str, text: str) -> Array:
    """Speech without the stillness around it, at -22 dBFS."""
    path = cache_root() / f"said-{hashlib.sha256(f'{voice} {text}'.encode()).hexdigest()[:16]}.wav"
    if not path.exists():
        part = path.with_suffix(".part.wav")
        if voice == "festival":
            subprocess.run(["text2wave", "-o", part], input=text.encode(), check=True, capture_output=True)
        else:
            subprocess.run(["flite", "-voice", voice, "-t", text, "-o", part], check=True, capture_output=True)
        part.replace(path)
    with wave.open(str(path)) as file:
        raw = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        rate = file.getframerate()
    samples = raw.astype(np.float32) / 32768
    if rate != RATE:
        at = np.arange(int(len(samples) * RATE / rate)) * rate / RATE
        samples = np.interp(at, np.arange(len(samples)), samples).astype(np.float32)
    level = np.sqrt(np.convolve(samples**2, np.ones(160) / 160, "same"))
    loud = np.flatnonzero(level > level.max() * 0.02)
    samples = samples[loud[0] : loud[-1] + 1]
    return scaled(samples, 0.08)


def dialogue(
    voices: tuple[str, ...], lines: int, seed: int, gap: tuple[float, float] = (0.3, 0.9)
) -> tuple[Array, list[Said]]:
    """Voices that take turns, in sentences by chance; half a second of nothing before."""
    rng = np.random.default_rng(seed)
    parts, said, at = [np.zeros(RATE // 2, np.float32)], [], 0.5
    for line in range(lines):
        voice = voices[line % len(voices)]
        samples = say(voice, SENTENCES[int(rng.integers(len(SENTENCES)))])
        pause = np.zeros(int(RATE * rng.uniform(*gap)), np.float32)
        parts += [samples, pause]
        said.append(Said(at, at + len(samples) / RATE, voice))
        at += (len(samples) + len(pause)) / RATE
    return np.concatenate(parts), said


def music(
    seconds: float, bpm: float, timbre: str = "organ", drums: str = "rock", *, root: int = 0, mode: str = "major"
) -> Array:
    """Chords and bass on every beat, a bar each, and drums; the first beat at 0."""
    rng = np.random.default_rng(int(bpm) + root)
    out = np.zeros(int(seconds * RATE) + RATE)
    beat = 60 / bpm
    for number in range(int(seconds / beat) + 1):
        at, length = number * beat, int(beat * RATE)
        fade = np.minimum(1, np.arange(length)[::-1] / 400) * np.exp(-np.arange(length) / RATE / 0.8)
        for degree in CHORDS[mode][number // 4 % 4] if timbre != "none" else ():
            _put(out, 0.12 * fade * tone(_hertz(60 + root + degree), length, timbre, rng), at)
        if timbre != "none":
            _put(out, 0.25 * fade * tone(_hertz(36 + root + CHORDS[mode][number // 4 % 4][0]), length, "sine", rng), at)
        _drum(out, drums, number, at, beat, rng)
    return scaled(out[: int(seconds * RATE)], 0.1)


def _drum(out: Samples, drums: str, number: int, at: float, beat: float, rng: np.random.Generator) -> None:
    time = np.arange(3200) / RATE
    kick = np.sin(2 * np.pi * (50 * time + 2 * (1 - np.exp(-time / 0.03)))) * np.exp(-time / 0.08)
    snare = rng.standard_normal(3200) * np.exp(-time / 0.06)
    hat = np.diff(rng.standard_normal(1201)) * np.exp(-time[:1200] / 0.02)
    if drums == "click":
        _put(out, 0.5 * np.sin(2 * np.pi * 1000 * time[:400]) * np.exp(-time[:400] / 0.01), at)
    if drums == "four" or (drums == "rock" and number % 2 == 0):
        _put(out, 0.6 * kick, at)
    if drums == "rock" and number % 2:
        _put(out, 0.3 * snare, at)
    if drums in {"rock", "four"}:
        _put(out, 0.3 * hat, at)
        _put(out, 0.2 * hat, at + beat / 2)


def tone(hertz: float, length: int, timbre: str, rng: np.random.Generator) -> Samples:
    """One note: "sine", "organ", "saw", "square", or a plucked string."""
    time = np.arange(length) / RATE
    if timbre == "pluck":
        period = max(2, int(RATE / hertz))
        ring, out = rng.uniform(-1, 1, period), np.empty(length)
        for at in range(0, length, period):
            part = out[at : at + period]
            part[:] = ring[: len(part)]
            ring = 0.498 * (ring + np.roll(ring, 1))
        return out
    highest = max(2, int(7000 / hertz))
    partials = {"sine": (1,), "organ": (1, 2, 3, 4, 6), "saw": range(1, highest), "square": range(1, highest, 2)}[
        timbre
    ]
    return np.asarray(sum(np.sin(2 * np.pi * hertz * n * time) / n for n in partials))


def noise(seconds: float, colour: str = "white", seed: int = 0) -> Array:
    """ "white", "pink" or "brown" noise, or "applause": claps by the hundred."""
    rng = np.random.default_rng(seed)
    count = int(seconds * RATE)
    if colour == "applause":
        out = np.zeros(count + RATE)
        for at in rng.uniform(0, seconds, int(100 * seconds)):
            _put(out, rng.uniform(0.2, 1) * rng.standard_normal(400) * np.exp(-np.arange(400) / 80), float(at))
        return scaled(out[:count], 0.08)
    spectrum = np.fft.rfft(rng.standard_normal(count))
    hertz = np.maximum(np.fft.rfftfreq(count, 1 / RATE), 20)
    return scaled(np.fft.irfft(spectrum * hertz ** -{"white": 0.0, "pink": 0.5, "brown": 1.0}[colour], count), 0.08)


def room(samples: Samples, seconds: float, seed: int = 0) -> Array:
    """The same in a room that falls by 60 dB in so many seconds, as loud as what comes straight."""
    time = np.arange(int(1.2 * seconds * RATE)) / RATE
    answer = np.random.default_rng(seed).standard_normal(len(time)) * 10 ** (-3 * time / seconds)
    answer[: RATE // 250] = 0
    answer /= np.sqrt(np.square(answer).sum())
    answer[0] = 1
    size = len(samples) + len(answer)
    heard = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(answer, size), size)
    return scaled(heard[: len(samples)], 0.08)


def old(samples: Samples, seed: int = 0) -> Array:
    """The same as an old recording has it: from 200 Hz to 4 kHz, with hiss and crackle."""
    rng = np.random.default_rng(seed)
    hertz = np.maximum(1, np.fft.rfftfreq(len(samples), 1 / RATE))
    heard = np.fft.irfft(
        np.fft.rfft(samples) / np.sqrt((1 + (200 / hertz) ** 8) * (1 + (hertz / 4000) ** 12)), len(samples)
    )
    clicks = np.zeros(len(samples))
    for at in rng.uniform(0, len(samples) / RATE, int(10 * len(samples) / RATE)):
        _put(clicks, rng.uniform(0.1, 1) * rng.standard_normal(60) * np.exp(-np.arange(60) / 8), float(at))
    hiss = noise(len(samples) / RATE + 0.01, "white", seed)[: len(samples)]
    return scaled(heard, 0.08) + hiss * np.float32(0.04) + scaled(clicks, 0.004)


def hum(seconds: float, hertz: float = 50) -> Array:
    """What the mains put into a recording."""
    time = np.arange(int(seconds * RATE)) / RATE
    return scaled(np.asarray(sum(np.sin(2 * np.pi * hertz * n * time + n) / n for n in range(1, 13))), 0.08)


def swaying(seconds: float, seed: int = 0) -> Array:
    """A melody with vibrato, as sung or bowed: six sways a second of a third of a semitone."""
    rng = np.random.default_rng(seed)
    out = np.zeros(int(seconds * RATE) + RATE)
    at, note = 0.0, 64
    while at < seconds:
        length = int(RATE * rng.choice([0.5, 0.7, 1.0]))
        time = np.arange(length) / RATE
        phase = np.cumsum(2 * np.pi * _hertz(note) / RATE * 2 ** (0.33 / 12 * np.sin(2 * np.pi * 6 * time)))
        fade = np.minimum(1, np.minimum(time, time[::-1]) / 0.05)
        _put(out, fade * sum(np.sin(n * phase) / n for n in range(1, 9)), at)
        at += length / RATE
        note = int(np.clip(note + rng.choice([-4, -2, 2, 3, 5]), 55, 76))
    return scaled(out[: int(seconds * RATE)], 0.1)


def under(speech: Array, bed: Array, decibels: float) -> Array:
    """``bed`` so much below the speech that both together are heard."""
    power = np.square(speech[np.abs(speech) > 1e-4]).mean()
    bed = np.resize(bed, len(speech))
    return speech + bed * np.float32(np.sqrt(power / np.square(bed).mean() / 10 ** (decibels / 10)))


def scaled(samples: Samples, level: float) -> Array:
    """The same with this RMS level."""
    return np.asarray(samples * (level / (np.sqrt(np.square(samples).mean()) + 1e-12)), np.float32)


def write_wave(path: Path, samples: Samples, rate: int = RATE) -> Path:
    """A file of 16 bit PCM: mono, or ``[n, channels]``."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 32767 / 32768) * 32768).astype("<i2").tobytes())
    return path


def _put(out: Samples, samples: Samples, at: float) -> None:
    first = round(at * RATE)
    part = out[first : first + len(samples)]
    part += samples[: len(part)]


def _hertz(note: int) -> float:
    return float(440 * 2 ** ((note - 69) / 12))

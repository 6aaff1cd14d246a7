"""Pictures and sound of the generated films: cheap moving textures, a numbered bar code, noise that never repeats.

The bar code is two rows across the top of the shown picture: 20 cells, lowest bit first (left), and below it the same
cells inverted. A reader compares the two rows, so levels, palettes, scaling and tone mapping do not matter, and a
picture that is mirrored, turned or blended of two does not read as a plausible neighbour.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

BITS = 20
BAND = 0.085
"""Height of one of the two rows as a share of the picture's height."""
UNREADABLE = -1
SAMPLE_RATE = 48000

Plane = npt.NDArray[np.uint8]
Samples = npt.NDArray[np.float32]


def _texture(rng: np.random.Generator, width: int, height: int) -> Plane:
    """Something between clouds and a street: 1/f noise with a few hard edges."""
    fy, fx = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    spectrum = np.sqrt(fx * fx + fy * fy)
    spectrum[0, 0] = 1
    noise = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((height, width))) / spectrum, s=(height, width))
    plane: Plane = np.clip(noise / noise.std() * 30 + rng.uniform(80, 150), 16, 235).astype(np.uint8)
    for _ in range(6):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        plane[y : y + height // 6, x : x + width // 8] = rng.integers(20, 230)
    return plane


def _band(number: int, width: int, high: int, low: int) -> tuple[Plane, Plane]:
    edges = np.arange(width) * BITS // width
    bits = (number >> edges) & 1
    return np.where(bits, high, low).astype(np.uint8), np.where(bits, low, high).astype(np.uint8)


def stamp(luma: Plane, number: int, *, high: int = 235, low: int = 16) -> None:
    """Write ``number`` (0 <= number < 2**20) into the top of a picture, in place."""
    rows = max(4, round(luma.shape[0] * BAND))
    luma[:rows], luma[rows : 2 * rows] = _band(number, luma.shape[1], high, low)


def read_number(luma: npt.NDArray[np.generic]) -> int:
    """The number stamped into an upright picture, or ``UNREADABLE``. Works on any size and any levels."""
    height, width = luma.shape
    rows = max(4.0, height * BAND)
    first = luma[int(rows * 0.35) : max(int(rows * 0.7), int(rows * 0.35) + 1)].astype(np.float32).mean(0)
    second = luma[int(rows * 1.35) : max(int(rows * 1.7), int(rows * 1.35) + 1)].astype(np.float32).mean(0)
    difference = first - second
    cell = width / BITS
    sums = np.concatenate(([0.0], np.cumsum(difference, dtype=np.float64)))
    begins = (cell * (np.arange(BITS) + 0.3)).astype(int)
    ends = np.minimum((cell * (np.arange(BITS) + 0.7)).astype(int) + 1, width)
    values = (sums[ends] - sums[begins]) / (ends - begins)
    if np.abs(values).min() < 40:
        return UNREADABLE
    return int(((values > 0).astype(np.int64) << np.arange(BITS)).sum())


def scene_lengths(seed: int, frames: int, rate: float) -> list[int]:
    """Lengths in frames of the scenes of a film, 2 to 7 s each."""
    rng = np.random.default_rng([seed, 1])
    lengths: list[int] = []
    while sum(lengths) < frames:
        lengths.append(int(rng.uniform(2, 7) * rate))
    return lengths


def paint(
    width: int, height: int, frames: int, *, seed: int, rate: float, first: int = 0, subsampled: bool = True,
    cuts: bool = True, grain: float = 0.0,
) -> Iterator[bytes]:  # fmt: skip
    """Raw planar YUV pictures (4:2:0, or 4:4:4 unless ``subsampled``), numbered from ``first``.

    ``cuts=False`` is one take. ``grain`` is the strength of film grain, which is what costs bits.
    """
    rng = np.random.default_rng([seed, 0])
    wide, tall = width + width // 2, height + height // 2
    textures = [_texture(rng, wide, tall) for _ in range(4)]
    noise = np.abs(rng.normal(0, grain, (height + 64, width + 64))).astype(np.uint8)
    chroma = (-(-width // 2), -(-height // 2)) if subsampled else (width, height)
    lengths = scene_lengths(seed, frames, rate) if cuts else [frames]
    number = first
    for scene, length in enumerate(lengths):
        texture = textures[scene % len(textures)]
        u = np.full(chroma[::-1], 100 + 37 * scene % 60, np.uint8).tobytes()
        v = np.full(chroma[::-1], 105 + 23 * scene % 50, np.uint8).tobytes()
        phase = float(rng.uniform(0, 6))
        for j in range(min(length, first + frames - number)):
            x = int((wide - width) * (0.5 + 0.45 * np.sin(j / 40 + phase)))
            y = int((tall - height) * (0.5 + 0.45 * np.cos(j / 55 + phase)))
            luma = texture[y : y + height, x : x + width].copy()
            if grain:
                a, b = rng.integers(0, 64, 2)
                luma += noise[a : a + height, b : b + width]
            stamp(luma, number)
            yield luma.tobytes() + u + v
            number += 1


def sound(seed: int, seconds: float, rate: int = SAMPLE_RATE) -> Samples:
    """Mono noise of 150-3500 Hz that never repeats: one sharp peak in a cross-correlation, and it survives codecs."""
    count = round(seconds * rate)
    rng = np.random.default_rng([seed, 2])
    spectrum = np.fft.rfft(rng.standard_normal(count))
    frequencies = np.fft.rfftfreq(count, 1 / rate)
    spectrum[(frequencies < 150) | (frequencies > 3500)] = 0
    samples = np.fft.irfft(spectrum, count)
    loud: Samples = (samples / np.abs(samples).max() * 0.7).astype(np.float32)
    return loud

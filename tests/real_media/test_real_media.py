"""Real recordings, which the repository does not carry: probed right, cut exactly, made into GIF and MP3.

``CUTROOM_REAL_MEDIA`` names their folder. Pictures carry no numbers here, so each picture of a clip is compared with
the source's picture of that time and with its neighbours.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from cutroom.media.engine import Engine
from cutroom.media.input import Source
from cutroom.model.clip import CutRequest, Format, Mode
from tests.support import oracle, reader
from tests.support.film_spec import Film, FilmSpec

FOLDER = Path(os.environ.get("CUTROOM_REAL_MEDIA") or Path(__file__).resolve().parents[3] / "shared" / "media")

pytestmark = [
    pytest.mark.real_media,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="no real recordings here (CUTROOM_REAL_MEDIA names their folder)"),
]


@dataclass(frozen=True)
class Known:
    """What decoding every picture and sample of a recording by other means has shown."""

    name: str
    container: str
    codec: str | None
    size: tuple[int, int] | None
    pictures: int
    duration: Fraction
    sound: str
    rate: int


KNOWN = [
    Known("film.mp4", "mov", "h264", (640, 360), 241, Fraction("9.64"), "mp3", 44100),
    Known("animation.webm", "matroska", "vp8", (1280, 720), 720, Fraction("29.999"), "vorbis", 44100),
    Known("no_duration.webm", "matroska", "vp9", (1280, 720), 74, Fraction("4.938"), "opus", 48000),
    Known("speech.flac", "flac", None, None, 0, Fraction(11), "flac", 44100),
]
FILMED = [known.name for known in KNOWN if known.pictures]
RANGES = [(Fraction("0.5"), Fraction("2.7")), (Fraction("1.234"), Fraction("4.321")), (Fraction(0), Fraction("4.9"))]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as engine:
        yield engine


Small = npt.NDArray[np.float32]


def small(path: Path, most: int | None = None) -> list[Small]:
    """Every picture, or the first ``most``, 64 x 36 and grey: enough to tell one from the next."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        frames = itertools.islice(container.decode(stream), most)
        return [f.reformat(64, 36, "gray", interpolation="AREA").to_ndarray().astype(np.float32) for f in frames]


@lru_cache(maxsize=4)
def recording(name: str) -> Film:
    """A recording as a film; its pictures' numbers are their places in the file."""
    path = FOLDER / name
    shown = reader.read_pictures(path)
    counted = tuple(type(s)(s.pts, s.duration, place) for place, s in enumerate(shown))
    return Film(FilmSpec(name), path, counted)


@lru_cache(maxsize=4)
def source_pictures(name: str) -> list[Small]:
    """The first pictures of a recording, further than any of ``RANGES``."""
    film = recording(name)
    return small(film.path, sum(time < film.times[0] + RANGES[-1][1] + 1 for time in film.times))


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.name)
def test_a_recording_is_probed_right(engine: Engine, known: Known) -> None:
    facts = engine.probe(Source(FOLDER / known.name))
    assert facts.container == known.container
    assert facts.duration is not None
    assert abs(facts.duration - known.duration) <= Fraction(1, 1000)
    assert (facts.video.codec if facts.video else None) == known.codec
    assert (facts.video.display_size if facts.video else None) == known.size
    assert [(track.codec, track.sample_rate) for track in facts.audio] == [(known.sound, known.rate)]


@pytest.mark.parametrize("name", FILMED)
def test_what_is_known_is_so(name: str) -> None:
    film = recording(name)
    known = next(known for known in KNOWN if known.name == name)
    assert len(film.pictures) == known.pictures
    assert abs(film.end - known.duration) <= Fraction(1, 1000)


# VP8 and VP9 are re-encoded anyway.
@pytest.mark.parametrize(
    ("name", "mode"),
    [
        (name, mode)
        for name in FILMED
        for mode in (None, Mode.INSTANT, Mode.REENCODE)
        if mode is not Mode.REENCODE or not name.endswith(".webm")
    ],
)
def test_a_recording_is_cut_exactly(engine: Engine, name: str, mode: Mode | None, tmp_path: Path) -> None:
    film = recording(name)
    # VP8 and VP9 are decoded and coded anew wherever they are cut, and the instant cut of them is the same as any
    # other: that it is one shows at the first place.
    ranges = RANGES if not name.endswith(".webm") else RANGES[:1] if mode is Mode.INSTANT else RANGES[1:]
    for index, (start, end) in enumerate(ranges):
        target = tmp_path / f"{index}.mp4"
        result = engine.cut(Source(film.path), CutRequest(start, end, mode=mode), target)
        wanted = oracle.expect(film, start, end)
        shown = reader.read_pictures(target)
        assert (result.start, result.end, result.frames) == (wanted.start, wanted.end, len(wanted.numbers))
        assert len(shown) == len(wanted.numbers)
        assert max(abs(s.pts - t) for s, t in zip(shown, wanted.times, strict=True)) <= oracle.MILLISECOND
        check_likeness(small(target), source_pictures(name), wanted.numbers)
        check_sound(film, target, wanted)


def check_likeness(clip: list[Small], source: list[Small], numbers: tuple[int, ...]) -> None:
    for picture, number in zip(clip, numbers, strict=True):
        distance = difference(picture, source[number])
        assert distance < 6
        for other in (number - 1, number + 1):
            # A neighbour may look the same; it must not look clearly more like the clip's picture.
            if 0 <= other < len(source) and difference(source[other], source[number]) > 3:
                assert distance < difference(picture, source[other])


def difference(one: Small, other: Small) -> float:
    return float(np.abs(one - other).mean())


def check_sound(film: Film, target: Path, wanted: oracle.Expected) -> None:
    """Real sound may be silent or alike for long; where it is loud enough to tell, it lies where it did."""
    sound = reader.read_sound(target)
    assert float(sound.end) == pytest.approx(float(wanted.duration), abs=0.06)
    offsets = [
        reader.audio_offset(sound, Fraction(0), film, wanted.start, at, length=0.9)
        for at in (0.1, float(wanted.duration) / 2 - 0.45)
    ]
    assert all(abs(offset) < 0.002 for offset in offsets if offset is not None)


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.name)
def test_a_recording_becomes_an_mp3(engine: Engine, known: Known, tmp_path: Path) -> None:
    target = tmp_path / "clip.mp3"
    result = engine.cut(Source(FOLDER / known.name), CutRequest(*RANGES[1], format=Format.MP3), target)
    sound = reader.read_sound(target)
    assert float(sound.end - sound.start) == pytest.approx(float(result.end - result.start), abs=0.06)
    silent = not reader.read_sound(FOLDER / known.name).samples.any()  # one of them is
    assert silent or float(np.abs(sound.samples).max()) > 0.01
    assert result.audio_codecs == ("mp3",)


@pytest.mark.parametrize("name", FILMED)
def test_a_recording_becomes_a_gif(engine: Engine, name: str, tmp_path: Path) -> None:
    target, film = tmp_path / "clip.gif", recording(name)
    result = engine.cut(Source(film.path), CutRequest(*RANGES[1], format=Format.GIF), target)
    shown = reader.read_pictures(target)
    assert result.frames == len(shown)
    length = shown[-1].pts + shown[-1].duration
    assert float(length) == pytest.approx(float(result.end - result.start), abs=0.1)
    first = result.start + shown[0].pts
    number = max(place for place, time in enumerate(film.times) if time <= first)
    assert difference(small(target)[0], source_pictures(name)[number]) < 10

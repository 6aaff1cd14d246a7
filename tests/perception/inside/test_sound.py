"""The one decode: whatever the file, the PCM stands on the film's clock, and loudness is that of ffmpeg."""

from __future__ import annotations

import io
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.inside.conversation import Conversation
from cutroom.perception.inside.meter import runs_of
from cutroom.perception.inside.sound import RATE, Sound, decode_sound, sound16k
from tests.support.films import ffmpeg
from tests.support.heard import Array, music, noise, write_wave

pytestmark = pytest.mark.slow

BEEP = 1.2


def make(path: Path, *arguments: object) -> Path:
    subprocess.run([ffmpeg(), "-v", "error", "-nostdin", "-y", *map(str, arguments), path], check=True)
    return path


@pytest.fixture(scope="module")
def beep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds with a tone from 1.2 s to 2.2 s."""
    time = np.arange(3 * RATE) / RATE
    samples = 0.4 * np.sin(2 * np.pi * 700 * time) * ((time >= BEEP) & (time < BEEP + 1))
    return write_wave(tmp_path_factory.mktemp("beep") / "beep.wav", samples)


PICTURE = ("-f", "lavfi", "-i", "color=s=64x64:r=25:d=3")


def decoded(path: Path, folder: Path) -> tuple[Sound, Array]:
    sound = decode_sound(
        {"video": {"path": str(path), "size": path.stat().st_size}},
        Conversation(io.BytesIO(), io.BytesIO()),
        folder,
    )
    return sound, np.fromfile(sound.path, "<i2").astype(np.float32) / np.float32(32768)


def tone_of(samples: Array) -> tuple[float, float]:
    """When the tone begins and ends (s)."""
    loud = np.flatnonzero(np.convolve(np.abs(samples), np.ones(80) / 80, "same") > 0.05)
    return loud[0] / RATE, loud[-1] / RATE


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a.mp4", ("-c:v", "libx264", "-c:a", "aac")),
        ("a.mkv", ("-c:v", "libx264", "-c:a", "libopus")),
        ("a.mov", ("-c:v", "mpeg4", "-c:a", "pcm_s24be", "-ar", "44100", "-ac", "2")),
        ("surround.mkv", ("-c:v", "mpeg4", "-af", "pan=5.1|FC=c0|FL=c0", "-c:a", "ac3")),
        ("phone.mkv", ("-c:v", "mpeg4", "-ar", "8000", "-c:a", "pcm_mulaw")),
    ],
)
def test_the_sound_stands_where_it_is_heard(tmp_path: Path, beep: Path, name: str, code: tuple[str, ...]) -> None:
    sound, samples = decoded(make(tmp_path / name, *PICTURE, "-i", beep, *code), tmp_path)
    assert tone_of(samples) == pytest.approx((BEEP, BEEP + 1), abs=0.02)
    assert len(samples) / RATE == pytest.approx(sound.duration) == pytest.approx(3, abs=0.05)
    assert sound.missing == ()


@pytest.mark.parametrize("later", [0.8, -0.8])
def test_the_film_begins_with_its_picture(tmp_path: Path, beep: Path, later: float) -> None:
    shift = ("-itsoffset", later) if later > 0 else ()
    early = () if later > 0 else ("-itsoffset", -later)
    film = make(tmp_path / "a.mkv", *early, *PICTURE, *shift, "-i", beep, "-c:v", "mpeg4", "-c:a", "flac")
    sound, samples = decoded(film, tmp_path)
    assert tone_of(samples)[0] == pytest.approx(BEEP + later, abs=0.02)
    # What outlasts the picture by less than a second ends with it.
    assert sound.duration == pytest.approx(3, abs=0.05)


@pytest.mark.parametrize("code", [("a.mp3", "libmp3lame"), ("a.ogg", "libopus"), ("a.m4a", "aac"), ("a.flac", "flac")])
def test_a_file_of_sound_begins_with_its_first_sample(tmp_path: Path, beep: Path, code: tuple[str, str]) -> None:
    _, samples = decoded(make(tmp_path / code[0], "-i", beep, "-c:a", code[1]), tmp_path)
    assert tone_of(samples)[0] == pytest.approx(BEEP, abs=0.02)


def test_a_hole_is_silence(tmp_path: Path, beep: Path) -> None:
    film = make(tmp_path / "a.mka", "-i", beep, "-af", "aselect='not(between(t,0.3,0.9))'", "-c:a", "flac")
    _, samples = decoded(film, tmp_path)
    assert tone_of(samples) == pytest.approx((BEEP, BEEP + 1), abs=0.1)


def test_the_rate_may_change_on_the_way(tmp_path: Path, beep: Path) -> None:
    parts = [
        make(tmp_path / f"{rate}.aac", "-i", beep, "-ar", rate, "-ac", channels, "-c:a", "aac").read_bytes()
        for rate, channels in ((44100, 1), (24000, 2))
    ]
    (tmp_path / "a.aac").write_bytes(b"".join(parts))
    sound, samples = decoded(tmp_path / "a.aac", tmp_path)
    assert sound.duration == pytest.approx(6, abs=0.3)
    assert tone_of(samples)[1] > 4


def test_damaged_packets_are_skipped_and_told(tmp_path: Path) -> None:
    film = make(tmp_path / "a.mkv", "-i", write_wave(tmp_path / "a.wav", noise(4)), "-c:a", "flac")
    data = bytearray(film.read_bytes())
    for at in range(len(data) // 3, len(data) - 4000, 9000):
        data[at : at + 40] = b"\x55" * 40
    film.write_bytes(data)
    sound, samples = decoded(film, tmp_path)
    assert len(samples) > RATE
    assert all(missing.degraded for missing in sound.missing)
    assert sound.missing


def test_without_sound_there_is_an_error_and_no_file(tmp_path: Path) -> None:
    film = make(tmp_path / "a.mp4", *PICTURE)
    with pytest.raises(CutroomError) as caught:
        decoded(film, tmp_path)
    assert caught.value.code is ErrorCode.NO_AUDIO
    assert not list(tmp_path.glob("sound*"))


def test_what_is_decoded_already_is_taken(tmp_path: Path) -> None:
    there = tmp_path / "sound.s16"
    there.write_bytes(b"\0\0")
    talk = Conversation(io.BytesIO(), io.BytesIO())
    assert sound16k({"video": {"path": "nowhere", "size": 0}}, talk, tmp_path) == there


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("gain", [0.0, -18.0])
def test_loudness_is_that_of_ffmpeg(tmp_path: Path, channels: int, gain: float) -> None:
    samples = np.concatenate([music(2, 110, "saw"), noise(2, "pink") / 3]) * 10 ** (gain / 20)
    wave = write_wave(tmp_path / "a.wav", np.stack([samples * (0.5 + 0.1 * n) for n in range(channels)], axis=1))
    sound, _ = decoded(wave, tmp_path)
    said = subprocess.run(
        [ffmpeg(), "-nostats", "-hide_banner", "-i", wave, "-af", "ebur128=peak=true", "-f", "null", "-"],
        capture_output=True, text=True, check=True,
    ).stderr.rpartition("Summary:")[2]  # fmt: skip
    wanted = [float(found) for found in re.findall(r"(?:I|LRA|Peak): +(\S+)", said)]
    found = sound.loudness
    assert (found.integrated_lufs, found.range_lu, found.true_peak_db) == pytest.approx(wanted, abs=0.2)


def test_silence_has_no_loudness(tmp_path: Path) -> None:
    sound, _ = decoded(write_wave(tmp_path / "a.wav", np.zeros(RATE)), tmp_path)
    assert sound.loudness.integrated_lufs is None
    assert sound.loudness.true_peak_db is None
    assert sound.clipping == 0


def test_clipping_grows_with_gain_and_a_full_scale_sine_has_none(tmp_path: Path) -> None:
    time = np.arange(RATE) / RATE
    shares = []
    for peak in (0.9, 1.0, 1.5, 4.0):
        wave = write_wave(tmp_path / "a.wav", peak * np.sin(2 * np.pi * 220 * time))
        shares.append(decoded(wave, tmp_path)[0].clipping)
    assert shares[:2] == [0, 0]
    assert 0.3 < shares[2] < shares[3] < 1


def test_runs_are_counted_whole() -> None:
    flags = np.array([1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1], bool)
    assert runs_of(flags, 3) == 7
    assert runs_of(flags, 5) == 0
    assert runs_of(np.zeros(0, bool), 1) == 0

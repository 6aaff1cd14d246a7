"""The judge is judged: a clip made right by other means passes, and each kind of fault in a clip is named."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from cutroom.model.clip import CutResult, Format, Mode
from tests.support import films, oracle, reader
from tests.support.film_spec import SECRET, Film

pytestmark = pytest.mark.films

START, END = Fraction("3.36"), Fraction("6.32")


def reference(
    film: Film, target: Path, *, pictures: str = "", sound: str = "", tags: tuple[str, ...] = ()
) -> CutResult:
    """A clip by ffmpeg's own trim filters, exact because everything is decoded and encoded; slow and simple."""
    wanted = oracle.expect(film, START, END)
    start, end = float(wanted.start), float(wanted.end)
    films.run([
        "-i", str(film.path), "-map_metadata", "-1", *tags,
        "-vf", f"trim={start - 0.001}:{end - 0.001},setpts=PTS-STARTPTS{pictures}",
        "-af", f"atrim={start}:{end},asetpts=PTS-STARTPTS{sound}",
        "-c:v", "libx264", "-preset", "veryfast", "-bf", "0", "-fps_mode", "passthrough", "-enc_time_base", "1:15360",
        "-movflags", "+faststart", str(target),
    ])  # fmt: skip
    width, height = reader.shown_size(target)
    return CutResult(
        Format.MP4, Mode.REENCODE, "Asked for.", wanted.start, wanted.end, wanted.duration, len(wanted.numbers), 0,
        width, height, "h264", ("aac",), target.stat().st_size,
    )  # fmt: skip


def judge(tmp_path: Path, *, pictures: str = "", sound: str = "", tags: tuple[str, ...] = ()) -> list[str]:
    film, target = films.film("faststart"), tmp_path / "clip.mp4"
    return oracle.problems(film, START, END, reference(film, target, pictures=pictures, sound=sound, tags=tags), target)


def test_a_right_clip_passes(tmp_path: Path) -> None:
    assert judge(tmp_path) == []


@pytest.mark.parametrize(
    ("pictures", "sound", "tags", "named"),
    [
        (",select='not(eq(n,40))'", "", (), "missing"),
        (",trim=start_frame=1,setpts=PTS-STARTPTS", "", (), "missing"),
        (",reverse", "", (), "pictures"),
        (",setpts='PTS+if(gt(N,40),0.004/TB,0)'", "", (), "times"),
        (",hflip", "", (), "pictures"),
        (",tmix=frames=2", "", (), "pictures"),
        ("", ",adelay=40|40", (), "ms at"),
        ("", ",volume=0", (), "not that of the film"),
        ("", ",atrim=0:1.5", (), "sound 0"),
        ("", "", ("-metadata", f"title={SECRET}"), "tags"),
        ("", "", ("-pix_fmt", "yuv444p"), "picture stream"),
    ],
)
def test_a_fault_is_named(pictures: str, sound: str, tags: tuple[str, ...], named: str, tmp_path: Path) -> None:
    found = judge(tmp_path, pictures=pictures, sound=sound, tags=tags)
    assert any(named in problem for problem in found), found


def test_boundaries_are_the_nearest_and_the_earlier_of_two() -> None:
    bounds = (Fraction(0), Fraction(1), Fraction(3))
    asked = ["0", "1/2", "51/100", "1", "2", "21/10", "9"]
    assert [oracle.nearest(bounds, Fraction(time)) for time in asked] == [0, 0, 1, 1, 1, 3, 3]


def test_random_ranges_are_inside_and_repeatable() -> None:
    for name in ("vfr", "h264_three_frames", "edit_list"):
        film = films.film(name)
        ranges = oracle.random_ranges(film, 40)
        assert ranges == oracle.random_ranges(film, 40)
        assert all(0 <= start < end <= film.end for start, end in ranges)
        assert all(oracle.expect(film, start, end).numbers for start, end in ranges)

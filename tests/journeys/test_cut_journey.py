"""A user cuts clips: out of a file and a link, one and several, into files and pipes."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import time
from fractions import Fraction
from pathlib import Path

import pytest

from tests.support import reader
from tests.support.command import COMMAND, Shop
from tests.support.range_server import Route, Site

pytestmark = pytest.mark.journeys


def numbers(path: Path) -> list[int]:
    """The number that each shown picture of a clip carries."""
    return [shown.number for shown in reader.read_pictures(path)]


def test_one_clip_out_of_a_file(shop: Shop, film: Path) -> None:
    done = shop.run("cut", film, "0:03.5", "8")
    assert (done.code, done.err) == (0, "")
    assert shop.left() == {"film_0-03.5-0-08.mp4"}
    assert numbers(shop.here / "film_0-03.5-0-08.mp4") == list(range(105, 240))
    lines = done.out.decode().splitlines()
    assert lines[0] == "film_0-03.5-0-08.mp4"
    assert "0:03.5 to 0:08, 135 frames, 0:04.5 long" in lines[1]
    assert lines[3].startswith("  exact: ")


def test_the_exact_times_are_told_where_they_differ(shop: Shop, film: Path) -> None:
    done = shop.run("cut", film, "1.01", "2", "-o", "a.mp4")
    assert "0:01 to 0:02 (asked for 0:01.01 to 0:02), 30 frames" in done.out.decode()


def test_json_says_everything_exactly(shop: Shop, film: Path) -> None:
    done = shop.run("cut", "--json", film, "1.01", "2.52", "-o", "a.mp4")
    assert (done.code, done.err) == (0, "")
    [clip] = done.json["clips"]
    assert clip["file"] == "a.mp4"
    assert clip["requested"] == {"start": 1.01, "start_exact": "101/100", "end": 2.52, "end_exact": "63/25"}
    assert (clip["start_exact"], clip["end_exact"]) == ("1", "38/15")
    assert clip["frames"] == 46
    assert Fraction(clip["duration_exact"]) == Fraction(46, 30)
    assert clip["size_bytes"] == (shop.here / "a.mp4").stat().st_size
    assert (clip["width"], clip["height"], clip["video_codec"], clip["audio_codecs"]) == (320, 180, "h264", ["aac"])
    assert clip["mode"] in {"exact", "reencode"}
    assert clip["reason"]


def test_several_ranges_share_no_frame_and_lose_none(shop: Shop, film: Path) -> None:
    assert shop.run("cut", film, "1-3", "0:03-0:05.5", "-o", "clip{n}.mp4").code == 0
    assert shop.left() == {"clip1.mp4", "clip2.mp4"}
    assert numbers(shop.here / "clip1.mp4") + numbers(shop.here / "clip2.mp4") == list(range(30, 165))


def test_several_ranges_into_a_folder(shop: Shop, film: Path) -> None:
    (shop.here / "clips").mkdir()
    assert shop.run("cut", film, "1-2", "2-3", "-o", "clips", "-f", "mp3").code == 0
    assert {path.name for path in (shop.here / "clips").iterdir()} == {"film_0-01-0-02.mp3", "film_0-02-0-03.mp3"}


def test_a_range_that_fails_does_not_hide_the_others(shop: Shop, film: Path) -> None:
    done = shop.run("cut", film, "1-2", "50-60", "5-30", "2-3")
    assert done.code == 2
    assert shop.left() == {"film_0-01-0-02.mp4", "film_0-02-0-03.mp4"}
    told = done.err.splitlines()
    assert [line.partition(": T")[0] for line in told] == ["cutroom: 0:50-1:00", "cutroom: 0:05-0:30"]

    done = shop.run("cut", film, "1-2", "50-60", "--force", "--json")
    assert done.code == 2
    good, bad = done.json["clips"]
    assert good["frames"] == 30
    assert bad["error"]["code"] == "range_outside_source"
    assert done.error == bad["error"]


@pytest.mark.parametrize(("name", "codec"), [("a.gif", "gif"), ("a.mp3", None)])
def test_the_format_follows_the_name(shop: Shop, film: Path, name: str, codec: str | None) -> None:
    done = shop.run("cut", film, "1", "2.5", "-o", name, "--json")
    assert done.code == 0
    [clip] = done.json["clips"]
    assert (clip["format"], clip["video_codec"]) == (name[2:], codec)
    assert (clip["frames"] is None) == (codec is None)


def test_modes_and_quality_are_obeyed(shop: Shop, film: Path) -> None:
    for mode in ("exact", "instant", "reencode"):
        done = shop.run("cut", film, "3", "9", "--mode", mode, "--quality", "720p", "--json", "-o", f"{mode}.mp4")
        [clip] = done.json["clips"]
        assert (clip["mode"], clip["frames"], clip["height"]) == (mode, 180, 180)
        assert numbers(shop.here / f"{mode}.mp4") == list(range(90, 270))


@pytest.mark.parametrize("arguments", [["1", "4", "-"], ["1-4", "-"], ["1", "4", "-o", "-"], ["-o-", "1", "4"]])
def test_standard_output(shop: Shop, film: Path, arguments: list[str], tmp_path: Path) -> None:
    done = shop.run("cut", film, *arguments)
    assert done.code == 0
    assert shop.left() == set()
    clip = tmp_path / "piped.mp4"
    clip.write_bytes(done.out)
    assert numbers(clip) == list(range(30, 120))
    assert done.err.startswith("standard output\n")


def test_standard_output_with_json_beside_it(shop: Shop, film: Path) -> None:
    done = shop.run("cut", film, "1", "2", "-", "-f", "gif", "--json")
    assert done.out.startswith(b"GIF89a")
    [clip] = json.loads(done.err)["clips"]
    assert clip["file"] is None
    assert clip["size_bytes"] == len(done.out)


def test_standard_output_is_not_a_terminal(shop: Shop, film: Path) -> None:
    code, shown = on_a_terminal(shop, "cut", str(film), "1", "2", "-")
    assert code == 5
    assert "not written to a terminal" in shown
    assert shop.left() == set()


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", [["cut", "1", "2", "-"], ["info"], ["info", "--json"], ["cut", "1", "2"]])
def test_a_full_disk_behind_standard_output(shop: Shop, film: Path, arguments: list[str], unbuffered: str) -> None:
    command, *rest = arguments
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, command, film, *rest], stdout=full, stderr=subprocess.PIPE, text=True, check=False,
            env=shop.environment(PYTHONUNBUFFERED=unbuffered), cwd=shop.here,
        )  # fmt: skip
    assert done.returncode == 5
    assert "The disk behind standard output is full." in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("behind") == 1
    assert shop.left() <= {"film_0-01-0-02.mp4"}


def test_a_reader_that_stops_reading(shop: Shop, film: Path) -> None:
    with shop.start("cut", film, "1", "19", "-") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(8)[4:] == b"ftyp"
        process.stdout.close()
        assert process.wait(30) == 141
        assert process.stderr.read() == b""
    assert shop.left() == set()


def on_a_terminal(shop: Shop, *arguments: str, **environment: str) -> tuple[int, str]:
    """Run with all streams on a terminal; the exit code and everything that was shown."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, cwd=shop.here,
        env=shop.environment(TERM="xterm-256color", **environment), start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    end = time.monotonic() + 60
    try:
        while time.monotonic() < end and (piece := os.read(ours, 65536)):
            shown += piece
    except OSError:  # Linux says so when the other side has gone
        pass
    finally:
        os.close(ours)
        process.kill() if time.monotonic() >= end else None
    return process.wait(10), shown.decode(errors="replace")


def test_a_terminal_sees_progress_that_goes_away(shop: Shop, film: Path) -> None:
    code, shown = on_a_terminal(shop, "cut", str(film), "0-19", "4-6", "--mode", "reencode")
    assert code == 0
    assert "1/2 " in shown
    assert "2/2 " in shown
    assert "%" in shown
    last = shown.rpartition("\x1b")[2]
    assert "%" not in last, "the bar stayed on the screen"
    assert "film_0-04-0-06.mp4" in shown


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"PYTHONIOENCODING": "ascii"}, {"TERM": "dumb"}])
def test_odd_terminals(shop: Shop, film: Path, variables: dict[str, str]) -> None:
    (shop.here / "Ü[bold]\u202e.mp4").write_bytes(film.read_bytes())
    done = shop.run("cut", "Ü[bold]\u202e.mp4", "1", "2", **variables)
    assert done.code == 0
    assert b"\xe2\x80\xae" not in done.out
    assert b"[bold]" in done.out


@pytest.mark.enable_socket
def test_a_clip_out_of_a_link(shop: Shop, film: Path) -> None:
    with Site({"/films/My%20film.mp4": Route(film, "video/mp4")}) as site:
        done = shop.run("cut", site.url("/films/My%20film.mp4?token=secret"), "3", "5", "--json")
        assert (done.code, done.err) == (0, "")
        [clip] = done.json["clips"]
    assert clip["file"] == "My film_0-03-0-05.mp4"
    assert shop.left() == {clip["file"]}
    assert numbers(shop.here / clip["file"]) == list(range(90, 150))


@pytest.mark.enable_socket
def test_the_target_is_checked_before_anything_is_fetched(shop: Shop, film: Path) -> None:
    (shop.here / "film_0-03-0-05.mp4").touch()
    with Site({"/film.mp4": Route(film, "video/mp4")}) as site:
        assert shop.run("cut", site.url("/film.mp4"), "3", "5").code == 5
        assert site.bytes_sent < film.stat().st_size / 2


@pytest.mark.enable_socket
@pytest.mark.parametrize("how", [{"guarded": True}, {"variable": "0"}])
def test_private_networks_can_be_refused(shop: Shop, film: Path, how: dict[str, object]) -> None:
    variables = {"CUTROOM_OUTBOUND__ALLOW_PRIVATE_NETWORKS": str(how["variable"])} if "variable" in how else {}
    options = ["--guarded"] if "guarded" in how else []
    with Site({"/film.mp4": Route(film, "video/mp4")}) as site:
        done = shop.run("cut", site.url("/film.mp4"), "3", "5", "--json", *options, **variables)
        assert done.code == 3
        assert done.error["code"] == "source_refused_address"
        assert site.connections == 0
    assert shop.left() == set()


def test_a_name_that_looks_like_an_option(shop: Shop, film: Path) -> None:
    (shop.here / "--force.mp4").write_bytes(film.read_bytes())
    assert shop.run("cut", "-o", "a.mp4", "--", "--force.mp4", "1", "2").code == 0
    assert shop.run("cut", "./--force.mp4", "1", "2", "-o", "b.mp4").code == 0

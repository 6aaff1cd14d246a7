"""A user works on files with the media tools: one and many, into named files, folders and pipes, without a server."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from tests.journeys.test_cut_journey import on_a_terminal
from tests.support import films, tool_judge
from tests.support.command import COMMAND, Done, Shop, mentions, wait_until
from tests.support.images import IMAGES
from tests.support.short_films import short_film

pytestmark = pytest.mark.journeys


@pytest.fixture
def given(shop: Shop, film: Path) -> Path:
    """The user's own film, in the folder they are in."""
    return Path(shutil.copy(film, shop.here / "in.mp4"))


@pytest.fixture
def brief(shop: Shop) -> Path:
    """Three seconds, where more would show nothing more."""
    return Path(shutil.copy(short_film("mp4").path, shop.here / "in.mp4"))


@pytest.fixture(scope="module")
def long_film(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five minutes: more than a test waits for."""
    path = tmp_path_factory.mktemp("long") / "long.mp4"
    films.run(["-stream_loop", "14", "-i", str(film), "-map", "0:v", "-map", "0:a", "-c", "copy", str(path)])
    return path


def results(done: Done) -> list[dict[str, object]]:
    return list(done.json["results"])


def test_a_gif(shop: Shop, given: Path) -> None:
    done = shop.run("tool", "gif", "in.mp4", "--start-time", "3", "--duration", "4")
    assert (done.code, done.err) == (0, "")
    assert shop.left() == {"in.mp4", "in.gif"}
    assert tool_judge.numbers(shop.here / "in.gif") == [90 + 2 * k for k in range(60)]
    name, what = done.out.decode().splitlines()
    assert name == "in.gif"
    assert "320x180 gif, 60 frames, 0:04 long, " in what


def test_json_says_what_was_measured(shop: Shop, given: Path) -> None:
    done = shop.run("tool", "trim-video", "--json", "in.mp4", "--start-time", "0:03.5", "--end-time", "5")
    assert (done.code, done.err) == (0, "")
    [result] = results(done)
    made = shop.here / "in-trimmed.mp4"
    assert (result["file"], result["source"]) == ("in-trimmed.mp4", "in.mp4")
    assert (result["format"], result["media_type"]) == ("mp4", "video/mp4")
    assert (result["frames"], result["duration_exact"], result["size_bytes"]) == (45, "3/2", made.stat().st_size)
    assert (result["width"], result["height"], result["video_codec"], result["audio_codecs"]) == (
        320, 180, "h264", ["aac"]
    )  # fmt: skip
    assert tool_judge.numbers(made) == list(range(105, 150))


def test_the_name_of_the_target_tells_the_format(shop: Shop, brief: Path) -> None:
    [result] = results(shop.run("tool", "convert", "in.mp4", "-o", "a.mkv", "--json"))
    assert (result["file"], result["format"], result["copied"]) == ("a.mkv", "mkv", True)
    assert shop.left() == {"in.mp4", "a.mkv"}


def test_many_files_and_a_bad_one(shop: Shop, given: Path) -> None:
    (shop.here / "notes.mp4").write_text("Milk, eggs, bread.\n")
    shutil.copy(films.film("sound_mp3").path, shop.here / "song.mp3")
    shutil.copy(films.film("rotated_90").path, shop.here / "phone.mp4")
    files = ["in.mp4", "notes.mp4", "song.mp3", "missing.mp4", "phone.mp4"]
    done = shop.run("tool", "thumbnail", *files, "--timestamp", "1", "--width", "90")
    assert done.code == 4, "that of the first that failed"
    assert [line for line in done.out.decode().splitlines() if line[0] != " "] == [
        "in-thumbnail.jpg", "phone-thumbnail.jpg"
    ]  # fmt: skip
    told = done.err.splitlines()
    assert [line.split(": ")[1] for line in told] == ["notes.mp4", "song.mp3", "missing.mp4"]
    assert all(line.startswith("cutroom: ") for line in told)
    assert tool_judge.image_number(shop.here / "phone-thumbnail.jpg") == 30
    assert shop.left() == {*files, "in-thumbnail.jpg", "phone-thumbnail.jpg"} - {"missing.mp4"}

    done = shop.run("tool", "thumbnail", *files, "--force", "--json")
    assert done.code == 4
    found = results(done)
    assert [result["source"] for result in found] == files
    codes = [result["error"]["code"] if "error" in result else None for result in found]  # type: ignore[index]
    assert codes == [None, "not_media", "no_video", "source_not_found", None]
    for name in files[1:4]:
        assert f'}},\n  "source": "{name}"\n}}\n' in done.err


def test_a_folder_for_the_results(shop: Shop) -> None:
    (shop.here / "out").mkdir()
    shutil.copy(IMAGES["jpg_turned_6"].path, shop.here / "one.jpg")
    shutil.copy(IMAGES["png_alpha"].path, shop.here / "two.png")
    done = shop.run("tool", "image-converter", "one.jpg", "two.png", "--output-format", "webp", "-o", "out")
    assert (done.code, done.err) == (0, "")
    assert {path.name for path in (shop.here / "out").iterdir()} == {"one.webp", "two.webp"}
    with Image.open(shop.here / "out" / "one.webp") as image:
        assert image.size == (321, 240)


def test_files_of_one_name_do_not_replace_each_other(shop: Shop, brief: Path) -> None:
    for folder in ("a", "b", "out"):
        (shop.here / folder).mkdir()
    for folder in ("a", "b"):
        shutil.copy(brief, shop.here / folder / "in.mp4")
    done = shop.run("tool", "thumbnail", "a/in.mp4", "b/in.mp4", "-o", "out", "--force", "--json")
    assert done.code == 5
    first, second = results(done)
    assert "error" not in first
    assert second["error"]["code"] == "target_not_writable"  # type: ignore[index]
    assert [path.name for path in (shop.here / "out").iterdir()] == ["in-thumbnail.jpg"]


def test_what_is_there_is_kept_unless_it_may_be_replaced(shop: Shop, brief: Path) -> None:
    """A link stays one: what is behind it is replaced."""
    (shop.here / "elsewhere").mkdir()
    link, target = shop.here / "named.jpg", shop.here / "elsewhere" / "real.jpg"
    link.symlink_to("elsewhere/real.jpg")
    target.write_bytes(b"precious")
    done = shop.run("tool", "thumbnail", "in.mp4", "-o", "named.jpg")
    assert (done.code, done.out) == (5, b"")
    assert (
        done.err == 'cutroom: The target exists already. Use --force to replace "named.jpg", or -o to name another.\n'
    )
    assert target.read_bytes() == b"precious"
    assert shop.run("tool", "thumbnail", "in.mp4", "-o", "named.jpg", "--force").code == 0
    assert link.is_symlink()
    assert target.read_bytes()[:2] == b"\xff\xd8"


def test_the_source_is_never_replaced(shop: Shop, brief: Path) -> None:
    before = brief.read_bytes()
    os.link(brief, shop.here / "same.mp4")
    done = shop.run("tool", "remove-audio", "in.mp4", "-o", "same.mp4", "--force", "--json")
    assert (done.code, done.error["code"]) == (5, "target_not_writable")
    assert brief.read_bytes() == before


def test_standard_output(shop: Shop, brief: Path) -> None:
    done = shop.run("tool", "extract-audio", "in.mp4", "-o", "-", "--audio-format", "wav", "--json")
    assert done.code == 0
    assert done.out[:4] == b"RIFF"
    [result] = json.loads(done.err)["results"]
    assert (result["file"], result["size_bytes"]) == (None, len(done.out))
    assert shop.left() == {"in.mp4"}
    code, shown = on_a_terminal(shop, "tool", "thumbnail", "in.mp4", "-o", "-")
    assert code == 5
    assert "not written to a terminal" in shown


def test_a_terminal_sees_progress_that_goes_away(shop: Shop, given: Path) -> None:
    shutil.copy(short_film("mp4").path, shop.here / "two.mp4")
    code, shown = on_a_terminal(shop, "tool", "compress", "in.mp4", "two.mp4")
    assert code == 0
    assert "1/2 in.mp4 Encoding" in shown
    assert "2/2 two.mp4 Encoding" in shown
    assert "1/2 " not in shown.partition("in-compressed.mp4")[2], "the bar came back under its result"
    assert "%" in shown
    last = shown.rpartition("\x1b")[2]
    assert "%" not in last, "the bar stayed on the screen"
    assert "two-compressed.mp4" in shown


def at_work(shop: Shop) -> bool:
    """Whether something is written into a scratch folder."""
    return any(path.stat().st_size for path in shop.here.glob(".cutroom-*/**/*") if path.is_file())


def test_a_signal_stops_the_work_and_finished_files_stay(shop: Shop, long_film: Path) -> None:
    (shop.here / "long.mp4").symlink_to(long_film)
    shutil.copy(short_film("mp4").path, shop.here / "short.mp4")
    size = ["--width", "640", "--height", "360"]
    with shop.start("tool", "resize-video", "short.mp4", "long.mp4", *size, "--json") as process:
        wait_until(lambda: (shop.here / "short-resized.mp4").exists() and at_work(shop), 60, "the second file")
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert [result["file"] for result in json.loads(out)["results"]] == ["short-resized.mp4"]
    assert json.loads(err)["error"]["code"] == "cancelled"
    wait_until(lambda: not mentions(shop.here.parent), 5, "the end of every process")
    assert shop.left() == {"short.mp4", "long.mp4", "short-resized.mp4"}


def test_odd_names(shop: Shop) -> None:
    names = ["--force.mp4", "two\nlines.mp4", "ünï 映画.mp4", "%03d"]
    for name in names:
        shutil.copy(short_film("mp4").path, shop.here / name)
    done = shop.run("tool", "remove-audio", "--json", "--", *names)
    assert done.code == 0, done.err
    assert [result["file"] for result in results(done)] == [f"{Path(name).stem}-silent.mp4" for name in names]
    assert all((shop.here / str(result["file"])).is_file() for result in results(done))


@pytest.mark.chaos
def test_no_network_is_needed(shop: Shop, brief: Path) -> None:
    """In a world that has not even a loopback."""
    own = ["unshare", "--user", "--map-root-user", "--net"]
    command = [*own, *COMMAND, "tool", "trim-audio", "in.mp4", "--start-time", "1", "--end-time", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=shop.environment(), cwd=shop.here)
    assert (done.returncode, done.stderr) == (0, "")
    assert shop.left() == {"in.mp4", "in-trimmed.m4a"}

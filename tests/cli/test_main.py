"""The command as a whole, without any work being done: help, version, wrong usage, bad settings, odd streams."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cutroom.cli.main import main


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    assert list(tmp_path.iterdir()) == [], "something was left behind"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cutroom", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    from importlib.metadata import version

    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == version("cutroom")


@pytest.mark.parametrize("arguments", [[], ["--help"], ["cut", "--help"], ["info", "-h"], ["doctor", "--help"]])
def test_help_names_the_exit_codes(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert "Usage: cutroom" in out
    assert "Exit codes: 0 done" in out
    assert not err


@pytest.mark.slow
def test_help_is_quick(tmp_path_factory: pytest.TempPathFactory) -> None:
    # As installed: with compiled modules, wherever this environment lets them be written.
    environment = os.environ | {"PYTHONPYCACHEPREFIX": str(tmp_path_factory.mktemp("compiled"))}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    seconds = []
    for _ in range(6):
        with subprocess.Popen(
            [sys.executable, "-m", "cutroom", "--help"], env=environment, stdout=subprocess.DEVNULL
        ) as process:
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        # What it costs, not how long it lasts: the latter is also that of whatever else runs here.
        seconds.append(used.ru_utime + used.ru_stime)
    assert min(seconds[1:]) < 0.5, seconds


def test_help_loads_nothing_that_works_on_media() -> None:
    code = (
        "import sys; from cutroom.cli.main import main; main(['--help']);"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"av", "numpy", "yt_dlp", "proxy", "httpx2", "pydantic", "pydantic_settings", "imageio_ffmpeg", "asyncio"}
    assert heavy.isdisjoint(done.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["bogus"], 'Unknown command "bogus"'),
        (["cutroom", "doctor"], '"cutroom" is the program itself, no command: leave it out.'),
        (["cut"], "SOURCE is missing"),
        (["cut", "film.mp4"], "needs a START and an END"),
        (["cut", "film.mp4", "1"], "needs a START and an END"),
        (["cut", "film.mp4", "1", "2", "--bogus"], "Unknown option: --bogus"),
        (["cut", "film.mp4", "1", "2", "-o"], "-o needs a value"),
        (["cut", "film.mp4", "1", "2", "--format", "avi"], '"avi" for --format. Choose from: "mp4", "mp3", "gif"'),
        (["cut", "film.mp4", "1", "2", "-o", "a.avi"], '"avi" is not a format'),
        (["cut", "film.mp4", "1", "2", "-o", "a.mp3", "-f", "gif"], "ends in .mp3"),
        (["cut", "film.mp4", "1", "2", "-", "-o", "a.mp4"], "named twice"),
        (["cut", "film.mp4", "1", "2", "-o", ""], "target is empty"),
        (["cut", "film.mp4", "1-2", "3-4", "-"], "Only one range"),
        (["cut", "film.mp4", "2", "1"], "lies after the end"),
        (["cut", "film.mp4", "1", "1"], "empty"),
        (["cut", "film.mp4", "-1", "1"], "must not be negative"),
        (["cut", "film.mp4", "-1:30", "2:00"], "must not be negative"),
        (["cut", "film.mp4", "nan", "1"], '"nan" is not a time'),
        (["cut", "film.mp4", "0", "inf"], '"inf" is not a time'),
        (["info"], "SOURCE is missing"),
        (["info", "a", "b"], 'no place for "b"'),
        (["doctor", "-"], 'no place for "-"'),
    ],
)
def test_wrong_usage_is_one_sentence(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith("cutroom: ")
    assert words in err
    assert err.count("\n") == 1

    assert main([*arguments[:1], "--json", *arguments[1:]]) == 2
    out, err = capsys.readouterr()
    assert not out
    error = json.loads(err)["error"]
    assert set(error) == {"code", "message", "next_step"}
    assert error["code"] in {"invalid_request", "invalid_time", "invalid_range"}
    assert words.replace('"', "") in error["message"].replace('"', "")


def test_an_option_after_two_dashes_is_no_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cut", "film.mp4", "1", "2", "--", "--json"]) == 2
    assert capsys.readouterr().err.startswith("cutroom: ")


def test_a_wrong_setting_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUTROOM_MEDIA__THREADS", "many")
    assert main(["cut", "film.mp4", "1", "2"]) == 2
    assert "CUTROOM_MEDIA__THREADS" in capsys.readouterr().err


def test_an_unexpected_fault_is_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("cutroom.cli.app.build_app", broken)
    assert main(["cut"]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "ZeroDivisionError" in err
    assert "--verbose" in err
    assert main(["cut", "--verbose"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_terminal_that_knows_ascii_only() -> None:
    done = run("info", "フィルム\u202e.mp4", PYTHONIOENCODING="ascii", NO_COLOR="1", LC_ALL="C")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away() -> None:
    # The pipe's reading end is closed before anything is written.
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "cutroom", "--help"], stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_closed_streams_do_not_matter() -> None:
    line = f'exec "{sys.executable}" -m cutroom cut x 1 >&- 2>&-'
    assert subprocess.run(["sh", "-c", line], check=False, timeout=60).returncode == 2


def test_streams_that_are_not_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert main(["--version"]) == 0

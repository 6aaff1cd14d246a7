"""``cutroom tool`` without any work being done: commands, options and help are those of the specs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from cutroom.actions.run_tool import specs
from cutroom.cli.main import main
from cutroom.cli.tool_options import explained, option_of, reworded, written
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.tool import Choice, Needs, Number, Spec, plain
from tests.support.short_films import short_film

SPECS = {spec.name: spec for spec in specs()}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    yield
    assert list(tmp_path.iterdir()) == [], "something was left behind"


def helped(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["tool", *words]) == 0
    out, err = capsys.readouterr()
    assert not err
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", out).split())


def test_all_fifteen_are_listed_in_their_order(capsys: pytest.CaptureFixture[str]) -> None:
    shown = helped(capsys)
    places = [shown.index(f" {spec.name} {spec.summary}") for spec in specs()]
    assert len(places) == 15
    assert places == sorted(places)
    assert "Exit codes: 0 done" in shown


@pytest.mark.parametrize("name", SPECS)
def test_help_tells_every_parameter_with_range_and_default(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    spec, shown = SPECS[name], helped(capsys, name, "--help")
    assert spec.summary in shown
    for parameter in spec.parameters:
        about = shown[shown.index(f" {option_of(parameter.name)} ") :]
        assert f"{explained(parameter)} " in f"{about} "
        if isinstance(parameter, Choice):
            assert f"[choices: {', '.join(parameter.values)}]" in about
        if isinstance(parameter, Number) and parameter.among:
            assert "[90, 180 or 270]" in about
        elif isinstance(parameter, Number) and parameter.high is not None and parameter.low is not None:
            assert f"[{plain(parameter.low)} to {plain(parameter.high)}]" in about
        if parameter.default is not None:
            default = parameter.default
            assert f"[default: {default if isinstance(default, str) else plain(default)}]" in about


def test_help_loads_nothing_that_works_on_media() -> None:
    code = (
        "import sys; from cutroom.cli.main import main; main(['tool']); main(['tool', 'gif', '--help']);"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"av", "PIL", "numpy", "yt_dlp", "proxy", "httpx2", "pydantic", "imageio_ffmpeg", "asyncio", "sqlalchemy"}
    assert heavy.isdisjoint(done.stderr.split())


@pytest.mark.slow
def test_help_is_quick(tmp_path_factory: pytest.TempPathFactory) -> None:
    environment = os.environ | {"PYTHONPYCACHEPREFIX": str(tmp_path_factory.mktemp("compiled"))}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    seconds = []
    for _ in range(3):
        words = [sys.executable, "-m", "cutroom", "tool", "gif", "--help"]
        with subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL) as process:
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        seconds.append(used.ru_utime + used.ru_stime)
    assert min(seconds[1:]) < 0.6, seconds


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["bogus", "a"], 'Unknown command "bogus"'),
        (["gif"], "FILE is missing"),
        (["gif", "a"], "--start-time is missing"),
        (["gif", "a", "--start-time", "0"], "--duration is missing"),
        (["gif", "a", "--start-time"], "--start-time needs a value"),
        (["gif", "a", "--start-time", "1", "--start-time", "2", "--duration", "1"], "--start-time"),
        (["gif", "a", "--start-time", "0", "--duration", "1", "--bogus", "1"], "Unknown option: --bogus"),
        (["gif", "a", "--startTime", "0", "--duration", "1"], "Unknown option"),
        (["gif", "a", "--start-time", "-1", "--duration", "1"], "--start-time must be a number of at least 0"),
        (["gif", "a", "--start-time", "-1:30", "--duration", "1"], "must not be negative"),
        (["gif", "a", "--start-time", "nan", "--duration", "1"], "--start-time must be a number"),
        (["gif", "a", "--start-time", "0", "--duration", "15.01"], "--duration must be a number from 0.5 to 15"),
        (["gif", "a", "--start-time", "0", "--duration", "1", "--fps", "7.5"], "--fps must be a whole number"),
        (["trim-video", "a", "--start-time", "2", "--end-time", "2"], "--end-time must be greater than --start-time"),
        (["convert", "a"], "--output-format is missing"),
        (["convert", "a", "--output-format", "avi"], "--output-format must be one of mp4, webm, "),
        (["convert", "a", "-o", "b.avi"], "may end in .mp4, .webm, "),
        (["thumbnail", "a", "-o", "b.bmp"], "may end in .jpg, .png, "),
        (["rotate-video", "a", "--rotation", "91"], "--rotation must be 90, 180 or 270."),
        (["rotate-video", "a", "--rotation", "45"], "--rotation must be 90, 180 or 270."),
        (["thumbnail", "a", "--crop-x", "1"], "--crop-y is missing"),
        (["compress", "a", "-o", ""], "target is empty"),
        (["compress", "a", "b", "-o", "c.mp4"], "Several files need several targets"),
        (["compress", "a", "b", "-o", "-"], "Only one file"),
    ],
)
def test_wrong_usage_is_one_sentence(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tool", *arguments]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith("cutroom: ")
    assert words in err
    assert err.count("\n") == 1

    assert main(["tool", *arguments[:1], "--json", *arguments[1:]]) == 2
    out, err = capsys.readouterr()
    assert not out
    error = json.loads(err)["error"]
    assert set(error) == {"code", "message", "next_step"}
    assert words.replace('"', "") in error["message"].replace('"', "")


def test_a_folder_that_is_missing_is_named_once_for_all_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tool", "compress", "a.mp4", "b.mp4", "-o", "new/"]) == 5
    told = "The folder for the target does not exist: new. Create it, or name another."
    assert capsys.readouterr() == ("", f"cutroom: {told}\n")


def test_one_file_that_fails_is_told_as_one_of_many_would_be(capsys: pytest.CaptureFixture[str]) -> None:
    link = "https://example.org/film.mp4"
    assert main(["tool", "compress", link]) == 2
    assert capsys.readouterr() == ("", "cutroom: A tool works on files, not on links. Fetch the file first.\n")
    assert main(["tool", "compress", link, "--json"]) == 2
    out, err = capsys.readouterr()
    assert json.loads(out) == {"results": [{"source": link, "error": json.loads(err)["error"]}]}
    assert json.loads(err)["source"] == link


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--output-format", "mp3", "-o", "e.mkv"], 2, "mkv"),
        (["--output-format", "mp3", "-o", "no/such/"], 5, "does not exist"),
    ],
)
def test_a_target_that_cannot_be_is_refused_before_any_work(
    arguments: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tool", "convert", str(short_film("mp4").path), *arguments]) == code
    out, err = capsys.readouterr()
    assert not out
    assert words in err


SPEC = Spec(
    "made-up", "Does it.", Needs.ANY,
    (
        Number("startTime", Fraction(0), None, unit="s", required=True, help="where it begins"),
        Number("cropW", Fraction(1), Fraction(9), whole=True, unit="px"),
        Number("speed", Fraction(1, 4), Fraction(4), Fraction(1)),
        Choice("format", ("jpg", "png"), required=True),
    ),
)  # fmt: skip


def test_times_are_written_as_everywhere_on_the_command_line() -> None:
    given = {"startTime": "1:30.5", "cropW": "3", "speed": "1:2", "format": "JPG"}
    assert dict(written(SPEC, given)) == {"startTime": "90.500000000", "cropW": "3", "speed": "1:2", "format": "jpg"}
    assert dict(written(SPEC, {"startTime": "0:00:01:01@30000/1001"})) == {"startTime": "1.034366667"}
    with pytest.raises(CutroomError) as caught:
        dict(written(SPEC, {"startTime": "1:75"}))
    assert caught.value.code is ErrorCode.INVALID_TIME


def test_explanations() -> None:
    assert [explained(parameter) for parameter in SPEC.parameters] == [
        "Where it begins. Seconds, or 1:30. [0 or more]", "[1 to 9]", "[0.25 to 4] [default: 1]",
        "Needed unless the name of the output tells it. [choices: jpg, png]",
    ]  # fmt: skip


def test_sentences_speak_of_options() -> None:
    error = CutroomError(ErrorCode.INVALID_REQUEST, "startTime and cropW are odd; speed is not.", next_step="No cropW.")
    told = reworded(SPEC, error)
    assert told.message == "--start-time and --crop-w are odd; speed is not."
    assert told.next_step == "No --crop-w."
    error = CutroomError(ErrorCode.INVALID_REQUEST, "speed must be a number: a speed.", field="speed")
    assert reworded(SPEC, error).message == "--speed must be a number: a speed."


def test_what_was_typed_for_an_option_without_its_name_is_shown_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tool", "trim-video", "a", "1:00", "2:00"]) == 2
    told = "--start-time is missing. Usage: cutroom tool trim-video FILE... --start-time TIME --end-time TIME [OPTIONS]"
    assert capsys.readouterr().err == f"cutroom: {told}\n"

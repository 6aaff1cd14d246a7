"""The whole check tells the truth: what failed, what could not run here, and how many tests there were."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from scripts import check

CHROME = check.Program(("chrome-a", "chrome-b"), "chrome-package", frozenset({"browser", "journey"}))


def fake(folder: Path, name: str, code: str = "") -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{code}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing on it but what a test puts there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_a_missing_program_takes_its_marks_along_and_is_named(programs: Path) -> None:
    report = check.Report()
    assert check.provide([CHROME], report) == {"browser", "journey"}
    assert report.not_run == ["tests marked browser, journey: chrome-a is not installed (apt install chrome-package)"]
    fake(programs, "chrome-b")
    report = check.Report()
    assert (check.provide([CHROME], report), report.not_run) == (set(), [])


def test_root_on_debian_installs_what_is_missing(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    asked = programs.parent / "asked"
    fake(programs, "apt-get", f'echo "$@" >> {asked}; [ "$1" = update ] || : > {programs}/chrome-a; exit 0')
    report = check.Report()
    # Installed, but not a program that can be started: it still counts as missing.
    assert check.provide([CHROME], report) == {"browser", "journey"}
    assert asked.read_text() == "update -q\ninstall -q -y --no-install-recommends chrome-package\n"
    (programs / "chrome-a").chmod(0o755)
    assert check.provide([CHROME], check.Report()) == set()


def test_every_test_belongs_to_exactly_one_stage() -> None:
    def stages(*marks: str) -> list[str]:
        known = {mark: mark in marks for mark in (*check.LONG, check.BY_HAND)}
        return [stage.name for stage in check.STAGES if eval(stage.marks, {}, known)]  # noqa: S307 - our own table

    assert stages() == ["unit"]
    for mark in check.LONG:
        assert stages(mark) == ["long"]
        for other in check.LONG:
            assert stages(mark, other) == ["long"]
        assert stages(mark, "exhaustive") == []
    assert stages("exhaustive") == []


def test_every_mark_of_the_project_has_its_stage_or_is_run_by_hand() -> None:
    project = tomllib.loads((check.ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"]["markers"]
    assert {line.partition(":")[0] for line in project} == {*check.LONG, check.BY_HAND}


def test_what_each_kind_of_long_tests_took_is_added_up(tmp_path: Path) -> None:
    def case(seconds: float, kind: str) -> str:
        known = f'<properties><property name="kind" value="{kind}"/></properties>' if kind else ""
        return f'<testcase name="it" time="{seconds}">{known}</testcase>'

    results = tmp_path / "results.xml"
    cases = case(1.5, "slow") + case(20, "films") + case(0.25, "slow") + case(4, "")
    results.write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
    assert [line.split() for line in check.parts(results)] == [
        ["of", "them", "films", "20.0", "s", "of", "1", "tests"],
        ["of", "them", "slow", "1.8", "s", "of", "2", "tests"],
    ]


def test_the_numbers_of_all_stages_are_added_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = tmp_path / "results.xml"
    results.write_text('<testsuites><testsuite tests="10" failures="1" errors="2" skipped="3"/></testsuites>')
    report = check.Report()
    check.count(results, report.counts)
    check.count(results, report.counts)
    report.add("unit", 0, 1.5)
    report.not_run.append("tests marked browser: no browser")
    assert check.conclude(report, tested=True) == 0
    end = capsys.readouterr().out
    assert "DID NOT RUN ON THIS MACHINE\ntests marked browser: no browser" in end
    assert end.endswith("\n8 passed, 6 failed, 6 skipped\n")


@pytest.mark.parametrize(("code", "passed", "exit_code"), [(0, 1, 0), (1, 1, 1), (0, 0, 1)])
def test_a_failed_stage_or_no_test_at_all_fails_the_run(code: int, passed: int, exit_code: int) -> None:
    report = check.Report()
    report.counts["passed"] = passed
    report.add("unit", code, 0.0)
    assert check.conclude(report, tested=True) == exit_code
    assert report.failed == (["unit"] if code else [])

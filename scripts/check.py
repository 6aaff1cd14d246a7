"""Everything ``./run test`` checks: the static checks, then the tests in stages, then what it all came to.

Each stage prints what it took, and each kind of long tests what it took of that. A test whose program is missing (a
browser, say) is never skipped in silence: as root on Debian the program is installed, elsewhere the end of the run
names what did not run and why.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
PYTHON = sys.executable
NO_TESTS = 5  # pytest's exit code


@dataclass(frozen=True, slots=True)
class Check:
    """A static check: its name and its command."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """A run of pytest: which marks, whether coverage can be measured, on how many processes.

    ``waits``: much of it is waiting for servers and clocks, so one process more than there are processors pays.
    """

    name: str
    marks: str
    covered: bool = True
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Program:
    """Something that tests need and no wheel brings: any of ``names`` on the PATH, or the packages that bring it.

    ``marks``: the kinds of tests that need it. Tests that need it and have no mark skip themselves.
    """

    names: tuple[str, ...]
    apt: str
    marks: frozenset[str] = frozenset()


@dataclass(slots=True)
class Report:
    """What happened, in order."""

    lines: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: {"passed": 0, "failed": 0, "skipped": 0})

    def add(self, name: str, code: int, seconds: float) -> None:
        """Record one check or stage."""
        self.lines.append(f"{'ok  ' if code == 0 else 'FAIL'} {name:<24} {seconds:7.1f} s")
        if code:
            self.failed.append(name)


STATIC = (
    Check("types (mypy)", (PYTHON, "-m", "mypy")),
    Check("lint (ruff)", (PYTHON, "-m", "ruff", "check", "--cache-dir", ".cache/ruff", ".")),
    Check("format (ruff)", (PYTHON, "-m", "ruff", "format", "--check", "--cache-dir", ".cache/ruff", ".")),
    Check("floors (import-linter)", ("lint-imports", "--no-logo", "--cache-dir", ".cache/import-linter")),
    Check("dependencies (deptry)", ("deptry", "src")),
    Check("gauges", (PYTHON, "scripts/gauges.py")),
    Check("documents", (PYTHON, "scripts/docs_check.py")),
    Check("tests load (pytest)", (PYTHON, "scripts/load_tests.py")),
)
# Kinds of tests that take long; one with several of these marks is of the last of them.
LONG = ("slow", "journeys", "films", "chaos", "real_media", "browser", "benchmarks")
BY_HAND = "exhaustive"
STAGES = (
    Stage("unit", " and ".join(f"not {mark}" for mark in (*LONG, BY_HAND))),
    # All kinds side by side: some wait for servers, players and clocks while others need the processors, each process
    # loads the tests once, and what is left alone on one processor at the end is one test, not one of each kind.
    # Coverage is that of the unit tests, and measured only when it is asked for, as it takes half a minute: tracing
    # servers, programs started by the hundred, and hundreds of cuts through the same few lines costs minutes.
    # Benchmarks are short passes, whose ratios bind nobody: full ones run by hand, alone on the machine.
    Stage("long", f"({' or '.join(LONG)}) and not {BY_HAND}", covered=False, waits=True),
)
PROGRAMS = (
    Program(("chromium", "chromium-browser", "google-chrome"), "chromium", frozenset({"browser"})),
    Program(("festival",), "festival festvox-kallpc16k"),
    Program(("flite",), "flite"),
)


def run_static(report: Report) -> None:
    """All static checks, two at a time; the words of each are printed when it ends."""

    def one(check: Check) -> tuple[Check, subprocess.CompletedProcess[str], float]:
        began = time.monotonic()
        env = {**compiled(), "NO_COLOR": "1"}
        done = subprocess.run(
            check.command, cwd=ROOT, env=env, text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        return check, done, time.monotonic() - began

    with ThreadPoolExecutor(2) as pool:
        for check, done, seconds in pool.map(one, STATIC):
            print(f"\n== {check.name}: {seconds:.1f} s\n{done.stdout.rstrip()}", flush=True)
            report.add(check.name, done.returncode, seconds)


def provide(programs: Sequence[Program], report: Report) -> set[str]:
    """Install what is missing where that is possible; the marks that cannot run here."""
    missing = [program for program in programs if not any(map(shutil.which, program.names))]
    if missing and shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        packages = [package for program in missing for package in program.apt.split()]
        print(f"\n== installing for the tests: {' '.join(packages)}", flush=True)
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *packages]):
            subprocess.run(["apt-get", *words], env=env, stdout=subprocess.DEVNULL, check=False)  # noqa: S607
        missing = [program for program in missing if not any(map(shutil.which, program.names))]
    for program in missing:
        marks = f"tests marked {', '.join(sorted(program.marks))}" if program.marks else "tests that let it speak"
        report.not_run.append(f"{marks}: {program.names[0]} is not installed (apt install {program.apt})")
    return {mark for program in missing for mark in program.marks}


def unavailable(report: Report) -> set[str]:
    """The marks that cannot run on this machine; each is noted in the report."""
    marks = provide(PROGRAMS, report)
    if not Path(os.environ.get("CUTROOM_REAL_MEDIA") or ROOT.parent / "shared" / "media").is_dir():
        report.not_run.append("tests marked real_media: CUTROOM_REAL_MEDIA names no folder of real recordings")
        marks.add("real_media")
    if lacking := missing_models():
        report.not_run.append(f"tests of models: {', '.join(lacking)} are missing (./run models pull --embedded)")
    return marks


def missing_models() -> list[str]:
    """Models of the embedded set that are not where Cutroom looks for them."""
    from cutroom.container.perception import models_folder
    from cutroom.perception.model_store import catalogue, missing
    from cutroom.settings import load_settings

    wanted = [model for model in catalogue().values() if model.embedded]
    return [model.name for model in missing(models_folder(load_settings()), wanted)]


def run_stage(stage: Stage, missing: set[str], report: Report, *, covered: bool) -> None:
    """One pass of pytest; finding no test at all is an answer, not a failure."""
    marks = " and ".join([f"({stage.marks})", *(f"not {mark}" for mark in sorted(missing))])
    results = CACHE / "test" / f"{stage.name.replace(' ', '-')}.xml"
    results.unlink(missing_ok=True)
    command = [PYTHON, "-m", "pytest", "-m", marks, f"--junitxml={results}"]
    command += ["-n", str((os.cpu_count() or 1) + stage.waits), "--dist", "worksteal"]
    command += ["--cov", "--cov-append", "--cov-report=", "--cov-fail-under=0"] if covered and stage.covered else []
    print(f"\n== tests: {stage.name}", flush=True)
    began = time.monotonic()
    code = subprocess.run(command, cwd=ROOT, check=False, env=compiled()).returncode
    report.add(f"tests: {stage.name}", 0 if code == NO_TESTS else code, time.monotonic() - began)
    if results.exists():
        count(results, report.counts)
        report.lines += parts(results)


def compiled() -> dict[str, str]:
    """The environment of the tests, in which modules are compiled once and not by each of a thousand processes."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(CACHE / "compiled")}


def count(results: Path, counts: dict[str, int]) -> None:
    """Add the numbers of one pass."""
    for suite in ET.parse(results).getroot().iter("testsuite"):  # noqa: S314 - written by pytest a moment ago
        numbers = {key: int(suite.get(key, "0")) for key in ("tests", "failures", "errors", "skipped")}
        failed = numbers["failures"] + numbers["errors"]
        counts["failed"] += failed
        counts["skipped"] += numbers["skipped"]
        counts["passed"] += numbers["tests"] - failed - numbers["skipped"]


def parts(results: Path) -> list[str]:
    """A line for each kind of long tests: how many there were and the seconds of all, which ran side by side."""
    numbers: Counter[str] = Counter()
    seconds: defaultdict[str, float] = defaultdict(float)
    for case in ET.parse(results).getroot().iter("testcase"):  # noqa: S314 - written by pytest a moment ago
        for kind in case.iterfind("properties/property[@name='kind']"):
            numbers[kind.get("value", "")] += 1
            seconds[kind.get("value", "")] += float(case.get("time", "0"))
    return [f"       of them {kind:<16} {seconds[kind]:7.1f} s of {numbers[kind]} tests" for kind in sorted(numbers)]


def run_coverage(report: Report) -> None:
    """What the unit tests reach, against the floor in pyproject.toml."""
    print("\n== coverage", flush=True)
    began = time.monotonic()
    code = subprocess.run([PYTHON, "-m", "coverage", "report"], cwd=ROOT, check=False).returncode
    report.add("coverage", code, time.monotonic() - began)


def conclude(report: Report, *, tested: bool) -> int:
    """Print the end of the run: times, what did not run, what failed, the total."""
    print("\n== what it took")
    print("\n".join(report.lines))
    if report.not_run:
        print("\n== DID NOT RUN ON THIS MACHINE")
        print("\n".join(report.not_run))
    if report.failed:
        print(f"\n== FAILED: {', '.join(report.failed)}")
    if tested:
        print("\n" + ", ".join(f"{number} {word}" for word, number in report.counts.items()))
    return 1 if report.failed or (tested and not report.counts["passed"]) else 0


def main(arguments: Sequence[str]) -> int:
    """Run it all, or the static checks alone."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--static", action="store_true", help="the static checks alone")
    parser.add_argument("--coverage", action="store_true", help="measure what the unit tests reach, too")
    options = parser.parse_args(arguments)
    report = Report()
    shutil.rmtree(CACHE / "coverage", ignore_errors=True)
    for folder in ("coverage", "test"):
        (CACHE / folder).mkdir(parents=True, exist_ok=True)
    run_static(report)
    if not options.static:
        missing = unavailable(report)
        for stage in STAGES:
            run_stage(stage, missing, report, covered=options.coverage)
        if options.coverage:
            run_coverage(report)
    return conclude(report, tested=not options.static)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

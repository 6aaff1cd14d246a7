"""A user, or the system, stops a cut in the middle: it ends quickly, and nothing of it is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

import cutroom
from tests.support.command import COMMAND, Shop, mentions, wait_until
from tests.support.range_server import Route, Site

pytestmark = pytest.mark.journeys


def at_work(shop: Shop) -> bool:
    """Whether ffmpeg writes into a scratch folder."""
    return any(path.stat().st_size for path in shop.here.glob(".cutroom-*/*") if path.is_file())


def assert_nothing_left(shop: Shop) -> None:
    wait_until(lambda: not mentions(shop.here.parent), 5, "the end of every process")
    assert shop.left() == set()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_stops_the_work(shop: Shop, long_film: Path, number: signal.Signals, code: int) -> None:
    with shop.start("cut", long_film, "1", "1190", "--mode", "reencode") as process:
        wait_until(lambda: at_work(shop), what="encoding")
        began = time.monotonic()
        # To the whole group, as a terminal does it for Ctrl-C.
        os.killpg(process.pid, number)
        out, err = process.communicate(timeout=20)
        seconds = time.monotonic() - began
    assert (process.returncode, out, err) == (code, b"", b"cutroom: Cancelled.\n")
    assert seconds < 3, f"took {seconds:.1f} s"
    assert_nothing_left(shop)


def test_a_signal_to_the_command_alone_stops_its_helpers(shop: Shop, long_film: Path) -> None:
    with shop.start("cut", long_film, "1", "1190", "--mode", "reencode", "--json") as process:
        wait_until(lambda: at_work(shop), what="encoding")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, b"")
    assert json.loads(err)["error"]["code"] == "cancelled"
    assert_nothing_left(shop)


def test_finished_clips_stay_when_a_later_one_is_stopped(shop: Shop, long_film: Path) -> None:
    with shop.start("cut", long_film, "1-2", "2-1190", "--mode", "reencode", "--json") as process:
        wait_until(lambda: (shop.here / "long_0-01-0-02.mp4").exists() and at_work(shop), what="the second clip")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert [clip["file"] for clip in json.loads(out)["clips"]] == ["long_0-01-0-02.mp4"]
    assert json.loads(err)["error"]["code"] == "cancelled"
    assert shop.left() == {"long_0-01-0-02.mp4"}


def test_an_existing_target_survives_a_stop(shop: Shop, long_film: Path) -> None:
    target = shop.here / "a.mp4"
    target.write_bytes(b"precious")
    with shop.start("cut", long_film, "1", "1190", "--mode", "reencode", "-o", "a.mp4", "--force") as process:
        wait_until(lambda: at_work(shop), what="encoding")
        process.terminate()
        assert process.wait(20) == 143
    assert target.read_bytes() == b"precious"
    assert shop.left() == {"a.mp4"}


def test_the_second_signal_ends_it_at_once_and_a_later_run_tidies_up(shop: Shop, long_film: Path) -> None:
    with shop.start("cut", long_film, "1", "1190", "--mode", "reencode") as process:
        wait_until(lambda: at_work(shop), what="encoding")
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 130
    wait_until(lambda: not mentions(shop.here.parent), 5, "the end of every process")
    for folder in shop.here.glob(".cutroom-*"):
        os.utime(folder, (0, 0))  # long ago
    assert shop.run("cut", long_film, "1", "2").code == 0
    assert shop.left() == {"long_0-01-0-02.mp4"}


OURS = str(Path(cutroom.__file__).parent / "cli").encode()  # what a trace through our own code would name


def test_a_signal_in_the_first_moments(shop: Shop, film: Path) -> None:
    """Whatever is being loaded just then: no trace, and the code of the signal."""
    answers = set()
    for delay in (0.03, 0.08, 0.15, 0.25, 0.4):
        with shop.start("cut", film, "1", "19", "--force") as process:
            time.sleep(delay)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=20)
        # Before our first line the interpreter answers in its own way; after our last there is nothing to stop.
        if b"Traceback" in err:
            assert OURS not in err
        else:
            answers.add((process.returncode, err))
    interpreter = {(-signal.SIGINT, b""), (1, b"Could not import runpy module\n")}
    assert answers - interpreter <= {(130, b"cutroom: Cancelled.\n"), (130, b""), (0, b"")}
    assert not [name for name in shop.left() if name.startswith(".")]


@pytest.mark.enable_socket
def test_a_slow_server_does_not_hold_the_user_back(shop: Shop, film: Path) -> None:
    with (
        Site({"/film.mp4": Route(film, "video/mp4", pause=60)}) as site,
        shop.start("cut", site.url("/film.mp4"), "1", "19") as process,
    ):
        wait_until(lambda: site.hits, what="the first request")
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 130
    assert_nothing_left(shop)


def test_a_signal_that_the_caller_ignores_stays_ignored(shop: Shop, film: Path) -> None:
    """As ``nohup`` has it."""
    words = [*COMMAND, "cut", str(film), "1", "19", "--mode", "reencode"]
    with subprocess.Popen(
        ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *words],
        cwd=shop.here, env=shop.environment(), stdout=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        wait_until(lambda: at_work(shop), what="encoding")
        process.send_signal(signal.SIGHUP)
        assert process.wait(60) == 0

"""Everything that can be wrong with what a user gives: one clear sentence, the documented exit code, and no trace."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cutroom.cli.exit_codes import exit_code
from cutroom.kernel.errors import ErrorCode
from tests.support import films, hostile
from tests.support.command import COMMAND, Done, Shop, mentions
from tests.support.range_server import Route, Site

pytestmark = pytest.mark.journeys


def assert_refused(shop: Shop, codes: set[str], *arguments: str | Path) -> Done:
    """The command fails with one of ``codes``, said in one line or one document, and leaves nothing."""
    before = shop.left()
    told = shop.run("cut", *arguments)
    as_json = shop.run("cut", *arguments, "--json")
    error = as_json.error
    assert error["code"] in codes, error
    assert (told.out, as_json.out) == (b"", b"")
    assert told.code == as_json.code == exit_code(ErrorCode(error["code"]))
    assert re.fullmatch(r"cutroom: [^\n]{10,300}\n", told.err), told.err
    assert told.err == f"cutroom: {' '.join(filter(None, (error['message'], error['next_step'])))}\n"
    assert str(shop.here) not in told.err
    assert shop.left() == before
    assert not mentions(shop.here.parent)
    return told


# What is a time is asked of the kernel (test_timespan.py); the rest of these run when asked for (-m exhaustive).
@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        ("5", "3", "invalid_range"),
        pytest.param("3", "3", "invalid_range", marks=pytest.mark.exhaustive),
        ("-3", "5", "invalid_time"),
        pytest.param("1", "-0:05", "invalid_time", marks=pytest.mark.exhaustive),
        ("nan", "5", "invalid_time"),
        pytest.param("0", "inf", "invalid_time", marks=pytest.mark.exhaustive),
        pytest.param("1e3", "5", "invalid_time", marks=pytest.mark.exhaustive),
        ("0:75", "2:00", "invalid_time"),
        pytest.param("five", "six", "invalid_time", marks=pytest.mark.exhaustive),
        ("5", "30", "range_outside_source"),
        pytest.param("30", "40", "range_outside_source", marks=pytest.mark.exhaustive),
    ],
)
def test_times(shop: Shop, film: Path, start: str, end: str, code: str) -> None:
    assert_refused(shop, {code}, film, start, end)


def test_an_unknown_format_lists_the_known_ones(shop: Shop, film: Path) -> None:
    for arguments in (["--format", "avi"], ["-o", "clip.avi"]):
        told = assert_refused(shop, {"invalid_request"}, film, "1", "2", *arguments)
        assert all(name in told.err for name in ("avi", "mp4", "mp3", "gif"))


def case(name: str) -> Callable[[Path], Path]:
    return lambda folder: hostile.CASES[name].build(folder, "http://127.0.0.1:9")


def _bomb(folder: Path) -> Path:
    return Path(shutil.copy(hostile.bomb(), folder / "bomb.mp4"))


def _half(folder: Path) -> Path:
    path = folder / "half.mp4"
    whole = films.film("h264_closed").path.read_bytes()
    path.write_bytes(whole[: len(whole) // 3])
    return path


# The engine is asked about all of them in test_hostile; the rest of these run when asked for (-m exhaustive).
@pytest.mark.parametrize(
    ("build", "codes"),
    [
        (case("notes.mp4"), {"not_media"}),
        (case("empty.mp4"), {"not_media"}),
        (_half, {"media_damaged", "not_media"}),
        pytest.param(case("page.mp4"), {"not_media"}, marks=pytest.mark.exhaustive),
        pytest.param(case("concat.mp4"), {"not_media"}, marks=pytest.mark.exhaustive),
        pytest.param(case("hls.mp4"), {"not_media"}, marks=pytest.mark.exhaustive),
        (case("hls.m3u8"), {"not_media"}),
        pytest.param(case("dash.mp4"), {"not_media"}, marks=pytest.mark.exhaustive),
        pytest.param(case("drawing.mp4"), {"not_media"}, marks=pytest.mark.exhaustive),
        (case("drawing.png"), {"not_media"}),
        pytest.param(case("huge.png"), {"media_too_costly"}, marks=pytest.mark.exhaustive),
        (case("huge.mp4"), {"media_too_costly"}),
        pytest.param(case("noise.mp4"), {"not_media"}, marks=pytest.mark.exhaustive),
        (case("folder.mp4"), {"not_media"}),
        (case("missing.mp4"), {"source_not_found"}),
        (case("pipe.mp4"), {"not_media"}),
    ],
)
def test_files(shop: Shop, tmp_path: Path, build: Callable[[Path], Path], codes: set[str]) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    hostile.neighbours(folder)
    assert_refused(shop, codes, build(folder), "0", "1")


@pytest.mark.slow
def test_a_bomb_is_refused_by_its_cost(shop: Shop, tmp_path: Path) -> None:
    told = assert_refused(shop, {"media_too_costly"}, _bomb(tmp_path), "0", "18000", "--mode", "reencode")
    assert told.code == 6


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    ("route", "codes"),
    [
        (Route(b"", "video/mp4"), {"not_media", "source_no_media"}),
        (Route(b"", "video/mp4", length=False, ranges=False), {"not_media", "source_no_media"}),
        (Route(b"gone", "text/plain", 404), {"source_not_found"}),
        (Route(b"no", "text/plain", 500), {"source_unreachable"}),
        (Route(b"\x89PNG" + bytes(500), "application/zip"), {"source_no_media", "not_media", "media_damaged"}),
        (Route(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"), {"source_no_media", "not_media"}),
    ],
)
def test_links(shop: Shop, route: Route, codes: set[str]) -> None:
    with Site({"/film.mp4": route}) as site:
        assert_refused(shop, codes, site.url("/film.mp4"), "0", "1")


@pytest.mark.enable_socket
def test_a_page_without_a_video(shop: Shop) -> None:
    page = Route(b"<!doctype html><title>News</title><p>Words only.</p>", "text/html")
    with Site({"/news": page}) as site:
        assert_refused(shop, {"source_unsupported", "source_no_media"}, site.url("/news"), "0", "1")


@pytest.mark.enable_socket
def test_a_redirect_to_a_private_address(shop: Shop, film: Path) -> None:
    """The first server is allowed by name, what it points to is not."""
    with Site({"/secret.mp4": Route(film, "video/mp4")}, "127.0.0.2") as inside:
        moved = Route(status=302, headers={"Location": inside.url("/secret.mp4")})
        with Site({"/film.mp4": moved}) as site:
            done = shop.run(
                "cut", site.url("/film.mp4"), "0", "1", "--guarded", "--json",
                CUTROOM_OUTBOUND__ALLOWED_HOSTS="127.0.0.1",
            )  # fmt: skip
            assert len(site.hits) == 1
        assert inside.connections == 0
    assert (done.code, done.error["code"]) == (3, "source_refused_address")
    assert shop.left() == set()


@pytest.mark.parametrize("source", ["ftp://example.org/a.mp4", "file:///etc/passwd", "http://", "-", ""])
def test_addresses_that_are_not_fetched(shop: Shop, source: str) -> None:
    assert_refused(shop, {"invalid_request", "source_not_found", "not_media"}, source, "0", "1")


class TestTargets:
    def test_one_that_exists(self, shop: Shop, film: Path) -> None:
        target = shop.here / "a.mp4"
        target.write_bytes(b"precious")
        told = assert_refused(shop, {"target_exists"}, film, "1", "2", "-o", "a.mp4")
        assert "--force" in told.err
        assert target.read_bytes() == b"precious"
        assert shop.run("cut", film, "1", "2", "-o", "a.mp4", "--force").code == 0
        assert target.stat().st_size > 1000

    def test_one_of_several_that_exists_stops_all_before_any_work(self, shop: Shop, film: Path) -> None:
        (shop.here / "c2.mp4").touch()
        assert_refused(shop, {"target_exists"}, film, "1-2", "2-3", "-o", "c{n}.mp4")

    def test_a_missing_folder(self, shop: Shop, film: Path) -> None:
        assert_refused(shop, {"target_not_writable"}, film, "1", "2", "-o", "no/such/a.mp4")

    def test_a_folder_that_is_a_file(self, shop: Shop, film: Path) -> None:
        (shop.here / "file").touch()
        assert_refused(shop, {"target_not_writable"}, film, "1", "2", "-o", "file/a.mp4")

    def test_a_device(self, shop: Shop, film: Path) -> None:
        assert_refused(shop, {"target_not_writable"}, film, "1", "2", "-o", "/dev/null", "--force")
        assert Path("/dev/null").is_char_device()

    def test_the_source_itself(self, shop: Shop, film: Path) -> None:
        source = shop.here / "film.mp4"
        shutil.copy(film, source)
        assert_refused(shop, {"target_not_writable"}, "film.mp4", "1", "2", "-o", "./film.mp4", "--force")
        assert source.read_bytes() == film.read_bytes()

    def test_a_name_that_is_too_long(self, shop: Shop, film: Path) -> None:
        assert_refused(shop, {"target_not_writable"}, film, "1", "2", "-o", "n" * 300 + ".mp4")

    def test_several_ranges_for_one_file(self, shop: Shop, film: Path) -> None:
        assert_refused(shop, {"invalid_request"}, film, "1-2", "2-3", "-o", "a.mp4")

    def test_the_same_range_twice(self, shop: Shop, film: Path) -> None:
        assert_refused(shop, {"invalid_request"}, film, "1-2", "0:01-0:02")


def in_small_world(shop: Shop, film: Path, options: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Cut onto a file system that is mounted for this one process; what is there in the end is shown, too."""
    line = 'mount -t tmpfs -o "$1" none "$2"; cd "$2"; shift 2; "$@"; code=$?; ls -A; exit $code'
    own = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", line, "sh", options, str(shop.here)]
    command = [*own, *COMMAND, "cut", str(film), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=shop.environment(), timeout=100)


@pytest.mark.chaos
def test_a_read_only_disk(shop: Shop, film: Path) -> None:
    done = in_small_world(shop, film, "ro,size=9m", "1", "2")
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr == "cutroom: The folder for the target is read-only. Name another folder.\n"


@pytest.mark.chaos
@pytest.mark.parametrize(("size", "arguments"), [("100k", ["1", "2"]), ("1500k", ["0", "19", "--format", "gif"])])
def test_a_full_disk(shop: Shop, film: Path, size: str, arguments: list[str]) -> None:
    """Full from the start, and filling up during the work."""
    done = in_small_world(shop, film, f"size={size}", *arguments)
    assert (done.returncode, done.stdout) == (5, "")
    assert re.fullmatch(r"cutroom: The disk[^\n]* is full\.[^\n]*\n", done.stderr), done.stderr

"""Files that lie or harm: each is refused with the right code and one clean sentence, in time, and nothing is left.

Nothing beside a hostile file is read and no network is touched: neighbours and a counting server stand ready.
"""

from __future__ import annotations

import os
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.engine import Engine
from cutroom.media.input import Source
from cutroom.model.clip import CutRequest, Format, Mode
from tests.support import films, hostile, oracle, reader

RAW = ("/tmp", "file:", "av.", "Error", "Traceback", "errno", "[mov", " 0x", "@0x", "@ 0x")  # noqa: S108  looked for only
"""What a sentence for people never holds: folders of ours, and words of the tools."""
PATIENCE = 20
"""Seconds for a probe and a cut of anything."""

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(3 * PATIENCE), pytest.mark.slow]


class Bait:
    """A listener on the loopback that counts who connects."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.visits = 0
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    def _count(self) -> None:
        while True:
            try:
                visitor, _ = self._socket.accept()
            except OSError:
                return
            self.visits += 1
            visitor.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where everything temporary goes while this module runs, so that leftovers show."""
    folder = tmp_path_factory.mktemp("scratch")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", None)
        yield folder


@pytest.fixture(scope="module")
def engine(scratch: Path) -> Iterator[Engine]:
    with Engine() as engine:
        yield engine
    assert with_environment(str(scratch)) == []


@pytest.fixture
def bait() -> Iterator[Bait]:
    bait = Bait()
    yield bait
    bait.close()


def processes() -> dict[int, int]:
    """Every process and its parent (empty where there is no /proc)."""
    found: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            found[int(entry.parent.name)] = int(fields[1])
    return found


def grandchildren() -> set[int]:
    """Processes started by what this process started: tasks of the media child, and their tools."""
    parents = processes()
    children = {pid for pid, parent in parents.items() if parent == os.getpid()}
    found: set[int] = set()
    below = children
    while below := {pid for pid, parent in parents.items() if parent in below}:
        found |= below
    return found


def with_environment(text: str) -> list[str]:
    """Processes other than this one that were started with ``text`` in their environment."""
    found: list[str] = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if text.encode() in entry.read_bytes() and int(entry.parent.name) != os.getpid():
                found.append((entry.parent / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return [command for command in found if command]


def settled() -> set[int]:
    """The grandchildren that are still there after a moment."""
    until = time.monotonic() + 3
    while (left := grandchildren()) and time.monotonic() < until:
        time.sleep(0.05)
    return left


def check_sentence(error: CutroomError, folder: Path) -> None:
    said = error.message
    assert said == said.strip()
    assert said.endswith(".")
    assert "\n" not in said
    assert 8 < len(said) < 300
    for raw in (str(folder), folder.name, *RAW):
        assert raw not in said


def check_nothing_left(out: Path, scratch: Path, bait: Bait) -> None:
    assert [path.name for path in out.iterdir()] == []
    assert settled() == set()
    assert [str(path.relative_to(scratch)) for path in scratch.rglob("*") if not path.is_dir()] == []
    assert bait.visits == 0


def refuse(engine: Engine, path: Path, request: CutRequest, out: Path, home: Path) -> set[str]:
    """Probe and cut; the codes of both failures. A clip that comes out after all must be one of the film."""
    codes: set[str] = set()
    for act in (lambda: engine.probe(Source(path)), lambda: engine.cut(Source(path), request, out / "clip.mp4")):
        try:
            act()
        except CutroomError as error:
            check_sentence(error, home)
            codes.add(error.code.value)
    clip = out / "clip.mp4"
    if clip.exists():
        numbers = [shown.number for shown in reader.read_pictures(clip)]
        assert numbers == sorted(set(numbers))
        assert all(0 <= number < 600 for number in numbers)
        clip.unlink()
        codes.add("cut")
    return codes


@pytest.mark.parametrize("name", hostile.CASES)
def test_a_hostile_file_is_refused(engine: Engine, name: str, tmp_path: Path, scratch: Path, bait: Bait) -> None:
    case, home, out = hostile.CASES[name], tmp_path / "uploads-7f3a", tmp_path / "out"
    home.mkdir()
    out.mkdir()
    hostile.neighbours(home)
    path = case.build(home, bait.url)
    before = sorted(entry.name for entry in home.iterdir())
    began = time.monotonic()
    codes = refuse(engine, path, CutRequest(Fraction(1, 2), Fraction(5, 2)), out, home)
    assert time.monotonic() - began < PATIENCE
    allowed = {*case.codes, *({"cut"} if "verification_failed" in case.codes else ())}
    assert codes
    assert codes <= allowed
    assert sorted(entry.name for entry in home.iterdir()) == before
    check_nothing_left(out, scratch, bait)


@pytest.mark.parametrize("name", hostile.ODD_NAMES)
def test_a_good_file_with_an_odd_name_is_cut(
    engine: Engine, name: str, tmp_path: Path, scratch: Path, bait: Bait
) -> None:
    film = films.film("faststart")
    path, out = tmp_path / name, tmp_path / "out folder"
    path.write_bytes(film.path.read_bytes())
    out.mkdir()
    for mode, end in ((None, Fraction(2)), (Mode.REENCODE, Fraction("1.2"))):
        clip = out / f"{mode} {name[:100]}"
        result = engine.cut(Source(path), CutRequest(Fraction(1), end, mode=mode), clip)
        assert oracle.problems(film, Fraction(1), end, result, clip) == []
        clip.unlink()
    check_nothing_left(out, scratch, bait)


@pytest.mark.parametrize("name", ["clip.mp4", "-i.mp4", "a:b.mp4"])
def test_names_mean_themselves_in_the_working_folder(
    engine: Engine, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(films.film("faststart").path.read_bytes())
    engine.cut(Source(Path(name)), CutRequest(Fraction(1), Fraction(2)), Path(f"out {name}"))
    assert sorted(os.listdir()) == sorted([name, f"out {name}"])  # noqa: PTH208  the very names are wanted


@pytest.mark.parametrize("form", [Format.MP4, pytest.param(Format.GIF, marks=pytest.mark.exhaustive)])
def test_five_hours_of_4k_are_not_encoded(
    engine: Engine, form: Format, tmp_path: Path, scratch: Path, bait: Bait
) -> None:
    """A few dozen megabytes that would keep a machine busy for a day."""
    request = CutRequest(Fraction(1), Fraction(17_999), format=form, mode=Mode.REENCODE)
    source = Source(hostile.bomb())
    began = time.monotonic()
    with pytest.raises(CutroomError) as failure:
        engine.cut(source, request, tmp_path / "clip")
    assert failure.value.code is ErrorCode.MEDIA_TOO_COSTLY
    assert time.monotonic() - began < PATIENCE
    check_sentence(failure.value, tmp_path)
    check_nothing_left(tmp_path, scratch, bait)


def test_a_hundred_thousand_pictures_in_a_gif_end_in_time(
    engine: Engine, tmp_path: Path, scratch: Path, bait: Bait
) -> None:
    path, out = tmp_path / "endless.gif", tmp_path / "out"
    path.write_bytes(hostile.endless_gif())
    out.mkdir()
    began = time.monotonic()
    try:
        result = engine.cut(Source(path), CutRequest(Fraction(0), Fraction(1, 5)), out / "clip.mp4")
    except CutroomError as error:
        assert error.code in {ErrorCode.MEDIA_TOO_COSTLY, ErrorCode.LIMIT_EXCEEDED}  # noqa: PT017  either is right
        check_sentence(error, tmp_path)
    else:
        assert result.frames == 10
        (out / "clip.mp4").unlink()
    assert time.monotonic() - began < PATIENCE
    check_nothing_left(out, scratch, bait)

"""What the first pages tell a reader to type works as printed: their own lines, in a shell, against their own server.

Changed are only the things that the pages tell the reader to change (the key, and the address where another was
printed) and the made-up public links, which lead to a site of the test's.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.support import films, reader, tool_judge
from tests.support.command import wait_until
from tests.support.launcher import ROOT
from tests.support.network import PUBLIC_HOST
from tests.support.range_server import Route, Site

pytestmark = [pytest.mark.journeys, pytest.mark.enable_socket, pytest.mark.timeout(300)]

PAGES = ("README.md", "docs/start.md")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINKS = ("https://example.com/film.mp4", "https://example.org/talk.mp4")
_LAST_LINE = "Ctrl-C stops it."


def blocks(page: str, kind: str) -> list[str]:
    return [text for name, text in _FENCE.findall((ROOT / page).read_text(encoding="utf-8")) if name == kind]


@dataclass
class Reader:
    """Somebody at a terminal who has started a server in another one."""

    here: Path
    said: str
    film_url: str

    @property
    def key(self) -> str:
        return str(re.findall(r"your API key: +(\S+)", self.said)[0])

    @property
    def url(self) -> str:
        return str(re.findall(r"^Cutroom is open at (\S+)$", self.said, re.MULTILINE)[0])

    def types(self, *lines: str) -> str:
        """What is said to the lines; each of them has to succeed."""
        script = "".join(lines).replace("ve_live_...", self.key).replace("http://127.0.0.1:8000", self.url)
        for link in _LINKS:
            script = script.replace(link, self.film_url)
        done = subprocess.run(
            ["sh", "-eu"], input=script, cwd=self.here, env=environment(), capture_output=True, text=True, check=False,
            timeout=200,
        )  # fmt: skip
        assert done.returncode == 0, f"{script}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def clips(self) -> list[dict[str, object]]:
        """The library, newest first."""
        answer = requests.get(
            f"{self.url}/fastclip/v1/clips", headers={"Authorization": f"Bearer {self.key}"}, timeout=30
        )
        return list(answer.json()["clips"])

    def files(self) -> set[str]:
        return {path.name for path in self.here.iterdir()}

    def numbers(self, name: str) -> list[int | None]:
        return [shown.number for shown in reader.read_pictures(self.here / name)]


def environment(**more: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("CUTROOM_")} | more


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four minutes with sound; picture ``i`` has the number ``i % 600``."""
    path, short = tmp_path_factory.mktemp("film") / "film.mp4", films.film("no_audio").path
    films.run([
        *("-stream_loop", "11", "-i", str(short), "-f", "lavfi", "-i", "sine=440", "-t", "240"),
        *("-c:v", "copy", "-c:a", "aac", str(path)),
    ])  # fmt: skip
    return path


@pytest.fixture(scope="module")
def at_the_terminal(tmp_path_factory: pytest.TempPathFactory, film: Path) -> Iterator[Reader]:
    """The first command of the README was typed in a folder with a checkout's ``run`` and two films."""
    here = tmp_path_factory.mktemp("reader")
    (here / "run").symlink_to(ROOT / "run")
    for name in ("talk.mp4", "film.mp4"):
        shutil.copyfile(film, here / name)
    settings = {
        "CUTROOM_SERVER__PORT": "0",  # another server may have the usual one
        "CUTROOM_SERVER__DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "CUTROOM_OUTBOUND__ALLOWED_HOSTS": PUBLIC_HOST,
    }
    command, log = blocks("README.md", "sh")[0], here / "log"
    with Site({"/talk.mp4": Route(film, "video/mp4")}, host=PUBLIC_HOST) as site, log.open("w") as errors:
        process = subprocess.Popen(
            ["sh", "-c", f"exec {command}"], cwd=here, env=environment(**settings), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=errors, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        said = ""
        try:
            for line in process.stdout:
                said += line
                if line.strip() == _LAST_LINE:
                    break
            assert _LAST_LINE in said, log.read_text()
            yield Reader(here, said, site.url("/talk.mp4"))
            process.send_signal(signal.SIGINT)
            process.wait(60)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


@pytest.mark.parametrize("page", PAGES)
def test_the_server_says_what_is_printed(at_the_terminal: Reader, page: str) -> None:
    assert blocks(page, "sh")[0] == "./run serve\n"
    said = re.sub(r"ve_live_\w+", "ve_live_...", at_the_terminal.said)
    said = re.sub(r"token=\S+", "token=...", said).replace(at_the_terminal.url, "http://127.0.0.1:8000")
    assert said in blocks(page, "")


def test_the_readmes_clip(at_the_terminal: Reader) -> None:
    said = at_the_terminal.types(blocks("README.md", "sh")[1])
    assert "event: completed" in said
    assert '"status":"complete"' in said
    clip = re.findall(r"^The clip is `(\S+)`", (ROOT / "README.md").read_text(), re.MULTILINE)[0]
    assert at_the_terminal.numbers(clip) == list(range(60, 165))
    newest = at_the_terminal.clips()[0]
    assert requests.get(f"{at_the_terminal.url}/c/{newest['id']}", timeout=30).status_code == 200


def test_the_readmes_cuts(at_the_terminal: Reader) -> None:
    before = at_the_terminal.files()
    said = at_the_terminal.types(blocks("README.md", "sh")[2])
    assert at_the_terminal.numbers("part.mp4") == [number % 600 for number in range(2700, 4065)]
    made = {
        "talk_0-10-0-25.mp4",
        "talk_1-02-1-30.mp4",
        "talk_1-30-2-15.5.mp4",
        "part.gif",
        "part.mp4",
        "talk.gif",
        "talk.mkv",
    }
    assert at_the_terminal.files() - before == made
    assert at_the_terminal.numbers("talk.gif") == list(range(90, 210, 2))
    assert tool_judge.packets(at_the_terminal.here / "talk.mkv") == tool_judge.packets(
        at_the_terminal.here / "talk.mp4"
    )
    assert "h264" in said


def test_the_start_pages_clips(at_the_terminal: Reader) -> None:
    clip, upload, tool = blocks("docs/start.md", "sh")[1:]
    said = at_the_terminal.types(clip, upload, tool)
    assert '"duration":240' in said
    assert "event:" in said
    assert '"status":"completed"' in said
    assert at_the_terminal.numbers("result.gif") == list(range(90, 210, 2))
    wait_until(lambda: len(at_the_terminal.clips()) >= 2, 60, "the clip of the link")
    lengths = {clip["duration"]: clip for clip in at_the_terminal.clips()[:2]}
    assert set(lengths) == {60, 12.5}
    assert at_the_terminal.numbers("clip_1-30-1-42.mp4") == [number % 600 for number in range(2700, 3075)]


def test_the_operators_accounts(at_the_terminal: Reader) -> None:
    [lines] = [text for text in blocks("docs/operate.md", "sh") if "auth/signup" in text]
    assert re.search(r'"clp_\w{20,}"', at_the_terminal.types(lines))

"""The launcher: when it makes the environment again, and that it becomes the command it was asked for."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.support.launcher import ROOT, load_launcher

pytestmark = pytest.mark.slow

run = load_launcher()


class Checkout:
    """A checkout whose uv is a script that makes an environment and writes down how it was called."""

    def __init__(self, root: Path, home: Path) -> None:
        self.root, self.venv, self.log = root, root / ".venv", home / "log"
        self.env = {"HOME": str(home), "PATH": os.environ["PATH"], "LOG": str(self.log)}
        (root / "scripts").mkdir(parents=True)
        (root / "run").write_bytes((ROOT / "run").read_bytes())
        (root / "run").chmod(0o755)
        for name in ("uv.lock", "pyproject.toml"):
            (root / name).write_text(name)
        uv = home / ".cache/cutroom" / f"uv-{run.UV_VERSION}" / "uv"
        uv.parent.mkdir(parents=True)
        uv.write_text(
            f"#!{sys.executable}\n"
            "import json, os, pathlib, sys, time\n"
            "with open(os.environ['LOG'], 'a') as log: log.write(json.dumps(sys.argv[1:]) + '\\n')\n"
            "time.sleep(0.1)\n"
            "venv = pathlib.Path.cwd() / '.venv'\n"
            "(venv / 'bin').mkdir(parents=True, exist_ok=True)\n"
            "(venv / 'pyvenv.cfg').write_text('version_info = 3.11')\n"
            "for name in ('python', 'cutroom'):\n"
            "    path = venv / 'bin' / name\n"
            "    path.write_text(f'#!{sys.executable}\\n' + pathlib.Path('program').read_text())\n"
            "    path.chmod(0o755)\n"
        )
        uv.chmod(0o755)
        self.program("import sys; print(sys.argv[1:])")

    def program(self, code: str) -> None:
        """What every program of the environment does, but for pulling models: that is written down."""
        pulls = (
            "import os, pathlib, sys\n"
            "if sys.argv[1:2] == ['models']:\n"
            "    with pathlib.Path(os.environ['LOG'] + '-pulls').open('a') as log: log.write(f'{sys.argv[1:]}\\n')\n"
            "    print('heard by nobody')\n"
            "    sys.exit(int(os.environ.get('PULL', '0')))\n"
        )
        (self.root / "program").write_text(pulls + code)

    def pulls(self) -> list[str]:
        """How models were asked for."""
        log = Path(f"{self.log}-pulls")
        return log.read_text().splitlines() if log.exists() else []

    def calls(self) -> list[list[str]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, self.root / "run", *arguments], env=self.env | env, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def out(self, *arguments: str, **env: str) -> tuple[int, bytes, bytes]:
        process = self.start(*arguments, **env)
        out, err = process.communicate(b"in", timeout=30)
        return process.returncode, out, err


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "checkout", tmp_path / "home")


def test_the_environment_is_made_once_and_again_when_what_it_was_made_from_changes(checkout: Checkout) -> None:
    assert checkout.out("cut", "a b", "-o", "-") == (
        0, b"['cut', 'a b', '-o', '-']\n", b"cutroom: installing the locked runtime packages\n"
    )  # fmt: skip
    assert checkout.out("info")[1:] == (b"['info']\n", b"")
    runtime = ["sync", "--frozen", "--project", str(checkout.root), "--no-dev", "--inexact", "--quiet"]
    assert checkout.calls() == [runtime]
    for name in ("uv.lock", "pyproject.toml", ".venv/pyvenv.cfg"):
        (checkout.root / name).write_text("changed")
        checkout.out("info")
    (checkout.venv / "bin/cutroom").unlink()
    checkout.out("info")
    assert checkout.calls() == [runtime] * 5


def test_user_commands_leave_the_development_packages_alone(checkout: Checkout) -> None:
    assert checkout.out("lint")[1] == f"['{checkout.root}/scripts/check.py', '--static']\n".encode()
    assert checkout.out("test")[1] == f"['{checkout.root}/scripts/check.py']\n".encode()
    assert checkout.out("test", "tests/kernel", "-x")[1] == b"['-m', 'pytest', 'tests/kernel', '-x']\n"
    assert checkout.out("tool", "python", "-V")[1] == b"['-V']\n"
    checkout.out("cut")
    assert checkout.calls() == [["sync", "--frozen", "--project", str(checkout.root), "--quiet"]]
    (checkout.root / "uv.lock").write_text("changed")
    checkout.out("cut")
    assert "--inexact" in checkout.calls()[-1]


def test_models_are_pulled_at_set_up_and_when_the_catalogue_changes(checkout: Checkout) -> None:
    checkout.out("info")
    checkout.out("info")
    assert checkout.pulls() == ["['models', 'pull', '--embedded']"]
    catalogue = checkout.root / "src/cutroom/perception/models.toml"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text("changed")
    assert checkout.out("info")[:2] == (0, b"['info']\n")
    assert len(checkout.pulls()) == 2


def test_models_that_cannot_be_pulled_stop_nothing_and_are_spoken_of_once(checkout: Checkout) -> None:
    code, out, err = checkout.out("info", PULL="3")
    assert (code, out) == (0, b"['info']\n")
    assert b"analyses know less until `./run models pull --embedded` works" in err
    assert checkout.out("info", PULL="3") == (0, b"['info']\n", b"")


def test_a_moved_checkout_gets_a_new_environment(checkout: Checkout, tmp_path: Path) -> None:
    checkout.out("info")
    moved = checkout.root.rename(tmp_path / "moved")
    checkout.root, checkout.venv = moved, moved / ".venv"
    assert checkout.out("info")[:2] == (0, b"['info']\n")
    assert [words[:2] for words in checkout.calls()] == [
        ["sync", "--frozen"],
        ["venv", "--clear"],
        ["sync", "--frozen"],
    ]
    assert checkout.calls()[1][-2:] == [str(checkout.venv), "--quiet"]


def test_packages_come_from_the_users_index_though_the_lock_names_another(checkout: Checkout) -> None:
    checkout.out("info", PIP_INDEX_URL="https://mirror.test/simple")
    assert [words[:2] for words in checkout.calls()] == [
        ["venv", "--clear"],
        ["export", "--frozen"],
        ["pip", "install"],
        ["sync", "--frozen"],
    ]
    assert "--require-hashes" in checkout.calls()[2]
    listed = [words[words.index(flag) + 1] for words, flag in zip(
        checkout.calls()[1:3], ("--output-file", "-r"), strict=True
    )]  # fmt: skip
    assert listed == [str(checkout.root / ".cache/runtime.txt")] * 2


def test_two_at_once_set_up_once(checkout: Checkout) -> None:
    processes = [checkout.start("info") for _ in range(4)]
    assert [process.communicate(timeout=30)[0] for process in processes] == [b"['info']\n"] * 4
    assert len(checkout.calls()) == 1


def test_a_lock_is_held_alone(tmp_path: Path) -> None:
    held: list[str] = []

    def hold(name: str) -> None:
        with run.locked(tmp_path / "below" / "lock"):
            held.append(name)
            time.sleep(0.05)
            held.append(name)

    threads = [threading.Thread(target=hold, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(held) == 6
    assert held[::2] == held[1::2]


def test_streams_and_exit_code_are_those_of_the_command(checkout: Checkout) -> None:
    checkout.program(
        "import sys\n"
        "sys.stdout.buffer.write(sys.stdin.buffer.read() + bytes(range(256)))\n"
        "print('a word', file=sys.stderr)\n"
        "sys.exit(37)\n"
    )
    checkout.out("warm", "up")
    assert checkout.out("cut") == (37, b"in" + bytes(range(256)), b"a word\n")


def test_a_signal_reaches_the_command_itself(checkout: Checkout) -> None:
    checkout.program(
        "import os, signal, sys, time\n"
        "signal.signal(signal.SIGINT, lambda *_: (os.write(1, b'tidied'), os._exit(130)))\n"
        "print(os.getpid(), flush=True)\n"
        "time.sleep(60)\n"
    )
    process = checkout.start("cut")
    assert process.stdout is not None
    # The same process: whoever started the launcher holds the command.
    assert int(process.stdout.readline()) == process.pid
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30)[0] == b"tidied"
    assert process.returncode == 130


def test_what_cannot_be_started_is_one_sentence(checkout: Checkout) -> None:
    code, out, err = checkout.out("tool", "ruff")
    assert (code, out) == (70, b"")
    assert b"ruff" in err
    assert b"Traceback" not in err


def test_a_tool_that_nobody_knows_installs_no_development_packages(checkout: Checkout) -> None:
    for words in (["tool"], ["tool", "--help"], ["tool", "giff", "in.mp4"]):
        assert checkout.out(*words)[:2] == (0, f"{words}\n".encode())
    assert [call[-3:] for call in checkout.calls()] == [["--no-dev", "--inexact", "--quiet"]]


def test_a_failing_uv_is_told_and_tried_again(checkout: Checkout, tmp_path: Path) -> None:
    uv = next((tmp_path / "home").rglob("uv"))
    working = uv.read_text()
    uv.write_text("#!/bin/sh\necho 'no such package' >&2\nexit 2\n")
    code, out, err = checkout.out("info")
    assert (code, out) == (70, b"")
    assert b"no such package" in err
    uv.write_text(working)
    assert checkout.out("info")[:2] == (0, b"['info']\n")

"""Commands of a server that refuse to start, and those of its operator. Starting one is told in the journeys."""

from __future__ import annotations

import contextlib
import io
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import COMMAND, wait_until
from tests.support.served import environment

pytestmark = [pytest.mark.journeys, pytest.mark.enable_socket]


def run(folder: Path, *arguments: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(folder, **settings),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def admin(folder: Path, *arguments: str, stdin: str = "") -> Any:
    done = run(folder, "admin", *arguments, "--json", "--data-dir", str(folder / "data"), stdin=stdin)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("command", ["serve", "api"])
@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_beyond_loopback_an_owner_password_is_needed(tmp_path: Path, command: str, host: str) -> None:
    done = run(tmp_path, command, "--host", host, "--port", "0", "--data-dir", str(tmp_path / "data"))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "CUTROOM_ACCOUNTS__OWNER_PASSWORD" in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(tmp_path, "serve", "--port", str(port), "--data-dir", str(tmp_path / "data"))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"port {port}" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"CUTROOM_SERVER__PORT": "many"}, "CUTROOM_SERVER__PORT"),
        ({"CUTROOM_SERVER__HOSTS__FASTCLIPP": "a.example"}, "CUTROOM_SERVER__HOSTS__FASTCLIPP"),
        ({"CUTROOM_DATABASE__URL": "mysql://a@b/c"}, "CUTROOM_DATABASE__URL"),
        ({"CUTROOM_STORAGE__URL": "ftp://a/b"}, "CUTROOM_STORAGE__URL"),
        ({"CUTROOM_BILLING__MODE": "stripe"}, "CUTROOM_BILLING__STRIPE_SECRET_KEY"),
        ({"CUTROOM_MAIL__HOST": "mail.example"}, "CUTROOM_MAIL__SENDER"),
        ({"CUTROOM_ACCOUNTS__OWNER_PASSWORD": "hunter2"}, "CUTROOM_ACCOUNTS__OWNER_PASSWORD"),
    ],
)
def test_settings_that_make_no_sense_are_one_sentence(tmp_path: Path, settings: dict[str, str], words: str) -> None:
    done = run(tmp_path, "serve", "--port", "0", "--data-dir", str(tmp_path / "data"), **settings)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "hunter2" not in done.stderr


def test_an_unknown_queue(tmp_path: Path) -> None:
    done = run(tmp_path, "worker", "--queues", "net,cpus", "--data-dir", str(tmp_path / "data"))
    assert done.returncode == 2
    assert '"cpus" is no queue' in done.stderr


def test_accounts_keys_and_credit_by_hand(tmp_path: Path) -> None:
    added = admin(tmp_path, "add", "Ada@Example.com", "--name", "Ada", "--ask-password", stdin="correct horse\n")
    assert (added["email"], added["plan"]) == ("ada@example.com", "free")
    assert admin(tmp_path, "credit", "ada@example.com", "12.50", "--once", "june")["balance"] == "17.50"
    assert admin(tmp_path, "credit", "ada@example.com", "12.50", "--once", "june")["balance"] == "17.50"
    made = admin(tmp_path, "key", "ada@example.com", "--prefix", "sk_live_")
    assert made["key"].startswith("sk_live_")
    assert [key["id"] for key in admin(tmp_path, "keys", "ada@example.com")] == [made["id"]]
    assert admin(tmp_path, "revoke", "ada@example.com", made["id"])["revoked"]
    assert admin(tmp_path, "change", "ada@example.com", "--plan", "pro", "--disabled")["disabled"]
    [ada] = admin(tmp_path, "accounts")
    assert (ada["plan"], ada["disabled"], ada["balance"], ada["keys"]) == ("pro", True, "17.50", 0)
    assert admin(tmp_path, "invite")["invite"]
    assert "/login/link?token=" in admin(tmp_path, "link")["login_url"]
    assert admin(tmp_path, "audit") == {"ok": True, "problems": []}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("keys", "nobody@example.com"), 2, "no account"),
        (("credit", "nobody@example.com", "1.005"), 2, "amount"),
        (("credit", "nobody@example.com", "-1"), 2, "amount"),
        (("add", "nobody"), 2, "e-mail"),
        (("add", "a@example.com", "--plan", "owner"), 2, "plan"),
    ],
)
def test_mistakes_of_an_operator(tmp_path: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    done = run(tmp_path, "admin", *arguments, "--data-dir", str(tmp_path / "data"))
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_migrating_twice(tmp_path: Path) -> None:
    done = [run(tmp_path, "migrate", "--json", "--data-dir", str(tmp_path / "data")) for _ in range(2)]
    assert [json.loads(one.stdout) for one in done] == [{"changed": True}, {"changed": False}]


def test_a_child_that_keeps_dying_is_started_ever_later_and_ends_with_us(tmp_path: Path) -> None:
    from cutroom.cli.supervise import Supervisor

    note = tmp_path / "starts"
    code = f"open({str(note)!r}, 'a').write('.')"
    with Supervisor([sys.executable, "-c", code], {}):
        wait_until(lambda: note.exists() and len(note.read_text()) == 3, 30, "three starts")
    with Supervisor([sys.executable, "-c", "import sys; sys.stdin.read()"], {}) as patient:
        wait_until(lambda: patient.process_id, 10, "the child")
    assert patient.process_id is None


def test_a_worker_whose_parent_is_gone_leaves_whenever_that_was(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate", "--data-dir", str(tmp_path / "data")).returncode == 0
    started = time.monotonic()
    workers = [
        subprocess.Popen(
            [*COMMAND, "worker", "--with-parent", "--data-dir", str(tmp_path / "data")],
            env=environment(tmp_path),
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(4)
    ]
    try:
        for number, worker in enumerate(workers):  # from the first imports to the first look at a queue
            time.sleep(max(0.0, started + 1.5 + 0.5 * number - time.monotonic()))
            assert worker.stdin is not None
            worker.stdin.close()
        for worker in workers:
            worker.wait(60)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


def test_a_worker_that_was_told_to_stop_while_it_opened_its_bench_never_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cutroom.cli.door import Door
    from cutroom.cli.house import House
    from cutroom.cli.worker import worker
    from cutroom.kernel.cancel import CancelToken

    cancel = CancelToken()
    opened = House.workbench

    @contextlib.contextmanager
    def told_meanwhile(house: House) -> Iterator[Any]:
        with opened(house) as bench:
            cancel.cancel()
            yield bench

    monkeypatch.setattr(House, "workbench", told_meanwhile)
    monkeypatch.setattr(House, "start_log", lambda *_, **__: None)
    door = Door(io.StringIO(), io.StringIO(), cancel, contextlib.nullcontext, as_json=False)  # type: ignore[arg-type]
    assert worker(data_dir=tmp_path / "data", door=door) == 0

"""Commands of a server that refuse to start, and those of its operator. Starting one is told in the journeys."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.support.command import COMMAND, wait_until
from tests.support.served import environment, server

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


def test_beyond_loopback_the_owners_key_is_in_its_file_and_not_shown(tmp_path: Path) -> None:
    with server(tmp_path, "--host", "0.0.0.0", CUTROOM_ACCOUNTS__OWNER_PASSWORD="correct horse battery") as running:
        assert (running.key, running.login_url) == (None, None)
        key = (running.data_dir / "owner-key").read_text().strip()
        parts = urlsplit(running.url)
        here = f"http://127.0.0.1:{parts.port}"
        answer = requests.get(f"{here}/clipapi/v1/auth/me", headers={"Authorization": f"Bearer {key}"}, timeout=30)
        assert answer.status_code in {200, 403}, answer.text  # known; what needs a session may say so
        assert requests.get(f"{here}/metrics", headers={"Authorization": f"Bearer {key}"}, timeout=30).ok
        assert key not in running.log


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


@pytest.mark.parametrize("command", ["serve", "api"])
@pytest.mark.parametrize("port", ["99999", "-1", "many"])
def test_a_port_that_cannot_be(tmp_path: Path, command: str, port: str) -> None:
    done = run(tmp_path, command, "--port", port, "--data-dir", str(tmp_path / "data"))
    assert (done.returncode, done.stdout) == (2, "")
    assert f'from 0 to 65535, not "{port}"' in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["serve", "api", "worker", "migrate"])
def test_a_database_that_is_not_there(tmp_path: Path, command: str) -> None:
    port = ["--port", "0"] if command in {"serve", "api"} else []
    url = "postgresql://ada:hunter2@127.0.0.1:1/films"
    done = run(tmp_path, command, *port, "--data-dir", str(tmp_path / "data"), CUTROOM_DATABASE__URL=url)
    assert (done.returncode, done.stdout) == (2, "")
    assert "The database cannot be reached: nothing answers at 127.0.0.1, port 1." in done.stderr
    assert "hunter2" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_data_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run(tmp_path, "worker", "--data-dir", str(tmp_path / "file" / "data"))
    assert done.returncode == 5
    assert f"cannot be used: {tmp_path / 'file' / 'data'}." in done.stderr


def test_what_a_server_writes_is_for_its_user_alone_even_in_an_open_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o755)
    with server(tmp_path) as running:
        running.until_ready()
        sent = running.ask("POST", "/cutroom/v1/uploads", files={"file": ("film.mp4", b"not a film")})
        assert sent.status_code < 500, sent.text
        made = sorted(data.rglob("*"))
        shown = [path for path in made if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert {"cutroom.db", "files", "sources", "address"} <= {path.name for path in made}
    assert shown == []


def test_an_unknown_queue(tmp_path: Path) -> None:
    done = run(tmp_path, "worker", "--queues", "net,cpus", "--data-dir", str(tmp_path / "data"))
    assert done.returncode == 2
    assert '"cpus" is no queue' in done.stderr


@pytest.fixture(scope="module")
def _first_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a new server that nobody has used."""
    folder = tmp_path_factory.mktemp("first")
    assert run(folder, "migrate", "--data-dir", str(folder / "data")).returncode == 0
    return folder / "data"


@pytest.fixture
def founded(tmp_path: Path, _first_data: Path) -> Path:
    """A folder with a server's data in it."""
    shutil.copytree(_first_data, tmp_path / "data")
    return tmp_path


@pytest.mark.parametrize("words", [("accounts",), ("add", "ada@example.com"), ("link",), ("audit",)])
def test_a_mistyped_folder_does_not_become_a_server(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = run(tmp_path, "admin", *words, "--data-dir", str(tmp_path / "nix"))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"no server's data in {tmp_path / 'nix'}." in done.stderr
    assert "--data-dir" in done.stderr
    assert "cutroom migrate" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_usual_folder_is_not_made_by_looking_either(tmp_path: Path) -> None:
    done = run(tmp_path, "admin", "accounts")
    assert done.returncode == 2
    assert str(tmp_path / ".local") in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_link_leads_to_where_the_server_listens_or_listened(founded: Path) -> None:
    assert admin(founded, "link")["login_url"].startswith("http://127.0.0.1:8000/login/link?token=")
    with server(founded, command="api") as running:
        assert admin(founded, "link")["login_url"].startswith(f"{running.url}/login/link?token=")
    assert admin(founded, "link")["login_url"].startswith(f"{running.url}/login/link?token=")
    by_hand = admin(founded, "link", "--url", "https://clips.example/")["login_url"]
    assert by_hand.startswith("https://clips.example/login/link?token=")
    wrong = run(founded, "admin", "link", "--url", "clips", "--data-dir", str(founded / "data"))
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "https://clips.example" in wrong.stderr


def test_whoever_makes_an_account_is_told_how_it_begins(founded: Path) -> None:
    data = ["--data-dir", str(founded / "data")]
    bare = run(founded, "admin", "add", "bob@example.com", *data).stdout
    assert all(step in bare for step in ("admin link bob@example.com", "admin key bob@example.com", "--ask-password"))
    ready = run(founded, "admin", "add", "ada@example.com", "--ask-password", *data, stdin="correct horse\n").stdout
    assert ready == "ada@example.com can log in now.\n"


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_worker_says_when_it_is_ready(founded: Path, options: tuple[str, ...]) -> None:
    command = [*COMMAND, "worker", "--queues", "net", "--data-dir", str(founded / "data"), *options]
    with subprocess.Popen(command, env=environment(founded), stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        said = worker.stdout.readline()
        worker.terminate()
        said += worker.stdout.read()
    assert worker.returncode == 0
    if options:
        assert json.loads(said) == {"queues": ["flow", "net"]}
    else:
        assert said == "The worker is ready and takes from flow, net. Ctrl-C stops it.\n"


def test_accounts_keys_and_credit_by_hand(founded: Path) -> None:
    added = admin(founded, "add", "Ada@Example.com", "--name", "Ada", "--ask-password", stdin="correct horse\n")
    assert (added["email"], added["plan"]) == ("ada@example.com", "free")
    assert admin(founded, "credit", "ada@example.com", "12.50", "--once", "june")["balance"] == "17.50"
    assert admin(founded, "credit", "ada@example.com", "12.50", "--once", "june")["balance"] == "17.50"
    made = admin(founded, "key", "ada@example.com", "--prefix", "sk_live_")
    assert made["key"].startswith("sk_live_")
    assert [key["id"] for key in admin(founded, "keys", "ada@example.com")] == [made["id"]]
    assert admin(founded, "revoke", "ada@example.com", made["id"])["revoked"]
    assert admin(founded, "change", "ada@example.com", "--plan", "pro", "--disabled")["disabled"]
    [ada] = admin(founded, "accounts")
    assert (ada["plan"], ada["disabled"], ada["balance"], ada["keys"]) == ("pro", True, "17.50", 0)
    assert admin(founded, "invite")["invite"]
    assert "/login/link?token=" in admin(founded, "link")["login_url"]
    assert admin(founded, "audit") == {"ok": True, "problems": []}


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
def test_mistakes_of_an_operator(founded: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    done = run(founded, "admin", *arguments, "--data-dir", str(founded / "data"))
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


def test_a_child_is_asked_to_leave_once_however_often_we_are(tmp_path: Path) -> None:
    """With a second signal a worker leaves where it stands, and its name behind."""
    from cutroom.cli.supervise import Supervisor

    note = tmp_path / "signals"
    code = (
        f"import signal, time; tell = lambda *a: open({str(note)!r}, 'a').write('.'); "
        "signal.signal(signal.SIGTERM, tell); tell(); time.sleep(60)"
    )
    with Supervisor([sys.executable, "-c", code], {}, patience=0.3) as supervisor:
        wait_until(note.exists, 10, "the child")
        supervisor.ask_to_stop()
        wait_until(lambda: note.read_text() == "..", 10, "the signal")
    assert note.read_text() == ".."


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


@pytest.fixture
def _mask_as_before() -> Iterator[None]:
    """For a command that runs in this process, and changes what its files may be."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_mask_as_before")
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

"""The launcher: what it takes from the package index, what it refuses, what it hands to uv."""

from __future__ import annotations

import ast
import hashlib
import http.server
import io
import os
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.launcher import ROOT, load_launcher

run = load_launcher()


def wheel_with(binary: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"uv-{run.UV_VERSION}.data/scripts/uv", binary)
    return buffer.getvalue()


class Index:
    """A package index on a free loopback port. ``pages`` maps paths to bodies; it remembers what was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.asked: list[tuple[str, str | None]] = []
        index = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                index.asked.append((self.path, self.headers.get("Authorization")))
                if target := index.redirects.get(self.path):
                    self.send_response(302)
                    self.send_header("Location", target)
                    self.end_headers()
                    return
                body = index.pages.get(self.path)
                self.send_response(200 if body is not None else 404)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_arguments: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/simple"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def offer(self, filename: str, wheel: bytes) -> None:
        self.pages["/simple/uv/"] = f'<a href="../../files/{filename}#sha256=00">{filename}</a>'.encode()
        self.pages[f"/files/{filename}"] = wheel

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def index() -> Iterator[Index]:
    made = Index()
    yield made
    made.close()


@pytest.fixture
def pinned(monkeypatch: pytest.MonkeyPatch) -> tuple[str, bytes]:
    """A small wheel that counts as the pinned one on every platform of the table."""
    wheel = wheel_with(f"#!/bin/sh\necho uv {run.UV_VERSION}\n".encode())
    digest = hashlib.sha256(wheel).hexdigest()
    monkeypatch.setattr(run, "UV_WHEELS", {key: (tags, digest) for key, (tags, _) in run.UV_WHEELS.items()})
    import platform

    filename, _ = run.wheel_for(platform.system(), platform.machine(), platform.libc_ver()[0])
    return filename, wheel


def test_it_parses_on_an_old_python_and_needs_the_standard_library_alone() -> None:
    tree = ast.parse((ROOT / "run").read_text(), feature_version=(3, 9))
    names = {
        (name.name if isinstance(node, ast.Import) else node.module or "").split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in node.names
    }
    assert names <= sys.stdlib_module_names


def test_help_needs_nothing_installed(tmp_path: Path) -> None:
    copy = tmp_path / "run"
    copy.write_bytes((ROOT / "run").read_bytes())
    done = subprocess.run([sys.executable, copy], capture_output=True, text=True, env={}, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "./run cut" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize(
    ("machine", "tags"),
    [
        (("Linux", "x86_64", "glibc"), "manylinux_2_17_x86_64.manylinux2014_x86_64"),
        (("Linux", "x86_64", ""), "musllinux_1_1_x86_64"),
        (("Linux", "aarch64", "glibc"), "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64"),
        (("Darwin", "arm64", ""), "macosx_11_0_arm64"),
        (("Darwin", "x86_64", ""), "macosx_10_12_x86_64"),
        (("Windows", "AMD64", ""), "win_amd64"),
    ],
)
def test_each_platform_has_its_wheel(machine: tuple[str, str, str], tags: str) -> None:
    filename, digest = run.wheel_for(*machine)
    assert filename == f"uv-{run.UV_VERSION}-py3-none-{tags}.whl"
    assert len(bytes.fromhex(digest)) == 32


def test_an_unknown_platform_is_told_what_to_do() -> None:
    with pytest.raises(run.LauncherError, match=r"no uv is pinned for linux s390x glibc: put uv .* on the PATH"):
        run.wheel_for("Linux", "s390x", "glibc")


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ('<a href="https://files.test/x/uv-1.whl#sha256=ab">uv-1.whl</a>', "https://files.test/x/uv-1.whl"),
        ("<A class='x' HREF='../../f/uv-1.whl'>uv-1.whl</A>", "https://index.test/f/uv-1.whl"),
        ('<base href="https://cdn.test/a/"><a href="uv-1.whl">uv</a>', "https://cdn.test/a/uv-1.whl"),
        ('<a\n data-x="1"\n href="/f/uv%2D1.whl?k=1&amp;b=2">u</a>', "https://index.test/f/uv%2D1.whl?k=1&b=2"),
    ],
)
def test_links_of_an_index_page(page: str, address: str) -> None:
    others = '<a href="uv-1.whl.metadata">m</a><abbr href="uv-1.whl">'
    assert run.find_link(others + page, "https://index.test/simple/uv/", "uv-1.whl") == address


def test_a_page_without_the_wheel_says_so() -> None:
    with pytest.raises(run.LauncherError, match=r"does not list uv-1\.whl"):
        run.find_link("<html><a href='uv-2.whl'>uv-1.whl</a>", "https://index.test/simple/uv/", "uv-1.whl")


@pytest.mark.parametrize(
    ("env", "files", "expected"),
    [
        ({}, {}, run.DEFAULT_INDEX),
        ({"PIP_INDEX_URL": "https://a.test/simple/"}, {}, "https://a.test/simple"),
        ({"UV_INDEX_URL": "https://b.test/s", "PIP_INDEX_URL": "https://a.test/simple"}, {}, "https://b.test/s"),
        ({"UV_DEFAULT_INDEX": "corp=https://c.test/s", "UV_INDEX_URL": "https://b.test/s"}, {}, "https://c.test/s"),
        ({"UV_DEFAULT_INDEX": "https://c.test/s?a=b"}, {}, "https://c.test/s?a=b"),
        (
            {},
            {".config/pip/pip.conf": "[global]\nindex-url = https://d.test/%7Eme/simple\n"},
            "https://d.test/%7Eme/simple",
        ),
        ({}, {".pip/pip.conf": "[global]\nindex-url=https://e.test/s"}, "https://e.test/s"),
        (
            {},
            {
                ".pip/pip.conf": "[global]\nindex-url=https://old.test/s",
                ".config/pip/pip.conf": "[global]\nindex-url=https://new.test/s\n[install]\nindex-url=https://in.test/s",
            },
            "https://in.test/s",
        ),
        ({"PIP_CONFIG_FILE": os.devnull}, {".pip/pip.conf": "[global]\nindex-url=https://e.test/s"}, run.DEFAULT_INDEX),
        ({}, {".pip/pip.conf": "not a configuration"}, run.DEFAULT_INDEX),
    ],
)
def test_the_index_of_pip_and_uv_is_used(
    tmp_path: Path, env: dict[str, str], files: dict[str, str], expected: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    # The machine's own configuration in /etc is read too, so it must not name an index for this test to mean anything.
    assert run.index_url({"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path / "none"), **env}) == expected


@pytest.mark.enable_socket
def test_uv_comes_from_the_index_in_one_piece(index: Index, pinned: tuple[str, bytes], tmp_path: Path) -> None:
    index.offer(*pinned)
    target = tmp_path / "uv"
    run.fetch_uv(target, {"PIP_INDEX_URL": index.url})
    assert target.stat().st_mode & stat.S_IXUSR
    assert [path.name for path in tmp_path.iterdir()] == ["uv"]
    assert subprocess.run([target], capture_output=True, text=True, check=True).stdout == f"uv {run.UV_VERSION}\n"


@pytest.mark.enable_socket
@pytest.mark.parametrize("change", ["another binary", "one byte more", "cut short", "nothing"])
def test_a_tampered_wheel_is_refused(index: Index, pinned: tuple[str, bytes], tmp_path: Path, change: str) -> None:
    filename, wheel = pinned
    other = {
        "another binary": wheel_with(b"#!/bin/sh\nrm -r /\n"),
        "one byte more": wheel + b"\0",
        "cut short": wheel[:-1],
        "nothing": b"",
    }[change]
    index.offer(filename, other)
    with pytest.raises(run.LauncherError, match="is not the pinned one"):
        run.fetch_uv(tmp_path / "uv", {"PIP_INDEX_URL": index.url})
    assert [path.name for path in tmp_path.iterdir()] == []


@pytest.mark.enable_socket
def test_an_unreachable_or_empty_index_is_one_sentence(index: Index, tmp_path: Path) -> None:
    with pytest.raises(run.LauncherError, match=r"cannot read 127\.0\.0\.1:\d+: HTTP Error 404"):
        run.fetch_uv(tmp_path / "uv", {"PIP_INDEX_URL": index.url})
    index.close()
    with pytest.raises(run.LauncherError, match=r"cannot read 127\.0\.0\.1:\d+: .*refused"):
        run.fetch_uv(tmp_path / "uv", {"PIP_INDEX_URL": index.url})


@pytest.mark.enable_socket
def test_a_login_is_sent_to_its_host_and_not_after_a_redirect(index: Index) -> None:
    index.pages["/elsewhere"] = b"there"
    index.redirects["/simple/uv/"] = "/elsewhere"
    body = run.read_url(index.url.replace("//", "//me:p%40ss@") + "/uv/", {})
    assert body == b"there"
    assert index.asked == [("/simple/uv/", "Basic bWU6cEBzcw=="), ("/elsewhere", None)]


def test_a_uv_of_another_version_on_the_path_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pinned: tuple[str, bytes]
) -> None:
    fetched: list[Path] = []

    def fetch(target: Path, _env: object) -> None:
        fetched.append(target)

    monkeypatch.setattr(run, "fetch_uv", fetch)
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    env = {"HOME": str(tmp_path / "home"), "PATH": str(uv.parent)}
    for version, used in (("0.1.0", False), (run.UV_VERSION, True)):
        uv.write_text(f"#!/bin/sh\necho 'uv {version} (a build)'\n")
        uv.chmod(0o755)
        assert (run.find_uv(env, tmp_path / "checkout") == uv) is used
    assert fetched == [tmp_path / "home/.cache/cutroom" / f"uv-{run.UV_VERSION}" / "uv"]


@pytest.mark.parametrize("home", [None, "", "relative", "/dev/null/home"])
def test_without_a_usable_home_everything_stays_in_the_checkout(tmp_path: Path, home: str | None) -> None:
    env = {} if home is None else {"HOME": home}
    assert run.user_cache(env) is None
    made = run.uv_environment(env, tmp_path)
    assert made["UV_CACHE_DIR"] == str(tmp_path / ".cache/uv")
    assert made["UV_PYTHON_INSTALL_DIR"] == str(tmp_path / ".cache/python")


def test_uv_gets_nothing_of_other_projects_but_the_users_index_and_certificates(tmp_path: Path) -> None:
    env = {
        "HOME": str(tmp_path), "VIRTUAL_ENV": "/other", "CONDA_PREFIX": "/conda", "PYTHONHOME": "/p", "UV_LOCKED": "1",
        "PIP_INDEX_URL": "https://a.test/simple", "PIP_CERT": "/ca.pem", "HTTPS_PROXY": "http://proxy.test",
    }  # fmt: skip
    assert run.uv_environment(env, tmp_path) == {
        "HOME": str(tmp_path), "PIP_INDEX_URL": "https://a.test/simple", "PIP_CERT": "/ca.pem",
        "HTTPS_PROXY": "http://proxy.test", "UV_DEFAULT_INDEX": "https://a.test/simple", "SSL_CERT_FILE": "/ca.pem",
        "UV_SYSTEM_CERTS": "true",
    }  # fmt: skip


def test_media_tools_are_commands_and_programs_are_known() -> None:
    from cutroom.actions.run_tool import specs

    for spec in specs():
        assert run.plan(["tool", spec.name, "in.mp4"]) == ("runtime", "cutroom", ["tool", spec.name, "in.mp4"])
    for name in ("python", "pytest", "ruff", "mypy", "lint-imports", "just", "prek"):
        assert run.plan(["tool", name, "-x"]) == ("dev", name, ["-x"])
        assert name in run.HELP

"""The store: the same promises from a folder and from a bucket, and what each has of its own."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.storage import LinkTarget, Store, StoreConfig
from cutroom.storage.keys import clip_key, owner_of
from tests.support.object_servers import ACCESS_KEY, SECRET_KEY, ObjectServer

SECRET = "a secret of more than sixteen letters"
KEY = clip_key("k3v9", "ab" * 32, "mp4")
DATA = bytes(range(256)) * 4096
NAME = 'Café "日本"\r\n.mp4'


def bucket(server: ObjectServer, secret_key: str = SECRET_KEY) -> Store:
    return Store(
        StoreConfig(server.url, SECRET, endpoint=server.endpoint, access_key=ACCESS_KEY, secret_key=secret_key)
    )


@pytest.fixture
def folder(tmp_path: Path) -> Store:
    return Store(StoreConfig((tmp_path / "the store").as_uri(), SECRET))


@pytest.fixture(
    params=[
        "folder",
        pytest.param("moto", marks=[pytest.mark.slow, pytest.mark.enable_socket]),
        pytest.param("rclone", marks=[pytest.mark.slow, pytest.mark.enable_socket]),
    ]
)
def store(request: pytest.FixtureRequest) -> Store:
    peer = request.getfixturevalue(request.param)
    return peer if isinstance(peer, Store) else bucket(peer)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.mp4"
    path.write_bytes(DATA)
    return path


def put(store: Store, path: Path, key: str = KEY, name: str = NAME) -> int:
    return store.put(key, path, media_type="video/mp4", file_name=name)


def refusal(call: Callable[[], object]) -> ErrorCode:
    with pytest.raises(CutroomError) as caught:
        call()
    return caught.value.code


def test_a_file_is_as_old_as_its_place_in_the_store(store: Store, source: Path) -> None:
    """What is long stored and named by nobody is swept away: what was made long ago and just stored is not that."""
    os.utime(source, (time.time() - 7200,) * 2)
    put(store, source)
    (entry,) = store.entries()
    assert abs(entry.modified.timestamp() - time.time()) < 60


def test_a_file_goes_in_and_comes_out(store: Store, source: Path, tmp_path: Path) -> None:
    assert not store.exists(KEY)
    assert (store.size(KEY), store.local_path(KEY)) == (None, None)
    assert put(store, source) == len(DATA)
    assert put(store, source) == len(DATA), "doing it again changes nothing"
    assert (store.exists(KEY), store.size(KEY)) == (True, len(DATA))
    assert source.read_bytes() == DATA, "the source is copied, not moved"
    assert b"".join(store.read(KEY)) == DATA
    assert store.fetch(KEY, tmp_path / "again") == len(DATA)
    assert (tmp_path / "again").read_bytes() == DATA
    store.delete(KEY)
    store.delete(KEY)
    assert not store.exists(KEY)
    assert list(store.list()) == []
    assert refusal(lambda: b"".join(store.read(KEY))) is ErrorCode.NOT_FOUND


def test_lists_go_by_folders_of_keys(store: Store, source: Path) -> None:
    source.write_bytes(b"x")
    keys = [clip_key(owner, "ab" * 32, "mp4") for owner in ("aa1", "aa2", "ab1", "a")] + ["uploads/aa/aa1/x.mp4"]
    for key in keys:
        put(store, source, key)
    assert sorted(store.list()) == sorted(keys)
    assert sorted(store.list("clips/aa")) == sorted(keys[:2])
    assert list(store.list("clips/a")) == [keys[3]]
    assert list(store.list("nothing")) == []
    entry = next(iter(store.entries("uploads")))
    assert (entry.key, entry.size, owner_of(entry.key)) == ("uploads/aa/aa1/x.mp4", 1, "aa1")
    assert abs(entry.modified.timestamp() - time.time()) < 3600


@pytest.mark.parametrize(
    "key",
    ["", "/", "/etc/passwd", "../x", "a/../b", "a//b", "a/", ".parts/x", "a/.hidden", "A", "a\x00", "a\n", "ü", "a b",
     "a%2e", "a?b", "a#1", "~", "a\\b", "x" * 129, "/".join("abcdefghi" * 40)],
)  # fmt: skip
def test_what_is_no_key_reaches_no_store(folder: Store, source: Path, key: str) -> None:
    for call in (
        lambda: put(folder, source, key),
        lambda: folder.size(key),
        lambda: folder.delete(key),
        lambda: folder.local_path(key),
        lambda: list(folder.read(key)),
        lambda: folder.link(key, base_url="http://h", file_name="x", media_type="a/b", inline=True, seconds=5),
    ):
        assert refusal(call) is ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize("url", ["", "folder", "file:folder", "file://host/folder", "ftp://x/y", "s3://", "s3:///x"])
def test_other_urls_are_refused(url: str) -> None:
    assert refusal(lambda: Store(StoreConfig(url, SECRET))) is ErrorCode.INVALID_REQUEST


def test_secrets_are_not_printed() -> None:
    config = StoreConfig("s3://b", "s3cr3t" * 4, secret_key="k3y" * 4)
    assert "s3cr3t" not in repr(config)
    assert "k3yk3y" not in repr(config)


# A folder


def test_deleting_takes_empty_folders_along_and_nothing_else(tmp_path: Path, source: Path) -> None:
    root = tmp_path / "outside" / "root"
    store = Store(StoreConfig(root.as_uri(), SECRET))
    other = clip_key("k3zz", "cd" * 32, "mp4")
    put(store, source)
    put(store, source, other)
    store.delete(KEY)
    assert (root / "clips" / "k3" / "k3zz").is_dir()
    assert not (root / "clips" / "k3" / "k3v9").exists()
    store.delete(other)
    assert not (root / "clips").exists()
    assert root.is_dir()
    store.delete("not/there/at/all")
    assert root.is_dir()


def test_files_of_a_folder_are_for_us_alone(folder: Store, source: Path) -> None:
    source.chmod(0o666)
    put(folder, source)
    path = folder.local_path(KEY)
    assert path is not None
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_putting_and_deleting_side_by_side_loses_nothing(folder: Store, source: Path) -> None:
    """The folder one wants to put into is again and again removed by the other, because it is empty."""
    source.write_bytes(b"x" * 100)
    keys = [clip_key("same", f"{n:02}" * 32, "mp4") for n in range(4)]

    def work(key: str) -> None:
        for _ in range(60):
            put(folder, source, key)
            assert folder.size(key) == 100
            folder.delete(key)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, keys))
    assert list(folder.list()) == []


def test_readers_see_a_whole_file_or_none(folder: Store, source: Path) -> None:
    done = threading.Event()
    sizes: set[int | None] = set()

    def watch() -> None:
        while not done.is_set():
            sizes.add(folder.size(KEY))

    watcher = threading.Thread(target=watch)
    watcher.start()
    for _ in range(30):
        put(folder, source)
        folder.delete(KEY)
    done.set()
    watcher.join()
    assert sizes <= {None, len(DATA)}


@pytest.mark.chaos
def test_a_killed_writer_leaves_nothing_that_is_not_swept(tmp_path: Path) -> None:
    root = tmp_path / "root"
    film = tmp_path / "film"
    film.write_bytes(DATA)
    # A second name is given in no time: the writer waits for a disk that never answers, the kill finds it there.
    code = f"""
        import os, time
        from pathlib import Path
        from cutroom.storage import Store, StoreConfig
        os.fsync = lambda descriptor: time.sleep(600)
        store = Store(StoreConfig({root.as_uri()!r}, {SECRET!r}))
        store.put({KEY!r}, Path({str(film)!r}), media_type="video/mp4", file_name="x")
    """
    writer = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)])
    try:
        store = Store(StoreConfig(root.as_uri(), SECRET))
        part = _wait_for(lambda: next(iter((root / ".parts").glob("*/file")), None))
        assert store.tidy() == 0, "nobody sweeps away what is being written"
        assert part.exists()
    finally:
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
    assert part.exists()
    assert list(store.list()) == []
    assert store.tidy() == 1
    assert not part.exists()


def _wait_for(look: Callable[[], Path | None]) -> Path:
    for _ in range(2000):
        if found := look():
            return found
        time.sleep(0.005)
    raise AssertionError


def test_a_file_on_the_same_disk_is_not_copied(folder: Store, source: Path) -> None:
    put(folder, source)
    stored = folder.local_path(KEY)
    assert stored is not None
    assert stored.samefile(source)
    source.unlink()
    assert stored.read_bytes() == DATA


def test_a_file_on_another_disk_is_copied(folder: Store, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object) -> None:
        raise OSError(errno.EXDEV, "from another disk")

    monkeypatch.setattr(os, "link", link)
    put(folder, source)
    stored = folder.local_path(KEY)
    assert stored is not None
    assert not stored.samefile(source)
    assert stored.read_bytes() == DATA


def test_a_full_disk_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    """A bound on the size of files stands for the end of the disk: the system refuses to write in the middle."""
    root = tmp_path / "root"
    (tmp_path / "source").write_bytes(DATA)
    code = f"""
        import errno, os, resource
        from pathlib import Path
        def link(*_):
            raise OSError(errno.EXDEV, "from another disk")
        os.link = link
        from cutroom.kernel.errors import CutroomError
        from cutroom.storage import Store, StoreConfig
        store = Store(StoreConfig({root.as_uri()!r}, {SECRET!r}))
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
        try:
            store.put({KEY!r}, Path({str(tmp_path / "source")!r}), media_type="video/mp4", file_name="x")
        except CutroomError as error:
            print(error.code, list(store.list()), list(Path({str(root / ".parts")!r}).iterdir()))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    assert done.stdout == "disk_full [] []\n"


def test_a_folder_that_cannot_be_used_is_told_without_its_path(tmp_path: Path, source: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CutroomError) as caught:
        Store(StoreConfig((tmp_path / "file" / "root").as_uri(), SECRET))
    assert caught.value.code is ErrorCode.INTERNAL
    assert str(tmp_path) not in str(caught.value)


@given(start=st.integers(0, 300), length=st.none() | st.integers(0, 300))
def test_any_part_can_be_read(tmp_path_factory: pytest.TempPathFactory, start: int, length: int | None) -> None:
    base = tmp_path_factory.getbasetemp()
    store = Store(StoreConfig((base / "parts-store").as_uri(), SECRET))
    path = base / "parts-source"
    path.write_bytes(DATA[:256])
    put(store, path)
    end = None if length is None else start + length
    assert b"".join(store.read(KEY, start, end)) == DATA[:256][start:end]


def test_links_of_a_folder_are_ours(folder: Store) -> None:
    for inline in (True, False):
        link = folder.link(
            KEY, base_url="https://h/x/", file_name=NAME, media_type="video/mp4", inline=inline, seconds=60
        )
        base, _, token = link.rpartition("/")
        assert base == "https://h/x/files"
        assert folder.links.read(token) == LinkTarget(KEY, NAME, "video/mp4", inline)


# A bucket


def link_to(store: Store, seconds: int = 60) -> str:
    return store.link(
        KEY, base_url="http://ours", file_name=NAME, media_type="video/mp4", inline=False, seconds=seconds
    )


@pytest.mark.slow
@pytest.mark.enable_socket
def test_a_signed_link_serves_the_file_with_its_headers(moto: ObjectServer, source: Path) -> None:
    store = bucket(moto)
    put(store, source)
    link = link_to(store)
    assert urlsplit(link).path == f"/{moto.bucket}/{moto.prefix}/{KEY}"
    reply = requests.get(link, timeout=10)
    assert (reply.status_code, reply.content == DATA) == (200, True)
    assert reply.headers["Content-Type"] == "video/mp4"
    assert reply.headers["Content-Disposition"] == (
        "attachment; filename=\"Cafe.mp4\"; filename*=UTF-8''Caf%C3%A9%20%22%E6%97%A5%E6%9C%AC%22%20.mp4"
    )
    part = requests.get(link, headers={"Range": "bytes=100-199"}, timeout=10)
    assert (part.status_code, part.content) == (206, DATA[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(DATA)}"
    assert b"".join(store.read(KEY, 5, 300)) == DATA[5:300]
    assert b"".join(store.read(KEY, 1000)) == DATA[1000:]


@pytest.mark.slow
@pytest.mark.enable_socket
def test_a_link_for_showing_is_ours_because_the_bucket_says_attachment(moto: ObjectServer) -> None:
    store = bucket(moto)
    link = store.link(KEY, base_url="http://ours", file_name="x", media_type="video/mp4", inline=True, seconds=60)
    assert store.links.read(link.removeprefix("http://ours/files/")).inline
    assert store.local_path(KEY) is None


@pytest.mark.slow
@pytest.mark.enable_socket
def test_a_large_file_goes_up_in_parts(moto: ObjectServer, tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(os.urandom(1024 * 1024) * 20)
    store = bucket(moto)
    assert put(store, path) == path.stat().st_size == store.size(KEY)
    assert requests.get(link_to(store), timeout=30).content == path.read_bytes()


@pytest.mark.slow
@pytest.mark.enable_socket
def test_signatures_are_real_and_for_one_file_and_one_time(rclone: ObjectServer, source: Path) -> None:
    store = bucket(rclone)
    put(store, source)
    link = link_to(store)
    assert requests.get(link, timeout=10).content == DATA
    flipped = link[:-1] + ("0" if link[-1] != "0" else "1")
    assert requests.get(flipped, timeout=10).status_code == 403
    other = link.replace("k3v9", "k3v8")
    assert requests.get(other, timeout=10).status_code == 403
    longer = link.replace("X-Amz-Expires=60", "X-Amz-Expires=600")
    assert longer != link
    assert requests.get(longer, timeout=10).status_code == 403
    assert requests.get(link.partition("?")[0], timeout=10).status_code in {400, 403}
    assert requests.put(link, data=b"mine", timeout=10).status_code == 403
    short = link_to(store, seconds=1)
    time.sleep(2.5)
    assert requests.get(short, timeout=10).status_code in {400, 403}
    assert requests.get(link, timeout=10).status_code == 200


@pytest.mark.slow
@pytest.mark.enable_socket
def test_a_wrong_secret_key_opens_nothing_and_is_told_without_secrets(rclone: ObjectServer, source: Path) -> None:
    store = bucket(rclone, secret_key="another secret")
    with pytest.raises(CutroomError) as caught:
        put(store, source)
    assert caught.value.code is ErrorCode.INTERNAL
    told = f"{caught.value} {caught.value.detail}"
    assert "another secret" not in told
    assert requests.get(link_to(store), timeout=10).status_code == 403


@pytest.mark.slow
@pytest.mark.enable_socket
def test_a_bucket_that_is_not_there_is_told(moto: ObjectServer, source: Path) -> None:
    store = bucket(replace(moto, bucket="no-such-bucket"))
    assert refusal(lambda: put(store, source)) is ErrorCode.INTERNAL
    assert not store.exists(KEY)


@pytest.mark.slow
@pytest.mark.enable_socket
def test_links_name_the_host_that_clients_reach(moto: ObjectServer) -> None:
    store = Store(
        StoreConfig(
            moto.url, SECRET, endpoint=moto.endpoint, public_endpoint="https://media.example.com", access_key="a",
            secret_key="b",
        )
    )  # fmt: skip
    assert link_to(store, seconds=10**9).startswith(f"https://media.example.com/{moto.bucket}/{moto.prefix}/{KEY}?")
    assert "X-Amz-Expires=604800" in link_to(store, seconds=10**9)

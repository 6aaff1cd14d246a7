"""The cache of sources: what is used stays, what is long unused goes, and the bound holds."""

from __future__ import annotations

import errno
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.storage import SourceCache, locks


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def cache(root: Path) -> SourceCache:
    return SourceCache(root, 100)


def put(cache: SourceCache, root: Path, key: str, size: int = 30) -> None:
    cache.put(key, write(root.parent / f"in-{key}", size)).release()


def write(path: Path, size: int) -> Path:
    path.write_bytes(path.name[-1].encode() * size)
    return path


def kept(cache: SourceCache, *keys: str) -> set[str]:
    found = {key: cache.lease(key) for key in keys}
    for lease in found.values():
        if lease:
            lease.release()
    return {key for key, lease in found.items() if lease}


def nothing_left_over(root: Path) -> bool:
    return not list((root / "parts").iterdir()) and not list((root / "turns").iterdir())


def test_a_file_is_moved_in_and_found_again(cache: SourceCache, root: Path) -> None:
    assert cache.lease("a") is None
    path = write(root.parent / "in-a", 30)
    with cache.put("a", path) as lease:
        assert lease.kept
        assert lease.path.read_bytes() == b"a" * 30
    assert not path.exists()
    again = SourceCache(root, 100).lease("a")
    assert again is not None
    with again:
        assert again.path.read_bytes() == b"a" * 30
    assert cache.size() == 30
    assert nothing_left_over(root)


def test_the_longest_unused_goes_first(cache: SourceCache, root: Path) -> None:
    for key in "abc":
        put(cache, root, key)
    assert kept(cache, "a") == {"a"}  # used now
    put(cache, root, "d")
    assert kept(cache, "a", "b", "c", "d") == {"a", "c", "d"}
    assert cache.size() == 90


def test_a_file_in_use_stays_whatever_comes(cache: SourceCache, root: Path) -> None:
    put(cache, root, "a")
    lease = cache.lease("a")
    assert lease is not None
    for key in "bcdefg":
        put(cache, root, key)
        assert lease.path.read_bytes() == b"a" * 30
        assert cache.size() <= 100
    lease.release()
    for key in "hijk":
        put(cache, root, key)
    assert not lease.path.exists()


def test_what_finds_no_room_is_used_and_then_goes(cache: SourceCache, root: Path) -> None:
    put(cache, root, "a", 60)
    in_use = cache.lease("a")
    assert in_use is not None
    for size in (41, 101, 5000):
        lease = cache.put("b", write(root.parent / "in-b", size))
        assert not lease.kept
        assert lease.path.stat().st_size == size
        assert SourceCache(root, 100).size() == 60, "not even a sweep takes it while it is used"
        assert lease.path.exists()
        lease.release()
        lease.release()
        assert not lease.path.exists()
        assert cache.lease("b") is None
    with cache.put("b", write(root.parent / "in-b", 40)) as lease:
        assert lease.kept
    in_use.release()
    assert nothing_left_over(root)


def test_nothing_goes_for_what_would_not_fit_anyway(cache: SourceCache, root: Path) -> None:
    put(cache, root, "a", 30)
    put(cache, root, "b", 30)
    lease = cache.lease("b")
    assert lease is not None
    with lease:
        put(cache, root, "c", 80)
    assert kept(cache, "a", "b", "c") == {"a", "b"}


def test_a_key_that_is_kept_is_not_kept_twice(cache: SourceCache, root: Path) -> None:
    put(cache, root, "a")
    path = write(root.parent / "other-a", 50)
    with cache.put("a", path) as lease:
        assert lease.path.stat().st_size == 30
    assert not path.exists()
    assert cache.size() == 30
    assert nothing_left_over(root)


def test_a_lower_bound_is_kept_from_the_start(cache: SourceCache, root: Path) -> None:
    for key in "abc":
        put(cache, root, key)
    lease = cache.lease("c")
    assert lease is not None
    with lease:
        assert SourceCache(root, 40).size() == 30
        assert SourceCache(root, 0).size() == 30, "in use"
    assert SourceCache(root, 0).size() == 0


def test_it_is_fetched_once_by_all_who_want_it(cache: SourceCache, root: Path) -> None:
    fetched: list[Path] = []
    gate = threading.Barrier(6)

    def fill(path: Path) -> None:
        assert not path.exists(), "a new file in a folder of its own"
        fetched.append(path)
        (path.parent / "half-done.part").write_bytes(b"")
        time.sleep(0.3)
        write(path, 30)

    def want(_: int) -> int:
        gate.wait()
        with SourceCache(root, 100).get("a", fill) as lease:
            return lease.path.stat().st_size

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(want, range(6))) == [30] * 6
    assert len(fetched) == 1
    assert cache.size() == 30
    assert nothing_left_over(root)


def test_when_one_fails_to_fetch_the_next_tries(cache: SourceCache, root: Path) -> None:
    started = threading.Event()
    tries: list[str] = []

    def fail(path: Path) -> None:
        started.set()
        time.sleep(0.2)
        tries.append("failed")
        write(path, 10)
        raise CutroomError(ErrorCode.SOURCE_UNREACHABLE, "No answer.")

    def succeed(path: Path) -> None:
        tries.append("fetched")
        write(path, 30)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(cache.get, "a", fail)
        assert started.wait(5)
        with cache.get("a", succeed) as lease:
            assert lease.path.stat().st_size == 30
        with pytest.raises(CutroomError) as caught:
            first.result()
    assert caught.value.code is ErrorCode.SOURCE_UNREACHABLE
    assert tries == ["failed", "fetched"]
    assert nothing_left_over(root)


def test_who_waits_for_another_can_be_cancelled(cache: SourceCache) -> None:
    release, started = threading.Event(), threading.Event()

    def slowly(path: Path) -> None:
        started.set()
        release.wait(10)
        write(path, 1)

    cancel = CancelToken()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.get, "a", slowly)
        assert started.wait(5)
        second = pool.submit(cache.get, "a", slowly, cancel)
        time.sleep(0.1)
        cancel.cancel()
        with pytest.raises(Cancelled):
            second.result(2)
        release.set()
        first.result(5).release()


def test_filling_nothing_is_told(cache: SourceCache, root: Path) -> None:
    with pytest.raises(FileNotFoundError):
        cache.get("a", lambda path: None)
    assert nothing_left_over(root)


def test_a_file_from_another_disk_is_copied_in(cache: SourceCache, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, rename = write(root.parent / "in-a", 30), Path.replace

    def other_disk(source: Path, target: Path) -> Path:
        if source == path:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(source, target)

    monkeypatch.setattr(Path, "replace", other_disk)
    with cache.put("a", path) as lease:
        assert (lease.kept, lease.path.read_bytes()) == (True, b"a" * 30)
    assert not path.exists()
    assert nothing_left_over(root)


def test_whoever_only_looks_whether_a_file_can_go_makes_nobody_miss_it(cache: SourceCache, root: Path) -> None:
    put(cache, root, "a")
    (path,) = (root / "kept").iterdir()
    with ThreadPoolExecutor(1) as pool:
        with cache._alone():
            held = locks.try_lock(path, shared=False)
            assert held is not None
            found = pool.submit(cache.lease, "a")
            time.sleep(0.1)
            held.release()
        lease = found.result(5)
    assert lease is not None
    lease.release()


def test_files_that_cannot_be_written_are_cached_and_removed_like_others(cache: SourceCache, root: Path) -> None:
    path = write(root.parent / "in-a", 30)
    path.chmod(0o400)
    cache.put("a", path).release()
    assert kept(cache, "a") == {"a"}
    assert SourceCache(root, 0).size() == 0


def test_what_nobody_has_used_for_long_goes_unless_it_is_in_use(cache: SourceCache, root: Path) -> None:
    put(cache, root, "a")
    put(cache, root, "b")
    held = cache.lease("b")
    assert held is not None
    for path in (root / "kept").iterdir():
        os.utime(path, (0, 0))
    put(cache, root, "c")
    assert cache.tidy() == 1
    assert kept(cache, "a", "b", "c") == {"b", "c"}
    held.release()


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from(["put", "lease", "release", "other"]), st.integers(1, 60)),
        max_size=30,
    )
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_use_keeps_to_the_bound_and_removes_nothing_in_use(
    tmp_path_factory: pytest.TempPathFactory, uses: list[tuple[str, str, int]]
) -> None:
    root = tmp_path_factory.mktemp("cache") / "cache"
    caches = [SourceCache(root, 100), SourceCache(root, 100)]
    held: dict[str, list[tuple[Path, int, object]]] = {}
    for number, (key, use, size) in enumerate(uses):
        cache = caches[number % 2]
        if use == "release":
            for _, _, lease in held.pop(key, []):
                lease.release()  # type: ignore[attr-defined]
        else:
            lease = cache.put(key, write(root.parent / f"in-{key}", size)) if use == "put" else cache.lease(key)
            if lease:
                held.setdefault(key, []).append((lease.path, lease.path.stat().st_size, lease))
        assert cache.size() <= 100
        for path, length, _ in (entry for entries in held.values() for entry in entries):
            assert path.stat().st_size == length
    for entries in held.values():
        for _, _, lease in entries:
            lease.release()  # type: ignore[attr-defined]
    caches[0].tidy()
    assert nothing_left_over(root)
    assert sum(path.stat().st_size for path in (root / "kept").iterdir()) == caches[0].size() <= 100

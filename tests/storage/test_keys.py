"""Keys: plain, owned, named by content."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.kernel.errors import CutroomError
from cutroom.kernel.ids import new_id
from cutroom.storage.keys import (
    check_key,
    clip_key,
    content_key,
    digest_of,
    owner_of,
    run_input_key,
    run_key,
    upload_key,
)


@given(st.text(max_size=40) | st.from_regex(r"[a-z0-9./_-]{1,40}"))
def test_a_key_is_refused_or_stays_below_any_folder(key: str) -> None:
    try:
        kept = check_key(key)
    except CutroomError:
        return
    path = PurePosixPath("/root") / kept
    assert path.is_relative_to("/root")
    assert ".." not in path.parts
    assert path.as_posix() == f"/root/{key}"
    assert not any(part.startswith(".") for part in path.parts)


@given(st.binary(max_size=50))
def test_keys_name_owner_and_content(content: bytes) -> None:
    digest, owner = hashlib.sha256(content).hexdigest(), new_id()
    for make in (clip_key, upload_key, run_key, run_input_key):
        key = make(owner, digest, "mp4")
        assert check_key(key) == key
        assert owner_of(key) == owner
        assert digest[:32] in key
        assert make(new_id(), digest, "mp4") != key, "two clips never share a file"


@pytest.mark.parametrize("suffix", ["", ".mp4", "m/p", "../x", "MP4", "x" * 9])
def test_suffixes_are_plain(suffix: str) -> None:
    with pytest.raises(CutroomError):
        clip_key("k3v9", "ab" * 32, suffix)


@pytest.mark.parametrize("owner", ["", ".", "..", "a/b", "../../x"])
def test_owners_are_plain(owner: str) -> None:
    with pytest.raises(CutroomError):
        clip_key(owner, "ab" * 32, "mp4")


def test_other_keys_have_no_owner() -> None:
    assert owner_of("clips/a") is None
    assert owner_of("other/ab/abc/x.mp4") is None


def test_a_digest_is_that_of_the_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 3_000_000)
    assert digest_of(path) == hashlib.sha256(b"x" * 3_000_000).hexdigest()


def test_content_has_a_key_of_its_own() -> None:
    assert content_key("ab") != content_key("cd")


def test_what_was_sent_and_the_same_bytes_as_a_result_are_two_files() -> None:
    assert run_key("k3v9", "ab" * 32, "mp4") != run_input_key("k3v9", "ab" * 32, "mp4")

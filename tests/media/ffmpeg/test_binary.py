from __future__ import annotations

import os
from pathlib import Path

import pytest

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.ffmpeg.binary import find


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_the_bundled_ffmpeg_can_do_all_we_need() -> None:
    ffmpeg = find()
    assert ffmpeg.missing == ()
    assert ffmpeg.version[0].isalnum()
    assert {"h264", "hevc", "vp9"} <= ffmpeg.decoders


def test_a_system_ffmpeg_by_its_path(tmp_path: Path) -> None:
    link = tmp_path / "ffmpeg"
    link.symlink_to(find().path)
    assert find(link).version == find().version


def test_what_is_not_there_or_no_program_is_a_missing_tool(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    for path in (tmp_path / "none", tmp_path / "text", tmp_path):
        with pytest.raises(CutroomError) as caught:
            find(path)
        assert caught.value.code is ErrorCode.TOOL_MISSING
        assert caught.value.next_step
        assert str(tmp_path) not in str(caught.value)


def test_a_program_that_is_not_ffmpeg_is_found_out_when_asked(tmp_path: Path) -> None:
    for text in ("echo hello", "exit 3"):
        other = find(script(tmp_path / f"other-{len(text)}", text))
        with pytest.raises(CutroomError) as caught:
            other.version  # noqa: B018 - asking is the point
        assert caught.value.code is ErrorCode.TOOL_MISSING


def test_answers_are_kept_until_the_file_changes(tmp_path: Path) -> None:
    count = tmp_path / "count"
    path = script(tmp_path / "ffmpeg", f"echo x >> {count}; echo ffmpeg version 1.0 x")
    assert [find(path).version, find(path).version] == ["1.0", "1.0"]
    assert count.read_text() == "x\n"
    script(path, f"echo x >> {count}; echo ffmpeg version 2.0 x")
    os.utime(path, ns=(1, 1))
    assert find(path).version == "2.0"


def test_finding_starts_nothing(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    find(script(tmp_path / "ffmpeg", f"touch {ran}"))
    assert not ran.exists()

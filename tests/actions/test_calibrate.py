"""Calibration and lists of trends, from files to what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from cutroom.actions.calibrate import calibrate_from, load_trends
from cutroom.judgement.kept import kept_calibration, kept_trends
from cutroom.kernel.errors import CutroomError, ErrorCode


def table(folder: Path, rows: int = 40) -> Path:
    path = folder / "history.csv"
    lines = [f"{20 + n},{round(10 ** (2 + n / 40))}" for n in range(rows)]
    path.write_text("\ufeffscore,views\n" + "\n".join(lines), encoding="utf-8")
    return path


def test_a_table_becomes_a_calibration(tmp_path: Path) -> None:
    made = calibrate_from(table(tmp_path), tmp_path / "data")
    assert (made.posts, made.retention, made.shares) == (40, False, False)
    kept = kept_calibration(tmp_path / "data")
    assert kept is not None
    assert kept.coverage == made.coverage


def test_a_list_becomes_trends(tmp_path: Path) -> None:
    path = tmp_path / "trends.json"
    path.write_text(
        '{"as_of": "2026-11-01", "trends": [{"kind": "term", "name": "x"}, {"kind": "audio", "name": "y"}]}'
    )
    made = load_trends(path, tmp_path / "data")
    assert (made.terms, made.sounds, made.day) == (1, 1, "2026-11-01")
    assert kept_trends(tmp_path / "data") is not None


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.csv"
    cases = [(tmp_path / "none.csv", ErrorCode.SOURCE_NOT_FOUND), (tmp_path, ErrorCode.SOURCE_NOT_FOUND)]
    for path, code in cases:
        with pytest.raises(CutroomError) as caught:
            calibrate_from(path, tmp_path)
        assert caught.value.code is code
    for content in (b"\xff\xfe\x00s", b"score,views\n" + b"5,5\n" * (5 << 20)):
        wrong.write_bytes(content)
        with pytest.raises(CutroomError) as caught:
            load_trends(wrong, tmp_path)
        assert caught.value.code is ErrorCode.INVALID_REQUEST
        assert str(tmp_path) not in caught.value.message


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(CutroomError) as caught:
        calibrate_from(table(tmp_path), tmp_path / "data")
    assert caught.value.code is ErrorCode.TARGET_NOT_WRITABLE

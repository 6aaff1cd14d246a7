"""``cutroom calibrate`` and ``cutroom trends load``, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cutroom.cli.main import main


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "history.csv"
    path.write_text("score,views\n" + "\n".join(f"{20 + n},{100 + n * n}" for n in range(40)))
    return path


def test_calibrate(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    assert main(["calibrate", str(table), "--data-dir", str(data)]) == 0
    assert "Fitted to 40 posts: views." in capsys.readouterr().out
    assert main(["calibrate", str(table), "--data-dir", str(data), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["posts"] == 40
    assert 0 <= told["interval_coverage"] <= 1
    assert [path.name for path in data.iterdir()] == ["calibration.json"]


def test_trends_load(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "trends.csv"
    path.write_text("kind,name,until\nterm,home studio,2026-12-01\n")
    assert main(["trends", "load", str(path), "--data-dir", str(tmp_path / "data")]) == 0
    assert capsys.readouterr().out == "Loaded 1 term and 0 sounds as of 2026-12-01.\n"


@pytest.mark.parametrize("content", ["", "score,views\n=1+1,5\n", "score,views\n1,2\n"])
def test_what_cannot_be_used_ends_with_one_line_and_2(
    content: str, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table.write_text(content)
    assert main(["calibrate", str(table), "--data-dir", str(tmp_path / "data")]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.count("\n") == 1
    assert not (tmp_path / "data").exists()

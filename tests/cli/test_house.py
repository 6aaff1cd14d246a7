"""What a server says in its log before it opens."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cutroom.cli.house import House
from cutroom.perception.model_store import catalogue


@pytest.fixture(autouse=True)
def _mask() -> Iterator[None]:
    """The house makes everything for its user alone; the other tests do not live in it."""
    mask = os.umask(0o022)
    yield
    os.umask(mask)


def put(folder: Path, *, but: str = "") -> None:
    """Files of the sizes of the embedded set; their holes take no room."""
    folder.mkdir(parents=True, exist_ok=True)
    for model in catalogue().values():
        if model.embedded and model.name != but:
            with (folder / model.file).open("wb") as file:
                file.truncate(model.size)


def test_missing_models_are_one_line_with_what_brings_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CUTROOM_MODELS__DIR", str(tmp_path))
    put(tmp_path, but="centerface")
    House.read(data_dir=tmp_path / "data").tell_missing_models()
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert record.getMessage() == (
        "analyses know less without these models: centerface; `cutroom models pull --embedded` brings them"
    )


def test_a_folder_that_the_settings_do_not_name_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("CUTROOM_MODELS__DIR", raising=False)
    (tmp_path / "my data" / "models").mkdir(parents=True)
    House.read(data_dir=tmp_path / "my data").tell_missing_models()
    assert f"--data-dir '{tmp_path / 'my data'}'" in caplog.text


def test_nothing_is_said_where_nothing_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CUTROOM_MODELS__DIR", str(tmp_path))
    put(tmp_path)
    House.read(data_dir=tmp_path / "data").tell_missing_models()
    assert caplog.records == []

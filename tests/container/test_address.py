"""A server's note of its own address."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from cutroom.container.address import note_address, noted_address
from cutroom.settings import ServerSettings, Settings


def test_the_last_note_is_read_back_by_its_user_alone(tmp_path: Path) -> None:
    settings = Settings(server=ServerSettings(data_dir=tmp_path))
    assert noted_address(settings) is None
    note_address(settings, "http://127.0.0.1:1")
    note_address(settings, "http://127.0.0.1:8123")
    assert noted_address(settings) == "http://127.0.0.1:8123"
    assert [path.name for path in tmp_path.iterdir()] == ["address"]
    assert stat.S_IMODE((tmp_path / "address").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"javascript:alert(1)\n"])
def test_a_damaged_note_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "address").write_bytes(content)
    assert noted_address(Settings(server=ServerSettings(data_dir=tmp_path))) is None


def test_a_folder_that_is_gone_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        note_address(Settings(server=ServerSettings(data_dir=tmp_path / "gone")), "http://127.0.0.1:1")

"""Where a server keeps its things, its secret, and what the settings make of the doors."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from cutroom.actions.service import Rate
from cutroom.container.config import is_loopback, own_url, service_config
from cutroom.container.places import Places, holds_a_server
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.settings import DatabaseSettings, LimitsSettings, ServerSettings, Settings


def at(folder: Path, **more: Any) -> Settings:
    return Settings(server=ServerSettings(data_dir=folder, **more))


def test_the_folder_and_the_secret_are_for_their_user_alone(tmp_path: Path) -> None:
    places = Places.of(at(tmp_path / "a" / "data"))
    assert stat.S_IMODE(places.data_dir.stat().st_mode) == 0o700
    with ThreadPoolExecutor(8) as threads:
        [secret] = set(threads.map(lambda _: Places.of(at(places.data_dir)).secret(), range(8)))
    assert len(secret) >= 32
    assert stat.S_IMODE((places.data_dir / "secret").stat().st_mode) == 0o600
    assert not list(places.data_dir.glob(".secret*"))
    (places.data_dir / "secret").chmod(0o644)
    assert places.secret() == secret
    assert stat.S_IMODE((places.data_dir / "secret").stat().st_mode) == 0o600


def test_a_damaged_secret_is_said_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("short")
    with pytest.raises(CutroomError) as caught:
        Places.of(at(tmp_path)).secret()
    assert caught.value.code is ErrorCode.INTERNAL
    assert (tmp_path / "secret").read_text() == "short"


def test_what_is_set_wins(tmp_path: Path) -> None:
    settings = at(tmp_path, secret=SecretStr("s" * 32))
    assert Places.of(settings).secret() == "s" * 32
    assert not (tmp_path / "secret").exists()


def test_the_usual_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert Places.of(Settings()).data_dir == tmp_path / ".local" / "share" / "cutroom"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    places = Places.of(Settings())
    assert places.data_dir == tmp_path / "share" / "cutroom"
    assert places.database_url.endswith("share/cutroom/cutroom.db")
    assert places.store_url == (tmp_path / "share" / "cutroom" / "files").as_uri()


def test_a_folder_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CutroomError) as caught:
        Places.of(at(tmp_path / "file" / "data"))
    assert caught.value.code is ErrorCode.TARGET_NOT_WRITABLE
    assert str(tmp_path) not in str(caught.value)
    assert caught.value.fields["folder"] == tmp_path / "file" / "data"


def test_whether_a_server_is_there_is_seen_without_making_one(tmp_path: Path) -> None:
    assert not holds_a_server(at(tmp_path / "data"))
    assert not (tmp_path / "data").exists()
    elsewhere = DatabaseSettings(url="postgresql://db.example/cutroom")
    assert holds_a_server(Settings(server=ServerSettings(data_dir=tmp_path / "data"), database=elsewhere))
    (tmp_path / "cutroom.db").touch()
    assert holds_a_server(at(tmp_path))


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False),
     ("192.168.1.2", False), ("clips.example", False)],
)  # fmt: skip
def test_what_only_this_machine_reaches(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_addresses_of_a_server() -> None:
    assert own_url("0.0.0.0", 80) == "http://127.0.0.1:80"
    assert own_url("::1", 80) == "http://[::1]:80"
    assert own_url("clips.example", 80) == "http://clips.example:80"


def test_names_that_are_answered() -> None:
    assert "localhost" in service_config(Settings()).own_names
    assert "clips.example" not in service_config(Settings()).own_names
    public = Settings(server=ServerSettings(public_url="https://clips.example/"))
    assert "clips.example" in service_config(public).own_names
    assert service_config(public).base("http://asked.example") == "https://clips.example"
    assert service_config(Settings(server=ServerSettings(host="0.0.0.0"))).own_names == ()
    named = Settings(server=ServerSettings(host="0.0.0.0", allowed_hosts=("a.example",)))
    assert set(service_config(named).own_names) == {"a.example", "0.0.0.0"}


@pytest.mark.parametrize(
    ("server", "is_open"),
    [
        ({}, True),
        ({"host": "::1"}, True),
        ({"host": "0.0.0.0"}, False),
        ({"public_url": "https://clips.example"}, False),
        ({"trusted_proxies": ("127.0.0.1",)}, False),
        ({"allowed_hosts": ("clips.example",)}, False),
        ({"hosts": {"fastclip": "clips.example"}}, False),
        ({"metrics_token": "0123456789abcdef"}, False),
    ],
)
def test_the_numbers_are_open_only_where_nothing_stands_in_front(server: dict[str, Any], is_open: bool) -> None:
    config = service_config(Settings(server=ServerSettings.model_validate(server)))
    assert config.metrics_open is is_open
    assert config.metrics_token == server.get("metrics_token")
    assert "0123456789abcdef" not in repr(config)


def test_limits_are_the_documented_ones_unless_set() -> None:
    fastclip = service_config(Settings()).limits.surfaces["fastclip"]
    assert fastclip.per_key == (Rate(60, 60),)
    assert fastclip.per_address == (Rate(30, 60),)
    assert fastclip.jobs == (Rate(20, 3600),)
    lifted = service_config(Settings(limits=LimitsSettings(fastclip_jobs_per_hour=0, anonymous=False))).limits
    assert lifted.surfaces["fastclip"].jobs == ()
    assert not lifted.anonymous
    clipi = service_config(Settings()).limits.surfaces["clipi"]
    assert clipi.per_key == (Rate(50, 3600), Rate(500, 86_400))
    assert clipi.per_admin_key == (Rate(100, 3600), Rate(1000, 86_400))
    none = {name: 0 for name in LimitsSettings.model_fields if name.startswith("clipi_")}
    lifted = service_config(Settings(limits=LimitsSettings.model_validate(none))).limits
    assert lifted.surfaces["clipi"].per_key == lifted.surfaces["clipi"].per_admin_key == ()

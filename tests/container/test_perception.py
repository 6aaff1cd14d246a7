"""Where models are looked for, where they are put, and what settings make of perception."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from cutroom.container.perception import models_folder, perception_config, store_config
from cutroom.outbound.package_index import DEFAULT_INDEX
from cutroom.perception.ports import LanguageModelConfig, LanguageModelProvider, TranscriptionEndpoint
from cutroom.settings import LanguageModelSettings, ModelsSettings, PerceptionSettings, ServerSettings, Settings


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setattr("sys.platform", "linux")
    return tmp_path


def test_the_usual_place(home: Path) -> None:
    assert models_folder(Settings()) == home / "share/cutroom/models"
    assert store_config(Settings()).folder == home / "share/cutroom/models"


def test_a_place_of_its_own(home: Path) -> None:
    settings = Settings(models=ModelsSettings(dir=home / "m"), server=ServerSettings(data_dir=home / "data"))
    assert models_folder(settings) == store_config(settings).folder == home / "m"


def test_a_server_with_its_own_data_finds_what_set_up_has_brought(home: Path) -> None:
    settings = Settings(server=ServerSettings(data_dir=home / "data"))
    assert models_folder(settings) == home / "share/cutroom/models"
    assert store_config(settings).folder == home / "data/models"
    (home / "data/models").mkdir(parents=True)
    assert models_folder(settings) == home / "data/models"


def test_the_index_of_pip_is_used_and_nothing_private_is_open(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert store_config(Settings()).index.url == DEFAULT_INDEX
    monkeypatch.setenv("PIP_INDEX_URL", "http://10.0.0.1/simple/")
    store = store_config(Settings())
    assert store.index.url == "http://10.0.0.1/simple"
    assert not store.egress.allow_private_networks
    assert store.egress.allowed_hosts == ()


def test_upgrades() -> None:
    assert perception_config(Settings()).endpoint is None
    assert perception_config(Settings()).language_model is None
    config = perception_config(
        Settings(
            perception=PerceptionSettings(transcriber_url="http://127.0.0.1:8000/v1/", transcriber_key=SecretStr("k")),
            language_model=LanguageModelSettings(provider="anthropic", model="m", key=SecretStr("s")),
        )
    )
    assert config.endpoint == TranscriptionEndpoint("http://127.0.0.1:8000/v1", "whisper-1", "k")
    assert config.language_model == LanguageModelConfig(LanguageModelProvider.ANTHROPIC, "m", key="s")

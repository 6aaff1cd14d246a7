"""Settings come from the environment, wrong ones are named, and their page is up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.settings import Settings, load_settings, settings_page

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"


def test_the_page_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_page(), "run: python -m cutroom.settings > docs/settings.md"


def test_every_setting_is_described() -> None:
    rows = [line for line in settings_page().splitlines() if line.startswith("| `CUTROOM_")]
    assert rows
    assert all(row.removesuffix("|").rpartition("|")[2].strip() for row in rows)


def test_nothing_set_gives_the_defaults() -> None:
    settings = load_settings()
    assert settings == Settings()
    assert settings.outbound.allow_private_networks is None


def test_the_fixed_name_for_private_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUTROOM_OUTBOUND__ALLOW_PRIVATE_NETWORKS", "1")
    assert load_settings().outbound.allow_private_networks is True


def test_nested_names_and_lists(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CUTROOM_MEDIA__THREADS", "2")
    monkeypatch.setenv("CUTROOM_MEDIA__SCRATCH", str(tmp_path))
    monkeypatch.setenv("CUTROOM_OUTBOUND__ALLOWED_HOSTS", "nas.example, 10.0.0.0/8,")
    settings = load_settings()
    assert settings.media.threads == 2
    assert settings.media.scratch == tmp_path
    assert settings.outbound.allowed_hosts == ("nas.example", "10.0.0.0/8")


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUTROOM_MEDIA__SCRATCH", "")
    assert load_settings().media.scratch is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CUTROOM_MEDIA__THREADS", "many"),
        ("CUTROOM_MEDIA__THREADS", "0"),
        ("CUTROOM_MEDIA__THREDS", "1"),
        ("CUTROOM_OUTBOND__ALLOW_PRIVATE_NETWORKS", "0"),
        ("CUTROOM_LOG", "loud"),
        ("CUTROOM_MEDIA", "7"),
        ("CUTROOM_SOURCES__MAX_BYTES", "-1"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(CutroomError, match=name) as caught:
        load_settings()
    assert caught.value.code is ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CUTROOM_ACCOUNTS__OWNER_PASSWORD", "short", "it must have at least 8 characters."),
        ("CUTROOM_SERVER__PORT", "99999", "it may be at most 65535."),
        ("CUTROOM_SERVER__PORT", "-1", "it must be at least 0."),
        ("CUTROOM_SERVER__PORT", "many", "it must be a whole number."),
        ("CUTROOM_LIBRARY__LIFETIME_HOURS", "0", "it must be more than 0."),
        ("CUTROOM_LIBRARY__LIFETIME_HOURS", "long", "it must be a number."),
        ("CUTROOM_LIMITS__ANONYMOUS", "perhaps", "it must be on or off."),
        ("CUTROOM_MAIL__SECURITY", "ssl", "it must be 'tls', 'starttls' or 'none'."),
        ("CUTROOM_BILLING__MODE", "gold", "it must be 'off', 'credits', 'test' or 'stripe'."),
        ("CUTROOM_SERVER__PUBLIC_URL", "clips", "write it as https://clips.example."),
        ("CUTROOM_MEDIA", "7", "it is a group of settings"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(CutroomError) as caught:
        load_settings()
    assert f"{name} is wrong: {words}" in caught.value.message


def test_a_file_named_env_in_the_current_folder_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CUTROOM_LOG=debug\n")
    monkeypatch.chdir(tmp_path)
    assert load_settings().log == "warning"

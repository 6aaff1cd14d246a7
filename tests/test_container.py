"""What the container builds from the settings, and that building it starts nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from cutroom.container import open_services
from cutroom.settings import MediaSettings, OutboundSettings, Settings, SourcesSettings


@pytest.mark.parametrize(
    ("setting", "door", "allowed"),
    [(None, True, True), (None, False, False), (True, False, True), (False, True, False)],
)
def test_the_setting_about_private_networks_wins_over_the_door(setting: bool | None, door: bool, allowed: bool) -> None:
    settings = Settings(outbound=OutboundSettings(allow_private_networks=setting, allowed_hosts=("nas.example",)))
    with open_services(settings, private_networks=door, local_files=True) as services:
        assert services.egress.policy.allow_private_networks is allowed
        assert services.egress.policy.allowed_hosts == ("nas.example",)
        assert services.egress.process_id is None


def test_settings_reach_their_places(tmp_path: Path) -> None:
    settings = Settings(
        media=MediaSettings(scratch=tmp_path, ffmpeg=Path("/opt/ffmpeg")),
        sources=SourcesSettings(max_bytes=7, max_duration_seconds=9, cookies=tmp_path / "cookies.txt"),
    )
    with open_services(settings, private_networks=False, local_files=False) as services:
        assert services.scratch == tmp_path
        assert services.ffmpeg == Path("/opt/ffmpeg")
        assert (services.sources.limits.max_bytes, services.sources.limits.max_duration_seconds) == (7, 9)
        assert services.sources.cookies == tmp_path / "cookies.txt"
        assert not services.sources.allow_files
        with services.workdir() as workdir:
            assert workdir.path.parent == tmp_path
    assert list(tmp_path.iterdir()) == []

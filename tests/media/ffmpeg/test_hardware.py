"""A trial decides whether an encoder is used; any encoder that is surely there may stand for a graphics processor's."""

from __future__ import annotations

from pathlib import Path

import pytest

from cutroom.media.ffmpeg.binary import find
from cutroom.media.ffmpeg.hardware import works
from cutroom.media.tools.coding import H264, HARDWARE, PictureEncoder

pytestmark = pytest.mark.slow


def test_an_encoder_that_encodes_works_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    works.cache_clear()
    assert works(find(), "libx264", None, ("-c:v", "libx264"))
    assert list(tmp_path.iterdir()) == []


def test_one_that_is_not_there_or_fails_does_not() -> None:
    assert not works(find(), "h264_of_tomorrow", None, ("-c:v", "h264_of_tomorrow"))
    assert not works(find(), "libx264", None, ("-c:v", "libx264", "-profile:v", "nonsense"))
    assert not works(find(), "libx264", "no_such_device", ("-c:v", "libx264"))


@pytest.mark.parametrize("name", HARDWARE)
def test_whatever_this_machine_has_the_question_is_answered(name: str) -> None:
    encoder = HARDWARE[name]
    assert works(find(), name, encoder.device, H264(encoder).options()) in {True, False}
    assert encoder.hardware
    assert not PictureEncoder().hardware

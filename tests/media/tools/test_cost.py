"""The cost gate: what may be queued, from facts alone."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.budget import TOOL_BUDGET, CostBudget
from cutroom.media.tools import TOOLS
from cutroom.media.tools.cost import check_cost
from cutroom.model.media import MediaFacts
from cutroom.model.tool import parse
from tests.media import facts as imagined

ENCODERS: dict[str, dict[str, str]] = {
    "compress": {}, "resize-video": {"width": "1280", "height": "720"}, "rotate-video": {"rotation": "90"},
    "video-speed": {"speed": "2"}, "convert": {"outputFormat": "webm"},
}  # fmt: skip
CHEAP: dict[str, dict[str, str]] = {
    "remove-audio": {}, "thumbnail": {}, "trim-video": {"startTime": "1", "endTime": "99999"},
    "convert": {"outputFormat": "mkv"}, "extract-audio": {}, "gif": {"startTime": "1", "duration": "15"},
}  # fmt: skip


def film(hours: Fraction, width: int, height: int) -> MediaFacts:
    video = replace(imagined.video(width, height), duration=hours * 3600)
    return replace(imagined.facts(video, (imagined.sound(),)), duration=hours * 3600, kind="mp4")


def gate(tool: str, facts: MediaFacts, given: dict[str, str], budget: CostBudget = TOOL_BUDGET) -> None:
    values = parse(TOOLS[tool].spec, given.items())
    check_cost(TOOLS[tool].plan(values, facts), facts, budget)


def refused(
    tool: str, facts: MediaFacts, given: dict[str, str] | None = None, budget: CostBudget = TOOL_BUDGET
) -> CutroomError:
    with pytest.raises(CutroomError) as caught:
        gate(tool, facts, given or {}, budget)
    assert caught.value.code is ErrorCode.MEDIA_TOO_COSTLY
    return caught.value


@pytest.mark.parametrize("tool", ENCODERS)
def test_five_hours_of_4k_in_a_small_file_are_refused(tool: str) -> None:
    error = refused(tool, film(Fraction(5), 3840, 2160), ENCODERS[tool])
    assert "5:00:00" in error.message
    assert "3840x2160" in error.message
    assert error.next_step


@pytest.mark.parametrize("tool", ENCODERS)
def test_half_an_hour_of_full_hd_is_welcome(tool: str) -> None:
    gate(tool, film(Fraction(1, 2), 1920, 1080), ENCODERS[tool])


@pytest.mark.parametrize("tool", CHEAP)
def test_what_only_copies_or_takes_a_moment_is_not_counted(tool: str) -> None:
    gate(tool, film(Fraction(5), 3840, 2160), CHEAP[tool])


def test_slow_motion_costs_more_pictures() -> None:
    facts = film(Fraction(1), 1920, 1080)
    gate("video-speed", facts, {"speed": "2"})
    refused("video-speed", facts, {"speed": "0.25"})


def test_a_picture_larger_than_is_decoded() -> None:
    refused("thumbnail", film(Fraction(1), 10_000, 10_000))
    wide = replace(film(Fraction(1), 8000, 100), video=replace(imagined.video(8000, 100)))
    assert "1" in refused("thumbnail", wide, {"height": "2160"}).message


def test_more_than_a_day_of_sound() -> None:
    refused("extract-audio", film(Fraction(25), 320, 180))
    gate("trim-audio", film(Fraction(25), 320, 180), {"startTime": "5", "endTime": "7"})


def test_too_many_streams() -> None:
    facts = film(Fraction(1), 320, 180)
    refused("remove-audio", replace(facts, audio=(imagined.sound(),) * 50))
    refused("remove-audio", facts, budget=CostBudget(streams=1))

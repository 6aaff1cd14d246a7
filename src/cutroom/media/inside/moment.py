"""The one picture that is on the screen at a moment, for what makes an image of it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.inside import wire
from cutroom.media.inside.extract import extract
from cutroom.media.inside.opening import open_media
from cutroom.media.inside.probing import describe, programme_video
from cutroom.media.inside.window import look_around
from cutroom.media.outcome import Bounds, Outcome
from cutroom.model.clip import Mode

if TYPE_CHECKING:
    from cutroom.media.inside.conversation import Conversation

# Their times of showing are made up by whoever reads them; so they are read once, here.
_NO_TIMES = {"avi", "h264", "hevc", "mpegvideo"}


def moment(params: dict[str, Any], talk: Conversation) -> dict[str, Any]:
    """An ``Outcome`` whose bounds hold the picture on the screen ``at`` seconds, and no other.

    ``extract`` names the file that its packets are copied out to where ffmpeg cannot read the input itself. Raises
    ``CutroomError``: INVALID_RANGE beyond the end, NO_VIDEO.
    """
    at = Fraction(params["at"])
    with open_media(params["video"], "video", talk) as container:
        facts = describe(container, params["video"]["size"], thorough=False)
        video = programme_video(container)
        if video is None or facts.video is None:
            raise CutroomError(ErrorCode.NO_VIDEO, "The file has no picture, only sound.")
        tick = cast("Fraction", video.time_base)
        edge = look_around(container, video, int((facts.origin + at) / tick), round(facts.origin / tick))
        ends = [edge.stream_end] if edge.stream_end is not None else []
        if ends and (facts.origin + at) / tick >= ends[0]:
            raise CutroomError(
                ErrorCode.INVALID_RANGE, "The moment lies beyond the end.", duration=ends[0] * tick - facts.origin
            )
        earlier = [stamp for stamp in edge.stamps if stamp * tick <= facts.origin + at] or edge.stamps[:1]
        shown = earlier[-1]
        later = [stamp for stamp in (*edge.stamps, *ends) if stamp > shown]
        end = later[0] if later else shown + max(1, round(1 / tick / 25))
        bounds = Bounds(
            first=shown * tick,
            end=end * tick,
            last=shown * tick,
            before=earlier[-2] * tick if len(earlier) > 1 else None,
            key=min(edge.key, shown) * tick,
        )
        copied_out = None
        if facts.container in _NO_TIMES:
            copied_out = extract(container, video, None, [], bounds, Path(params["extract"]))
        outcome = Outcome(
            replace(facts, audio=()), bounds, Mode.REENCODE, "One picture.", frames=1, extracted=copied_out
        )
        return wire.pack_object(outcome)

"""The cost gate of the tools: what a plan would take, worked out before anything is queued or decoded. Pure."""

from __future__ import annotations

from fractions import Fraction

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.timespan import format_time
from cutroom.media.budget import CostBudget, check_size, picture_work
from cutroom.media.tools.formats import picture_obstacle
from cutroom.media.tools.pictures import shape_of
from cutroom.media.tools.sounds import longest_end
from cutroom.media.tools.tool import FilmPlan, GifPlan, ImagePlan, Pictures, Plan, SoundFilePlan, Span, StillPlan
from cutroom.model.media import MediaFacts, VideoFacts

# Work of encoding one sample, decoding H.264 being 1. Orders of magnitude.
_ENCODE = {"h264": 5.0, "vp9": 8.0}
_PALETTE = 2.0
# A day of sound: what its encoder takes is nothing beside pictures, but not nothing.
_LONGEST_SOUND = Fraction(24 * 3600)


def check_cost(plan: Plan, facts: MediaFacts, budget: CostBudget) -> None:
    """Raise ``CutroomError(MEDIA_TOO_COSTLY)`` where ``plan`` takes more than ``budget`` allows."""
    check_size(facts, budget)
    match plan:
        case ImagePlan():
            return
        case SoundFilePlan(span=span):
            _check_sound(facts, span)
        case StillPlan(size=size):
            _check_picture(size, budget)
        case GifPlan(span=span, size=size):
            _check_picture(size, budget)
            _check_work(facts, span, size[0] * size[1], _PALETTE, budget)
        case FilmPlan():
            _check_film(plan, facts, budget)


def _check_film(plan: FilmPlan, facts: MediaFacts, budget: CostBudget) -> None:
    video = facts.video
    if video is None or _copied(plan, video):
        return
    width, height = shape_of(plan, video).geometry.shown
    # Slower means more pictures to encode, faster fewer; all of the source are decoded.
    encode = _ENCODE.get(plan.target.video or "", 5.0) / float(plan.speed)
    _check_work(facts, plan.span, width * height, encode, budget)


def _copied(plan: FilmPlan, video: VideoFacts) -> bool:
    kept = plan.pictures is Pictures.KEEP and picture_obstacle(plan.target, video) is None
    may = plan.span.whole or plan.target.name in {"mp4", "mov"}
    return plan.pictures is Pictures.COPY or (kept and may)


def _check_work(facts: MediaFacts, span: Span, samples: int, encode: float, budget: CostBudget) -> None:
    """``samples`` of a written picture, each ``encode`` as much work as decoding one."""
    video, length = facts.video, facts.duration or Fraction(0)
    if video is None:
        return
    seconds = (length if span.end is None else min(span.end, length)) - span.start
    if picture_work(video, seconds, samples, encode) > budget.work:
        raise CutroomError(
            ErrorCode.MEDIA_TOO_COSTLY,
            f"Re-encoding {format_time(seconds, 0)} of a {video.width}x{video.height} source takes more computing time "
            "than is allowed.",
            next_step="Use a shorter or smaller video.",
        )


def _check_picture(size: tuple[int, int], budget: CostBudget) -> None:
    if size[0] * size[1] > budget.pixels:
        raise CutroomError(
            ErrorCode.MEDIA_TOO_COSTLY, f"A picture of {size[0]}x{size[1]} is larger than is allowed.",
            next_step="Ask for a smaller one.",
        )  # fmt: skip


def _check_sound(facts: MediaFacts, span: Span) -> None:
    end = longest_end(facts) - facts.origin if span.end is None else span.end
    if end - span.start > _LONGEST_SOUND:
        raise CutroomError(
            ErrorCode.MEDIA_TOO_COSTLY, "More than a day of sound takes more computing time than is allowed.",
            next_step="Use a shorter file.",
        )  # fmt: skip

"""Images seen from outside: what a file is, and one image made from another. The media child does all of it.

What it answers is measured on the written file, and held against what was asked for before anyone gets to see it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.progress import ProgressCallback, ignore
from cutroom.media.child import TaskLimits
from cutroom.media.inside import wire
from cutroom.model.image import ImageFacts, ImageFormat
from cutroom.model.tool import ToolResult

if TYPE_CHECKING:
    from pathlib import Path

    from cutroom.media.child import MediaChild
    from cutroom.media.tools.tool import ImagePlan

# Pillow works on one core; 67 million pixels as WebP need about a gigabyte.
_LIMITS = TaskLimits(memory=3 << 30, cpu=1200, file=1 << 31)
_LOOKING = TaskLimits(memory=2 << 30, cpu=60, file=0)


@dataclass(frozen=True, slots=True)
class Painted:
    """What the child made: facts of the written file, and how it came about."""

    facts: ImageFacts
    copied: bool
    """The pixels are those of the source, bit for bit."""
    warnings: tuple[str, ...]


def look(child: MediaChild, path: Path, *, cancel: CancelToken | None = None) -> ImageFacts:
    """The facts of an image file. Raises ``CutroomError``: NOT_MEDIA, MEDIA_DAMAGED, MEDIA_TOO_COSTLY (bombs)."""
    answer = child.call("image-probe", {"path": str(path.absolute())}, limits=_LOOKING, cancel=cancel)
    return wire.unpack(ImageFacts, answer)


def make(
    child: MediaChild,
    source: Path,
    facts: ImageFacts,
    plan: ImagePlan,
    target: Path,
    *,
    on_progress: ProgressCallback = ignore,
    cancel: CancelToken | None = None,
) -> ToolResult:
    """Make what ``plan`` says of ``source``, whose facts these are, in the new file ``target``.

    Raises ``CutroomError``: MEDIA_DAMAGED, LIMIT_EXCEEDED, DISK_FULL, VERIFICATION_FAILED, CANCELLED. Whatever happens,
    ``target`` may be there in part then; removing it is the caller's business.
    """
    params = {
        "path": str(source.absolute()),
        "target": str(target.absolute()),
        "format": plan.format,
        "size": list(plan.size or facts.display_size),
        "quality": plan.quality,
    }
    answer = child.call("image", params, limits=_LIMITS, on_progress=on_progress, cancel=cancel)
    painted = wire.unpack(Painted, answer)
    _verify(facts, plan, painted.facts)
    made = painted.facts
    return ToolResult(
        extension=made.format.value,
        media_type=made.format.media_type,
        size=made.size_bytes,
        duration=made.duration,
        width=made.width,
        height=made.height,
        frames=made.frames,
        video_codec="mjpeg" if made.format is ImageFormat.JPG else made.format.value,
        audio_codecs=(),
        copied=painted.copied,
        warnings=painted.warnings,
        path=target,
    )


def _verify(facts: ImageFacts, plan: ImagePlan, made: ImageFacts) -> None:
    """Hold the written file against the plan. Pictures that look alike may have become one, their times added."""
    moves = facts.animated and ImageFormat(plan.format).moves
    kept = plan.format in {facts.format.value, ImageFormat.WEBP.value}
    wrong = (
        made.format.value != plan.format
        or made.display_size != (plan.size or facts.display_size)
        or made.frames > facts.frames
        or (moves and kept and made.duration != facts.duration and made.frames > 1)
        or (plan.quality is not None and made.size_bytes > facts.size_bytes)
    )
    if wrong:
        raise CutroomError(
            ErrorCode.VERIFICATION_FAILED,
            "The image did not come out as planned.",
            detail=f"planned {plan}, made {made} from {facts}",
        )

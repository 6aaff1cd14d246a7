"""Which way a clip is made. Pure: facts and request in, mode and reason out."""

from __future__ import annotations

from cutroom.model.clip import CutRequest, Format, Mode
from cutroom.model.media import MediaFacts, VideoFacts


def choose(facts: MediaFacts, request: CutRequest) -> tuple[Mode, str]:
    """The mode for this request and one sentence saying why.

    ``exact`` where the pictures can be copied into an MP4 that plays everywhere, else ``reencode``; a mode asked for
    is kept unless the source forbids it.
    """
    obstacle = why_not_copied(facts, request)
    wanted = request.mode or Mode.EXACT
    if wanted is Mode.REENCODE:
        return Mode.REENCODE, "Re-encoded because this was asked for."
    if obstacle:
        return Mode.REENCODE, f"Re-encoded because {obstacle}."
    if wanted is Mode.INSTANT:
        return (
            Mode.INSTANT,
            "Copied from the key frame before the start, the surplus hidden by the edit list, as asked for.",
        )
    return (
        Mode.EXACT,
        "Copied, only the pictures at the seams encoded: the source's pictures play everywhere as they are.",
    )


def why_not_copied(facts: MediaFacts, request: CutRequest) -> str | None:
    """Why the source's pictures cannot be copied into the clip; None when they can."""
    video = facts.video
    if request.format is not Format.MP4:
        return f"{'an' if request.format is Format.MP3 else 'a'} {request.format.value.upper()} was asked for"
    if video is None:
        return "there is only sound"
    if facts.container in {"avi", "h264", "mpegvideo"}:
        return "such files carry no times of showing"
    if request.quality is not None and min(video.width, video.height) > request.quality.lines:
        return f"the source is larger than {request.quality.value}"
    return _why_not_playable(video)


def _why_not_playable(video: VideoFacts) -> str | None:
    if video.codec != "h264":
        return f"the source's pictures are coded as {video.codec.upper()}, not H.264"
    if video.pixel_format not in {"yuv420p", "yuvj420p"}:
        return "the source's pictures are not 8-bit 4:2:0, which not every player shows"
    if video.interlaced:
        return "the source is interlaced"
    if video.hdr:
        return "the source is HDR, which not every player shows"
    if video.mirrored:
        return "the source is mirrored, which players do not undo"
    return None

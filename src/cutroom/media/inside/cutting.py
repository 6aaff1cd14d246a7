"""The media worker's part of a cut: find the boundaries, choose the way, and do it where no ffmpeg run is needed."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import av.error

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.budget import CostBudget, check_cost
from cutroom.media.choice import choose
from cutroom.media.inside import wire
from cutroom.media.inside.announce import announce
from cutroom.media.inside.extract import extract
from cutroom.media.inside.gate import check_copy, check_splice
from cutroom.media.inside.job import Job
from cutroom.media.inside.opening import open_media
from cutroom.media.inside.probing import describe, programme_video, sound_tracks
from cutroom.media.inside.sound import copyable
from cutroom.media.inside.splice import exact, instant
from cutroom.media.inside.surprise import Surprise
from cutroom.media.inside.survey import sound_end, survey
from cutroom.media.inside.window import Window, plan_window, refuse_outside
from cutroom.media.outcome import Bounds, Outcome
from cutroom.model.clip import CutRequest, Format, Mode

if TYPE_CHECKING:
    from av import AudioStream, VideoStream
    from av.container import InputContainer

    from cutroom.media.inside.conversation import Conversation
    from cutroom.model.media import MediaFacts


_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.ENOMEM}
_NO_TIMES = {"avi", "h264", "hevc", "mpegvideo"}


@dataclass(slots=True)
class _Opened:
    """The input files of a task with what is known of them."""

    container: InputContainer
    sound: InputContainer | None
    facts: MediaFacts
    video: VideoStream | None
    tracks: list[AudioStream]
    sound_container: str | None


def cut(params: dict[str, Any], talk: Conversation) -> dict[str, Any]:
    """Cut ``request`` out of the inputs into ``target``, or say how a re-encode has to cut it.

    The result is an ``Outcome``: with ``produced`` when the clip is written, without when it needs a re-encode.
    """
    request = wire.unpack(CutRequest, params["request"])
    with contextlib.ExitStack() as stack:
        files = _open(params, talk, stack)
        if params["video"].get("ranged"):
            announce(files.container, files.video, files.facts, request, talk)
        bounds, window = _bounds(files, request, _fraction(params.get("duration")))
        mode, reason = choose(files.facts, request)
        budget = wire.unpack(CostBudget, params["budget"])
        check_cost(files.facts, request, budget, mode=mode)
        if mode is Mode.REENCODE or window is None:
            return _hand_over(files, bounds, window, reason, params)
        path = Path(params["target"])
        job = Job(
            files.container,
            cast("VideoStream", files.video),
            files.tracks,
            files.facts,
            window,
            path,
            talk,
            files.sound,
        )
        try:
            return wire.pack_object(_splice(job, bounds, mode, reason))
        except (Surprise, av.error.FFmpegError) as surprise:
            if isinstance(surprise, av.error.FFmpegError):
                if surprise.errno in _NO_ROOM:
                    raise
                surprise = Surprise("its packets cannot be joined")
            path.unlink(missing_ok=True)
            check_cost(files.facts, request, budget)
            return _hand_over(files, bounds, window, f"Re-encoded because {surprise}.", params)


def _open(params: dict[str, Any], talk: Conversation, stack: contextlib.ExitStack) -> _Opened:
    container = stack.enter_context(open_media(params["video"], "video", talk))
    facts = describe(container, params["video"]["size"], thorough=False)
    sound = kind = None
    tracks = sound_tracks(container)
    if params.get("audio"):
        sound = stack.enter_context(open_media(params["audio"], "audio", talk))
        tracks = sound_tracks(sound)
        apart = describe(sound, params["audio"]["size"], thorough=False)
        facts, kind = facts.with_sound(apart.audio), apart.container
    if params.get("sound_only"):  # the pictures still say what time zero is
        return _Opened(container, sound, replace(facts, video=None), None, tracks, kind)
    return _Opened(container, sound, facts, programme_video(container), tracks, kind)


def _hand_over(
    files: _Opened, bounds: Bounds, window: Window | None, reason: str, params: dict[str, Any]
) -> dict[str, Any]:
    """Leave the cut to ffmpeg; where that cannot read the inputs themselves, copy the needed packets out for it."""
    facts = files.facts
    hearing = [] if params["request"]["format"] == Format.GIF else files.tracks
    found = survey(files.container, files.video, files.sound, hearing, bounds)
    # Formats without times of showing get them from the demuxer here; another reader would count differently.
    copied_out = None
    if params.get("partial", False) or files.facts.container in _NO_TIMES:
        copied_out = extract(files.container, files.video, files.sound, files.tracks, bounds, Path(params["extract"]))
    if facts.video is not None:
        facts = replace(facts, video=replace(facts.video, variable_frame_rate=found.uneven))
    outcome = Outcome(
        facts, bounds, Mode.REENCODE, reason, found.frames, warnings=found.warnings,
        at_source_end=bounds.last is None or (window is not None and window.at_source_end),
        sound_container=files.sound_container, extracted=copied_out,
    )  # fmt: skip
    return wire.pack_object(outcome)


def _bounds(files: _Opened, request: CutRequest, known: Fraction | None) -> tuple[Bounds, Window | None]:
    """The exact times of the cut, from the picture's frames or, without a picture, as asked for."""
    facts = files.facts
    if known is not None:
        refuse_outside(request.start, request.end, known)
    if facts.video is None or files.video is None:
        length = known or facts.duration
        if length is None:
            length = describe(files.container, facts.size_bytes, thorough=True).duration or Fraction(0)
        real = sound_end(files.container, files.tracks[0], facts.origin + min(request.end, length))
        if real is not None and known is None:  # the header promises more than the file holds
            length = min(length, real - facts.origin)
        refuse_outside(request.start, request.end, length)
        first, end = facts.origin + request.start, facts.origin + min(request.end, length)
        return Bounds(first, end, None, None, first), None
    window = plan_window(files.container, files.video, facts, request.start, request.end)
    tick = facts.video.time_base
    if known is not None:
        _refuse_gap(window.first * tick - facts.origin, request.start)
        _refuse_gap(window.end * tick - facts.origin, min(request.end, known))
    return Bounds(
        first=window.first * tick,
        end=window.end * tick,
        last=window.last * tick,
        before=None if window.before is None else window.before * tick,
        key=window.key * tick,
    ), window


def _refuse_gap(found: Fraction, wanted: Fraction) -> None:
    """Of a source fetched in parts, what is far from the place asked for is the edge of a hole, not a boundary."""
    if abs(found - wanted) > 2:
        raise CutroomError(
            ErrorCode.MEDIA_DAMAGED,
            "The times in this stream do not match those of its playlist, so the range cannot be found exactly.",
            next_step="Download the whole video and cut the file.",
        )


def _splice(job: Job, bounds: Bounds, mode: Mode, reason: str) -> Outcome:
    end = job.window.end - job.window.first
    if job.stream.sample_aspect_ratio not in {None, 0, 1, job.stream.codec_context.sample_aspect_ratio}:
        raise Surprise("the shape of its pixels is stated outside the pictures, where copying would lose it")
    splice = exact(job) if mode is Mode.EXACT else instant(job)
    frames = sum(0 <= pts < end for pts in splice.shown)
    # Of an instant copy nothing is hidden then either.
    if splice.copied == (frames if mode is Mode.EXACT else len(splice.shown)):
        reason = "Copied: the range begins and ends where the source's pictures can be parted."
    coded = sorted({t.codec_context.codec.canonical_name.upper() for t in job.tracks if not copyable(t)})
    if coded:
        reason = f"{reason} The sound was encoded from {' and '.join(coded)}."
    job.talk.progress("verifying", None)
    # Whoever publishes the file waits for the disk; let the disk begin while the file is checked.
    threading.Thread(target=_flush, args=(job.path,), daemon=True).start()
    produced = check_splice(job.path, splice, job.tick, end) if mode is Mode.EXACT else check_copy(job.path)
    return Outcome(
        facts=job.facts,
        bounds=bounds,
        mode=mode,
        reason=reason,
        frames=frames,
        copied=splice.copied,
        produced=produced,
        warnings=splice.warnings,
        sounding=splice.sounding,
        at_source_end=job.window.at_source_end,
    )


def _flush(path: Path) -> None:
    with contextlib.suppress(OSError), path.open("rb") as file:
        os.fsync(file.fileno())


def _fraction(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)

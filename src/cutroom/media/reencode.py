"""A cut by ffmpeg: from what the media child has found out to a plan, and the run."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.progress import ProgressCallback
from cutroom.media.encode import encode
from cutroom.media.encode_plan import EncodePlan, Encoding, PicturePlan, SoundPlan
from cutroom.media.ffmpeg import binary
from cutroom.media.ffmpeg.command import SEEK_SLACK, Scratch
from cutroom.media.ffmpeg.failure import damaged
from cutroom.media.ffmpeg.limits import cpu_bound, limits_for
from cutroom.media.ffmpeg.runner import run_steps
from cutroom.media.ffmpeg.workdir import Workdir
from cutroom.media.input import Source
from cutroom.media.outcome import EXTRACT, Outcome
from cutroom.model.clip import CutRequest, Format
from cutroom.model.media import MediaFacts
from cutroom.model.source import RemoteFile

# Sought by decoding time or by guess: a second earlier is surely before the keyframe.
_ROUGH_SEEK = {"mpegts", "mpeg", "flv", "asf"}


def reencode(
    source: Source,
    request: CutRequest,
    outcome: Outcome,
    *,
    ffmpeg: Path | None,
    threads: int,
    workdir: Workdir,
    report: ProgressCallback,
    cancel: CancelToken,
) -> tuple[Encoding, bool]:
    """Let ffmpeg make the clip in ``workdir``; true beside it when its decoders complained of the source.

    Raises ``CutroomError`` as the runner does.
    """
    encoding = encode(plan_encoding(source, request, outcome, threads))
    video = outcome.facts.video
    pixels = video.width * video.height if video else 0
    duration = outcome.bounds.end - outcome.bounds.key
    limits = limits_for(
        pixels, hdr=bool(video and video.hdr), threads=threads, cpu_seconds=cpu_bound(duration, pixels)
    )  # fmt: skip
    reports = run_steps(
        encoding.steps,
        ffmpeg=binary.find(ffmpeg),
        workdir=workdir,
        limits=limits,
        on_progress=report,
        cancel=cancel,
    )
    return encoding, any(damaged(ended.stderr) for ended in reports)


def plan_encoding(source: Source, request: CutRequest, outcome: Outcome, threads: int) -> EncodePlan:
    """What ffmpeg is to be asked for."""
    facts, bounds, extract = outcome.facts, outcome.bounds, outcome.extracted
    if extract is not None:
        facts, bounds = as_extracted(facts, extract), bounds.later(extract)
    picture = sound = None
    if facts.video is not None and request.format is not Format.MP3:
        picture = PicturePlan(
            path=_whole(source.video) if extract is None else Scratch(EXTRACT),
            demuxer=facts.container if extract is None else "nut",
            facts=facts.video,
            first=bounds.first,
            last=bounds.last if bounds.last is not None else bounds.first,
            end=bounds.end,
            before=bounds.before,
            seek=_seek(facts.container, facts.video.start, bounds.key) if extract is None else None,
        )
    if facts.audio and request.format is not Format.GIF:
        apart = source.audio is not None
        sound = SoundPlan(
            path=_whole(source.audio if apart else source.video) if extract is None else Scratch(EXTRACT),
            demuxer=outcome.sound_container or facts.container if extract is None else "nut",
            tracks=facts.audio,
            first=bounds.first,
            end=bounds.end,
        )
    return EncodePlan(format=request.format, quality=request.quality, picture=picture, sound=sound, threads=threads)


def _seek(container: str, start: Fraction, key: Fraction) -> Fraction | None:
    """Where reading starts, so that the keyframe at ``key`` comes; None for the beginning of the file."""
    if container not in _ROUGH_SEEK:
        return key
    early = key - 1
    return early if early > start + SEEK_SLACK else None


def _whole(file: Path | RemoteFile | None) -> Path:
    if not isinstance(file, Path):
        msg = "ffmpeg is given whole local files only"
        raise TypeError(msg)
    return file.absolute()


def as_extracted(facts: MediaFacts, later: Fraction) -> MediaFacts:
    """The same streams as in the extracted file: the picture first, then the sound tracks, all ``later`` (s)."""
    first = 0 if facts.video is None else 1
    return replace(
        facts,
        video=None if facts.video is None else replace(facts.video, index=0, start=facts.video.start + later),
        audio=tuple(
            replace(track, index=number, start=track.start + later) for number, track in enumerate(facts.audio, first)
        ),
    )

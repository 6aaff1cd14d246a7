"""Facts and results as JSON and as lines for people. Every time is a number and, beside it, an exact fraction."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from cutroom.actions.cut import Failed, Made, Outcome
from cutroom.cli.door import error_content
from cutroom.cli.wording import plural, printable, readable_size
from cutroom.kernel.timespan import Timespan, format_time
from cutroom.model.clip import CutResult


def time_content(name: str, time: Fraction | None) -> dict[str, Any]:
    """A time under ``name``, and exact under ``name_exact``.

    >>> time_content("start", Fraction(1001, 30000))
    {'start': 0.033366667, 'start_exact': '1001/30000'}
    """
    if time is None:
        return {name: None, f"{name}_exact": None}
    return {name: round(float(time), 9), f"{name}_exact": str(time)}


def outcome_content(outcome: Outcome, *, file: str | None) -> dict[str, Any]:
    """One piece as JSON: what was asked, and the clip or the error. ``file`` is None for standard output."""
    asked = {"requested": _span_content(outcome.piece)}
    match outcome:
        case Failed(error=error):
            return asked | {"error": error_content(error)}
        case Made(result=result):
            return {"file": file} | asked | _result_content(result)


def _span_content(span: Timespan) -> dict[str, Any]:
    return time_content("start", span.start) | time_content("end", span.end)


def _result_content(result: CutResult) -> dict[str, Any]:
    return {
        "format": result.format.value,
        "mode": result.mode.value,
        "reason": result.reason,
        **time_content("start", result.start),
        **time_content("end", result.end),
        **time_content("duration", result.duration),
        "frames": result.frames,
        "copied_frames": result.copied_frames,
        "width": result.width,
        "height": result.height,
        "video_codec": result.video_codec,
        "audio_codecs": list(result.audio_codecs),
        "size_bytes": result.size_bytes,
        "warnings": list(result.warnings),
    }


def clip_lines(clip: Made, name: str) -> list[str]:
    """A finished clip in a few lines: its name, what is in it, how it was made, what was left out."""
    result = clip.result
    times = f"{format_time(result.start)} to {format_time(result.end)}"
    if (result.start, result.end) != (clip.piece.start, clip.piece.end):
        times += f" (asked for {format_time(clip.piece.start)} to {format_time(clip.piece.end)})"
    parts = [times]
    if result.frames is not None:
        parts.append(plural(result.frames, "frame"))
    parts.append(f"{format_time(result.duration)} long")
    what = [f"{result.width}x{result.height} {result.video_codec}"] if result.video_codec else []
    what += [" + ".join(result.audio_codecs) or "no sound", readable_size(result.size_bytes)]
    lines = [printable(name), "  " + ", ".join(parts), "  " + ", ".join(what)]
    lines.append(f"  {result.mode}: {printable(result.reason)}")
    return lines + [f"  warning: {printable(warning)}" for warning in result.warnings]

"""What a tool has made, as JSON and as lines for people."""

from __future__ import annotations

from typing import Any

from cutroom.actions.run_tool import Outcome, Processed, Unprocessed
from cutroom.cli.content import time_content
from cutroom.cli.door import error_content
from cutroom.cli.wording import plural, printable, readable_size
from cutroom.kernel.timespan import format_time


def outcome_content(outcome: Outcome) -> dict[str, Any]:
    """One file as JSON: what was made of it, or the error."""
    source = {"source": outcome.source}
    match outcome:
        case Unprocessed(error=error):
            return source | {"error": error_content(error)}
        case Processed(target=target, result=result):
            return (
                {"file": str(target)}
                | source
                | {
                    "format": result.extension,
                    "media_type": result.media_type,
                    **time_content("duration", result.duration),
                    "frames": result.frames,
                    "width": result.width,
                    "height": result.height,
                    "video_codec": result.video_codec,
                    "audio_codecs": list(result.audio_codecs),
                    "size_bytes": result.size,
                    "copied": result.copied,
                    "warnings": list(result.warnings),
                }
            )


def outcome_lines(outcome: Processed, name: str) -> list[str]:
    """What was made, in a few lines: its name, what is in it, what was left out."""
    result = outcome.result
    size = f"{result.width}x{result.height}" if result.width and result.height else ""
    kind = result.extension if result.duration is None else result.video_codec or ""
    what = [f"{size} {kind}".strip(), " + ".join(result.audio_codecs)]
    if result.frames is not None and result.frames > 1:
        what.append(plural(result.frames, "frame"))
    if result.duration is not None:
        what.append(f"{format_time(result.duration)} long")
    what.append(readable_size(result.size))
    if result.copied:
        what.append("copied, nothing encoded")
    warnings = [f"  warning: {printable(warning)}" for warning in result.warnings]
    return [printable(name), "  " + ", ".join(filter(None, what)), *warnings]

"""The facts of a source as JSON and as lines for people."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from cutroom.actions.info import Description
from cutroom.cli.content import time_content
from cutroom.cli.wording import plural, printable, readable_size
from cutroom.kernel.timespan import format_time
from cutroom.model.media import AudioFacts, SubtitleFacts, VideoFacts

_HDR = {"pq": "HDR (PQ)", "hlg": "HDR (HLG)"}


def description_content(description: Description) -> dict[str, Any]:
    """Everything known of a source, as JSON."""
    source, facts = description.source, description.facts
    return {
        "kind": source.kind.value,
        "source": source.address,
        "site": source.site,
        "title": description.title,
        **time_content("duration", description.duration),
        "container": facts.container,
        "size_bytes": facts.size_bytes,
        "video": None if facts.video is None else _video_content(facts.video),
        "audio": [_audio_content(track) for track in description.tracks],
        "subtitles": [{"codec": track.codec, "language": track.language} for track in facts.subtitles],
        "exact_cut": {"copies": description.obstacle is None, "reason": description.obstacle},
        "warnings": list(description.warnings),
    }


def _video_content(video: VideoFacts) -> dict[str, Any]:
    width, height = video.display_size
    return {
        "codec": video.codec,
        "profile": video.profile,
        "width": width,
        "height": height,
        "stored_width": video.width,
        "stored_height": video.height,
        "sample_aspect": str(video.sample_aspect),
        "rotation": video.rotation,
        "mirrored": video.mirrored,
        **time_content("frame_rate", video.frame_rate),
        "variable_frame_rate": video.variable_frame_rate,
        "frames": video.frames,
        "interlaced": video.interlaced,
        "pixel_format": video.pixel_format,
        "bit_depth": video.bit_depth,
        "hdr": video.hdr,
        **time_content("start", video.start),
        **time_content("duration", video.duration),
        "bit_rate": video.bit_rate,
        "still": video.still,
    }


def _audio_content(track: AudioFacts) -> dict[str, Any]:
    return {
        "codec": track.codec,
        "profile": track.profile,
        "sample_rate": track.sample_rate,
        "channels": track.channels,
        "layout": track.layout,
        "language": track.language,
        "default": track.default,
        **time_content("start", track.start),
        **time_content("duration", track.duration),
        "bit_rate": track.bit_rate,
    }


def description_lines(description: Description) -> list[str]:
    """Everything worth knowing of a source, one thing a line."""
    facts, source = description.facts, description.source
    rows = [
        ("title", description.title),
        ("source", f"{source.address} ({source.site or source.kind})"),
        ("duration", "unknown" if description.duration is None else format_time(description.duration)),
        ("file", f"{facts.container}, {readable_size(facts.size_bytes)}"),
        ("video", "none" if facts.video is None else _video_line(facts.video)),
        *_numbered("audio", [_audio_line(track) for track in description.tracks]),
        *_numbered("subtitles", [_subtitle_line(track) for track in facts.subtitles], none=None),
        ("exact cut", _exact_line(description)),
        *(("warning", warning) for warning in description.warnings),
    ]
    return [f"{name:<11}{printable(text)}" for name, text in rows if text]


def _numbered(name: str, lines: list[str], none: str | None = "none") -> list[tuple[str, str | None]]:
    if len(lines) < 2:
        return [(name, lines[0] if lines else none)]
    return [(f"{name} {number}", line) for number, line in enumerate(lines, 1)]


def _exact_line(description: Description) -> str:
    if description.obstacle is None:
        return "copies all but the pictures at the seams"
    return f"re-encodes: {description.obstacle}"


def _video_line(video: VideoFacts) -> str:
    width, height = video.display_size
    parts = [f"{width}x{height}", _codec(video.codec, video.profile), _rate(video)]
    if video.still:
        parts[2:] = ["one picture"]
    parts += [f"turned by {video.rotation} degrees"] if video.rotation else []
    parts += ["mirrored"] if video.mirrored else []
    parts += ["interlaced"] if video.interlaced else []
    parts += [f"{video.bit_depth} bit"] if video.bit_depth != 8 else []
    parts += [_HDR[video.hdr]] if video.hdr else []
    return ", ".join(part for part in parts if part)


def _rate(video: VideoFacts) -> str:
    if video.frame_rate is None:
        return "unknown frame rate"
    rate = f"{_short(video.frame_rate)} frames a second"
    return f"{rate} on average, variable" if video.variable_frame_rate else rate


def _short(number: Fraction) -> str:
    return f"{float(number):.3f}".rstrip("0").rstrip(".")


def _codec(codec: str, profile: str | None) -> str:
    return f"{codec} ({profile})" if profile else codec


def _audio_line(track: AudioFacts) -> str:
    parts = [_codec(track.codec, track.profile), f"{track.sample_rate} Hz", track.layout or _channels(track)]
    return ", ".join([*parts, *_language(track)])


def _channels(track: AudioFacts) -> str:
    return plural(track.channels, "channel")


def _subtitle_line(track: SubtitleFacts) -> str:
    return ", ".join([track.codec, *_language(track)])


def _language(track: AudioFacts | SubtitleFacts) -> list[str]:
    """Nothing where the file says "undetermined"."""
    return [track.language] if track.language and track.language != "und" else []

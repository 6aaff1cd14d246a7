"""A report in a few lines for a terminal. What is not known is left out; why stands among the warnings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cutroom.cli.wording import plural, printable

_LONGEST = 400
_FEW = 5


def summary_lines(answer: dict[str, Any]) -> list[str]:
    """Title and file, what is in it, how it is made, its scores, what was left out."""
    understood = answer["media_understanding"]
    lines = [printable(str(understood["content_overview"]["title"]))]
    lines += [f"  {line}" for line in _facts(answer)]
    if summary := understood["content_overview"]["summary"]:
        lines += ["", f"  {printable(summary, _LONGEST)}"]
    lines += [f"  {line}" for line in _layers(answer)]
    scores = {name: value for name, value in answer["scores"].items() if value is not None}
    if scores:
        lines += ["", "Scores"]
        lines += [f"  {name.replace('_', ' '):<26} {value:>4}" for name, value in scores.items()]
    if risks := answer["creator_intelligence"]["retention_analysis"]["drop_risk_moments"]:
        lines += ["", "Where viewers may leave"]
        lines += [f"  {risk['timestamp']:8.1f} s  {risk['severity']}: {printable(risk['reason'])}" for risk in risks]
    if suggestions := answer["creator_intelligence"]["hook_analysis"]["suggestions"]:
        lines += ["", "To try", *(f"  {printable(one)}" for one in suggestions)]
    if warnings := answer["processing"]["warnings"]:
        lines += ["", *(f"warning: {printable(one)}" for one in warnings)]
    return lines


def _facts(answer: dict[str, Any]) -> Iterator[str]:
    media, source = answer["media"], answer["source"]
    parts = [f"{media['duration_seconds']:.1f} s"]
    if media["width"]:
        parts.append(f"{media['width']}x{media['height']} ({media['aspect_ratio']})")
    parts += [str(media[name]) for name in ("video_codec", "audio_codec") if media[name]]
    parts.append("no sound" if not media["has_audio"] else "")
    parts.append(printable(str(source["platform"])))
    yield ", ".join(part for part in parts if part)


def _layers(answer: dict[str, Any]) -> Iterator[str]:
    understood, created = answer["media_understanding"], answer["creator_intelligence"]
    overview, said = understood["content_overview"], understood["transcript"]
    seen, heard = understood["visual_analysis"], understood["audio_analysis"]
    rows = {
        "kind": [overview["category"], overview["format"], overview["tone"]],
        "speech": [
            said["language"],
            plural(said["word_count"], "word") if said["word_count"] else None,
            _people(heard["speech"]["speaker_count"]),
            said["source"],
        ],
        "pictures": [
            plural(seen["scene_count"], "shot") if seen["scene_count"] else None, seen["cinematography"],
            *seen["motifs"][:_FEW],
        ],
        "music": [
            "yes" if heard["music"]["present"] else None,
            f"{heard['music']['bpm_estimate']:g} bpm" if heard["music"]["bpm_estimate"] else None,
            heard["music"]["track_title"],
        ],
        "topics": understood["entities"]["topics"][:_FEW],
        "hook": [created["hook_analysis"]["hook_type"], created["hook_analysis"]["primary_hook"]],
        "best on": [answer["growth_intelligence"]["platform_fit"]["platform"]],
    }  # fmt: skip
    for name, values in rows.items():
        known = [printable(str(value), 120) for value in values if value]
        if known:
            yield f"{name:<10} {', '.join(known)}"


def _people(count: int | None) -> str | None:
    return plural(count, "speaker") if count else None

"""Subtitles as text files of our own making: from decoded events to SubRip or ASS. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

_TAGS = re.compile(r"\{[^{}]*\}")
_KEPT_TAG = re.compile(r"\\([biu])([01])")
_BREAK = re.compile(r"\\[Nn]")
_EMPTY_LINES = re.compile(r"\n\s*\n")
_FIELDS_BEFORE_TEXT = 8


@dataclass(frozen=True, slots=True)
class Cue:
    """One event. ``event`` is ``ReadOrder,Layer,Style,Name,MarginL,MarginR,MarginV,Effect,Text``; exact seconds."""

    start: Fraction
    end: Fraction
    event: str


def within(cues: Iterable[Cue], start: Fraction, end: Fraction | None) -> list[Cue]:
    """What of ``cues`` is on the screen in [start, end), counted from ``start``, in order."""
    kept = []
    for cue in cues:
        last = cue.end if end is None else min(cue.end, end)
        first = max(cue.start, start)
        if last - first >= Fraction(1, 1000):
            kept.append(Cue(first - start, last - start, cue.event))
    return sorted(kept, key=lambda cue: cue.start)


def subrip(cues: Iterable[Cue]) -> str:
    """A SubRip file; bold, italic and underlined stay, other styles go."""
    blocks: list[str] = []
    for cue in cues:
        if text := plain_text(cue.event):
            times = f"{_clock(cue.start, 3, ',')} --> {_clock(cue.end, 3, ',')}"
            blocks.append(f"{len(blocks) + 1}\n{times}\n{text}\n")
    return "\n".join(blocks)


def ass(header: str, cues: Iterable[Cue]) -> str:
    """An ASS file with the styles of ``header``."""
    head = header.replace("\x00", "").strip().splitlines()
    if not any(line.strip().lower() == "[events]" for line in head):
        head += ["", "[Events]", "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"]
    lines = [line for line in head if not line.lower().startswith(("dialogue:", "comment:"))]
    for cue in cues:
        _order, layer, rest = cue.event.split(",", 2)
        text = " ".join(rest.splitlines())
        lines.append(f"Dialogue: {layer},{_clock(cue.start, 2, '.')},{_clock(cue.end, 2, '.')},{text}")
    return "\n".join(lines) + "\n"


def plain_text(event: str) -> str:
    r"""The words of an event, with tags as SubRip has them.

    >>> plain_text(r"0,0,Default,,0,0,0,,{\an8}{\i1}Hello{\i0}\Nthere")
    '<i>Hello</i>\nthere'
    """
    fields = event.split(",", _FIELDS_BEFORE_TEXT)
    text = fields[_FIELDS_BEFORE_TEXT] if len(fields) > _FIELDS_BEFORE_TEXT else ""
    text = _TAGS.sub(_as_tags, text.replace("\r", ""))
    text = _BREAK.sub("\n", text).replace("\\h", " ").replace("-->", "->")
    return _EMPTY_LINES.sub("\n", text).strip()


def _as_tags(tags: re.Match[str]) -> str:
    return "".join(f"<{'' if on == '1' else '/'}{letter}>" for letter, on in _KEPT_TAG.findall(tags[0]))


def _clock(time: Fraction, places: int, point: str) -> str:
    ticks = round(time * 10**places)
    seconds, part = divmod(ticks, 10**places)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    pad = 2 if places == 3 else 1
    return f"{hours:0{pad}d}:{minute:02d}:{second:02d}{point}{part:0{places}d}"

"""A transcript as text, as SubRip and as WebVTT. Pure.

Cues are what people can read: at most two lines of 42 characters, parted where words end and rather after a clause.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cutroom.model.percepts import Segment, Transcript, Word

LINE, LINES = 42, 2
"""Characters of a line (wide ones count twice), lines of a cue."""
_LONGEST, _SHORTEST, _PAUSE = 7.0, 1.0, 1.0
_FULL_ENOUGH = 0.55
_SENTENCE = (".", "!", "?", "\u2026", "\u3002")
_CLAUSE = (",", ";", ":", ".", "!", "?", "\u2026", "\u2014", "\u3001", "\u3002")


@dataclass(frozen=True, slots=True)
class Shown:
    """Lines that are shown in [start, end) s."""

    start: float
    end: float
    lines: tuple[str, ...]
    speaker: str | None = None


def cues(transcript: Transcript) -> tuple[Shown, ...]:
    """Cues for reading, in order, none overlapping. Short ones stay as long as there is room."""
    found: list[Shown] = []
    for segment in transcript.segments:
        for words in _balanced(list(_parts(segment))):
            lines = _lines([word.text for word in words], spaced=" " in segment.text or len(segment.words) < 2)
            found.append(Shown(words[0].start, words[-1].end, lines, segment.speaker))
    return tuple(_lengthened(found))


def _parts(segment: Segment) -> Iterator[list[Word]]:
    part: list[Word] = []
    for word in segment.words:
        if part and (_too_much(part, word) or word.start - part[-1].end >= _PAUSE or _at_clause(part)):
            yield part
            part = []
        part.append(word)
    if part:
        yield part


def _balanced(parts: list[list[Word]]) -> list[list[Word]]:
    """The same parts, but that no word of a sentence is left alone after a part that could share with it.

    It joins the part before where it fits; else that gives it some of its words, as evenly as lines and times allow.
    """
    found: list[list[Word]] = []
    for part in parts:
        before = found[-1] if found else []
        lonely = len(part) == 1 and before and not before[-1].text.endswith(_SENTENCE)
        if not lonely or part[0].start - before[-1].end >= _PAUSE:
            found.append(part)
        elif not _too_much(before, part[0]):
            found[-1] = before + part
        else:
            found[-1:] = _shared([*before, *part])
    return found


def _shared(words: Sequence[Word]) -> tuple[list[Word], list[Word]]:
    """Words in two parts of more than one word each, about as wide; the last one stays alone where that cannot be."""

    def uneven(at: int) -> float:
        wide = [_width(" ".join(word.text for word in some)) for some in (words[:at], words[at:])]
        # A clause's end is worth some unevenness.
        return abs(wide[0] - wide[1]) - (LINE / 2 if words[at - 1].text.endswith(_CLAUSE) else 0)

    ways = [at for at in range(2, len(words) - 1) if not any(map(_overfull, (words[:at], words[at:])))]
    at = min(ways, key=lambda at: (uneven(at), at)) if ways else len(words) - 1
    return list(words[:at]), list(words[at:])


def _overfull(part: Sequence[Word]) -> bool:
    return len(part) > 1 and _too_much(part[:-1], part[-1])


def _too_much(part: Sequence[Word], word: Word) -> bool:
    texts = [*(known.text for known in part), word.text]
    return len(_lines(texts)) > LINES or word.end - part[0].start > _LONGEST


def _at_clause(part: Sequence[Word]) -> bool:
    """Whether this is a good place to end: full enough, and after a clause."""
    return (
        part[-1].text.endswith(_CLAUSE) and _width(" ".join(word.text for word in part)) > _FULL_ENOUGH * LINE * LINES
    )


def _lines(texts: Sequence[str], *, spaced: bool = True) -> tuple[str, ...]:
    """The fewest lines, and of two the more even ones. A word longer than a line is cut."""
    joint = " " if spaced else ""
    pieces = [piece for text in texts for piece in _cut(text)]
    lines: list[str] = []
    for piece in pieces:
        if lines and _width(lines[-1] + joint + piece) <= LINE:
            lines[-1] += joint + piece
        else:
            lines.append(piece)
    if len(lines) == 2:
        return _even(pieces, joint)
    return tuple(lines)


def _even(pieces: Sequence[str], joint: str) -> tuple[str, ...]:
    ways = ((joint.join(pieces[:at]), joint.join(pieces[at:])) for at in range(1, len(pieces)))
    return min(
        (way for way in ways if max(map(_width, way)) <= LINE), key=lambda way: abs(_width(way[0]) - _width(way[1]))
    )


def _cut(text: str) -> Iterator[str]:
    while _width(text) > LINE:
        fits = next(at for at in range(len(text), 0, -1) if _width(text[:at]) <= LINE)
        yield text[:fits]
        text = text[fits:]
    yield text


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _lengthened(found: Sequence[Shown]) -> Iterator[Shown]:
    for number, shown in enumerate(found):
        room = found[number + 1].start if number + 1 < len(found) else shown.end + _SHORTEST
        end = max(shown.end, min(shown.start + _SHORTEST, room))
        yield Shown(shown.start, end, shown.lines, shown.speaker)


def srt(transcript: Transcript) -> str:
    """A SubRip file; empty where nothing is said."""
    blocks = [
        f"{number}\n{_clock(shown.start, ',')} --> {_clock(shown.end, ',')}\n" + "\n".join(map(_harmless, shown.lines))
        for number, shown in enumerate(cues(transcript), 1)
    ]
    return "\n\n".join(blocks) + "\n" if blocks else ""


def vtt(transcript: Transcript) -> str:
    """A WebVTT file, with voices where there are several."""
    several = len({segment.speaker for segment in transcript.segments if segment.speaker}) > 1
    blocks = ["WEBVTT"]
    for shown in cues(transcript):
        voice = f"<v {_escaped(shown.speaker)}>" if several and shown.speaker else ""
        text = voice + "\n".join(_escaped(line) for line in shown.lines)
        blocks.append(f"{_clock(shown.start, '.')} --> {_clock(shown.end, '.')}\n{text}")
    return "\n\n".join(blocks) + "\n"


def readable(transcript: Transcript) -> str:
    """One line a segment: when, who, what."""
    lines = []
    for segment in transcript.segments:
        who = f" {segment.speaker}:" if segment.speaker else ""
        lines.append(f"[{_clock(segment.start, '.')[:-2]}]{who} {segment.text}")
    return "\n".join(lines)


def _harmless(line: str) -> str:
    """SubRip has no way to write the arrow of its times, nor to mark a "<" that begins no tag."""
    return line.replace("-->", "->")


def _escaped(line: str) -> str:
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(time: float, point: str) -> str:
    seconds, thousandths = divmod(round(time * 1000), 1000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02d}:{minute:02d}:{second:02d}{point}{thousandths:03d}"

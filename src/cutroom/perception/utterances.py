"""Segments of a transcript: sentences, or what is said in one breath where nothing says where sentences end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from cutroom.model.percepts import Segment, Turn, Word

# A pause (s) that ends a segment always, and where the text has no punctuation.
_PAUSE, _BREATH = 1.5, 0.45
# Longer segments (s, words) end at the next clause, or where they must.
_LONG, _LONGEST = (12.0, 30), (25.0, 60)
# A turn counts for a word within this distance (s) of it; a change of speaker holds for so many words.
_NEAR, _HOLDS = 0.4, 2
_END = re.compile(r"[.!?\u2026\u3002\uff01\uff1f\u061f]+[\"'\u201d\u2019)\]]*$")
_CLAUSE = re.compile(r"[,;:\u2014\u2013-][\"'\u201d\u2019)\]]*$")
_SHORTENED = re.compile(r"^(?:mr|mrs|ms|dr|st|prof|vs|jr|sr|no|approx|[a-z])\.$", re.IGNORECASE)
# Fewer ends of sentences than one in this many words: the text has no punctuation to speak of.
_PUNCTUATED = 40


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that came together: a cue, an utterance. ``new_voice``: its source says that another person speaks."""

    words: Sequence[Word]
    new_voice: bool = False


def segments(pieces: Sequence[Piece], turns: Sequence[Turn] | None, *, spaced: bool = True) -> tuple[Segment, ...]:
    """Segments in order of start, with speakers from ``turns`` by most of the time of their words.

    The words must be in order, none overlapping. ``spaced``: words are written with spaces between them.
    """
    voiced = [(word, piece.new_voice and not place) for piece in pieces for place, word in enumerate(piece.words)]
    if not voiced:
        return ()
    words = [word for word, _ in voiced]
    who = _speakers(words, turns)
    starts = {place for place, (_, new_voice) in enumerate(voiced) if new_voice}
    groups = _groups(words, who, starts)
    return tuple(_segment(words[first:last], turns, spaced=spaced) for first, last in groups)


def _groups(words: Sequence[Word], who: Sequence[str | None], starts: set[int]) -> Iterator[tuple[int, int]]:
    ends = sum(_ends_sentence(word.text) for word in words)
    punctuated = ends * _PUNCTUATED >= len(words)
    first = 0
    for place in range(1, len(words)):
        if place in starts or _parts(words, who, first, place, punctuated=punctuated):
            yield first, place
            first = place
    yield first, len(words)


def _parts(words: Sequence[Word], who: Sequence[str | None], first: int, place: int, *, punctuated: bool) -> bool:
    """Whether a segment that began with word ``first`` ends before word ``place``."""
    before, gap = words[place - 1], words[place].start - words[place - 1].end
    if gap >= (_PAUSE if punctuated else _BREATH) or (punctuated and _ends_sentence(before.text)):
        return True
    if _changes(who, place):
        return True
    length, count = before.end - words[first].start, place - first
    if length >= _LONG[0] or count >= _LONG[1]:
        return bool(_CLAUSE.search(before.text)) or length >= _LONGEST[0] or count >= _LONGEST[1]
    return False


def _ends_sentence(text: str) -> bool:
    return bool(_END.search(text)) and not _SHORTENED.match(text)


def _changes(who: Sequence[str | None], place: int) -> bool:
    """Whether another person speaks from here on, and not for a single word."""
    after = who[place : place + _HOLDS]
    before = who[place - 1]
    return before is not None and len(after) == _HOLDS and None not in after and before not in after


def _speakers(words: Sequence[Word], turns: Sequence[Turn] | None) -> list[str | None]:
    """Who says each word: the turn around its middle, else the nearest."""
    found: list[str | None] = []
    ordered = sorted(turns or (), key=lambda turn: turn.start)
    at = 0
    for word in words:
        middle = (word.start + word.end) / 2
        while at + 1 < len(ordered) and ordered[at].end + _NEAR < middle:
            at += 1
        near = ordered[at : at + 3]
        best = min(near, key=lambda turn: _away(turn, middle), default=None)
        found.append(best.speaker if best is not None and _away(best, middle) <= _NEAR else None)
    return found


def _away(turn: Turn, time: float) -> float:
    return max(0.0, turn.start - time, time - turn.end)


def _segment(words: Sequence[Word], turns: Sequence[Turn] | None, *, spaced: bool) -> Segment:
    known = [word.confidence for word in words if word.confidence is not None]
    return Segment(
        start=words[0].start,
        end=words[-1].end,
        text=(" " if spaced else "").join(word.text for word in words),
        words=tuple(words),
        speaker=_most(words, turns),
        confidence=round(sum(known) / len(known), 3) if known else None,
    )


def _most(words: Sequence[Word], turns: Sequence[Turn] | None) -> str | None:
    """The speaker of most of the time."""
    start, end = words[0].start, words[-1].end
    times: dict[str, float] = {}
    for turn in turns or ():
        shared = min(end, turn.end) - max(start, turn.start)
        if shared > 0:
            times[turn.speaker] = times.get(turn.speaker, 0.0) + shared
    return max(sorted(times), key=lambda speaker: times[speaker]) if times else None


def in_order_of_speech(found: Iterable[Segment]) -> tuple[Segment, ...]:
    """Speakers renamed "A", "B", ... by who is heard first."""
    names: dict[str, str] = {}
    renamed = []
    for segment in found:
        if segment.speaker is not None and segment.speaker not in names:
            names[segment.speaker] = _letters(len(names))
        renamed.append(replace(segment, speaker=names.get(segment.speaker or "")))
    return tuple(renamed)


def _letters(number: int) -> str:
    """A, B, ..., Z, AA, AB, ..."""
    name = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, 26)
        name = chr(ord("A") + letter) + name
    return name

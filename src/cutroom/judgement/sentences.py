"""The sentences of a transcript: verbatim, each with its times, whatever lines the captions were broken into."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cutroom.judgement.cleaning import clean, spoken
from cutroom.judgement.words import tokens
from cutroom.model.percepts import Segment, Transcript, TranscriptSource

_PIECE = re.compile(r"[^\s\u3002\uff01\uff1f]{0,200}[\u3002\uff01\uff1f]+|[^\s\u3002\uff01\uff1f]{1,200}")
_ENDS = re.compile(r"[.!?\u2026\u3002\uff01\uff1f\u061f]+[\"'\u201d\u2019)\]]*$")
_ABBREVIATION = re.compile(
    r"^(?:[A-Za-z]|[a-z]\.[a-z]|mr|mrs|ms|dr|prof|st|vs|etc|no|inc|approx|jr|sr)\.$", re.IGNORECASE
)
_MOST_WORDS = 70
_MOST_CHARACTERS = 600
_MOST_PIECES = 60_000
"""Words that are judged: five hours of quick speech."""
_PAUSE = 0.7
_LONG_PAUSE = 2.5


@dataclass(frozen=True, slots=True)
class Piece:
    """A word as it stands in the text, with its marks. ``after`` is whether a blank comes before it."""

    text: str
    start: float
    end: float
    segment: int
    after: bool
    breaks: bool
    """Whether no sentence goes on over the place before it."""


@dataclass(frozen=True)
class Sentence:
    """One sentence; ``text`` is verbatim, on one line."""

    pieces: tuple[Piece, ...]

    @functools.cached_property
    def text(self) -> str:
        return "".join((" " if piece.after and number else "") + piece.text for number, piece in enumerate(self.pieces))

    @property
    def start(self) -> float:
        return self.pieces[0].start

    @property
    def end(self) -> float:
        return self.pieces[-1].end

    @property
    def segment(self) -> int:
        return self.pieces[0].segment

    @functools.cached_property
    def words(self) -> list[str]:
        return tokens(self.text)

    def shares(self) -> dict[int, int]:
        """How many characters of it each segment holds."""
        found: dict[int, int] = {}
        for piece in self.pieces:
            found[piece.segment] = found.get(piece.segment, 0) + len(piece.text)
        return found

    def times(self, first: int, last: int) -> tuple[float, float, int]:
        """When the characters ``first`` to ``last`` of its text are said, and the segment they begin in."""
        at, inside = 0, []
        for number, piece in enumerate(self.pieces):
            at += 1 if piece.after and number else 0
            if at < last and at + len(piece.text) > first:
                inside.append(piece)
            at += len(piece.text)
        inside = inside or list(self.pieces)
        return inside[0].start, max(inside[-1].end, inside[0].start), inside[0].segment


def sentences(transcript: Transcript | None) -> list[Sentence]:
    """The sentences of a transcript in order; where it has no full stops, its utterances and what pauses divide."""
    if transcript is None:
        return []
    pieces = list(_pieces(transcript.segments))
    if not pieces:
        return []
    divider = _Divider(pieces, utterances=transcript.source is TranscriptSource.ASR)
    return [
        Sentence(tuple(group))
        for group in divider.groups()
        if any(letter.isalnum() for p in group for letter in p.text)
    ]


def _pieces(segments: Sequence[Segment]) -> Iterator[Piece]:
    count, speaker, breaks = 0, None, True
    for number, segment in enumerate(segments):
        whole = clean(segment.text)
        said = spoken(whole)
        breaks = breaks or segment.speaker != speaker
        speaker = segment.speaker
        found = list(_PIECE.finditer(said))
        times = _times(segment, [match[0] for match in found])
        at = 0
        for match, (start, end) in zip(found, times, strict=True):
            breaks = breaks or match.start() - at > 1
            yield Piece(match[0], start, end, number, after=match.start() > at or at == 0, breaks=breaks)
            at, breaks, count = match.end(), False, count + 1
            if count >= _MOST_PIECES:
                return
        breaks = breaks or len(whole) - at > 0


def _times(segment: Segment, texts: list[str]) -> list[tuple[float, float]]:
    """When each piece of a segment is said: by its words, and in between by the length of the letters."""
    total = sum(len(text) for text in texts) or 1
    span, at, found = max(segment.end - segment.start, 0.0), 0, []
    for text in texts:
        found.append((segment.start + span * at / total, segment.start + span * (at + len(text)) / total))
        at += len(text)
    if len(segment.words) == len(texts):
        return [(word.start, word.end) for word in segment.words]
    heard, place = [_bare(word.text) for word in segment.words], 0
    for number, text in enumerate(texts):
        near = heard[place : place + 4]
        if _bare(text) in near:
            place += near.index(_bare(text))
            found[number] = (segment.words[place].start, segment.words[place].end)
            place += 1
    return found


def _bare(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


class _Divider:
    """Where one sentence ends and the next begins."""

    def __init__(self, pieces: list[Piece], *, utterances: bool) -> None:
        self._pieces = pieces
        ends = sum(1 for piece in pieces if _ENDS.search(piece.text[-12:]))
        self._punctuated = ends * 60 >= len(pieces)
        firsts = [b for a, b in pairwise(pieces) if a.segment != b.segment]
        capitals = sum(1 for piece in firsts if piece.text[:1].isupper())
        self._lines_are_sentences = not self._punctuated and (utterances or capitals >= 0.8 * max(len(firsts), 1))

    def groups(self) -> Iterator[list[Piece]]:
        group: list[Piece] = []
        length = 0
        for piece in self._pieces:
            if group and (piece.breaks or self._between(group, length, piece)):
                yield group
                group, length = [], 0
            group.append(piece)
            length += len(piece.text) + 1
        if group:
            yield group

    def _between(self, group: list[Piece], length: int, piece: Piece) -> bool:
        last = group[-1]
        other_line, pause = piece.segment != last.segment, piece.start - last.end
        if len(group) >= _MOST_WORDS or length + len(piece.text) > _MOST_CHARACTERS:
            return True
        if _ENDS.search(last.text[-12:]) and not _ABBREVIATION.match(last.text[-12:]):
            return True
        if self._punctuated:
            return pause >= _LONG_PAUSE
        return pause >= _PAUSE or (other_line and (self._lines_are_sentences or len(group) >= 18))

"""How far the words of a transcript can be trusted, and what of it may be read.

The one place where that is decided. Captions and subtitles are taken as they are. Of recognised speech that is a draft,
or whose words are unsure on the whole, only the words of sufficient confidence are read; where those are not nearly all
of them, nothing is concluded from what is not among them either. The limits are in ``weights.toml``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cutroom.judgement.weights import weights
from cutroom.model.percepts import Percepts, Segment, Transcript, TranscriptSource, Word

DRAFT = "The transcript is a rough draft: too few of its words are sure."
QUOTED = "The transcript is a rough draft, whose words are not quoted."
_GAP = " [...]"
"""Ends a run of sure words; no sentence and no phrase goes on over it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A transcript as it may be read. ``words`` counts its sure words, ``share`` is theirs of all, 0..1."""

    transcript: Transcript | None
    partly: bool = False
    """Whether unsure words were left out: nothing of it is a sentence, and nothing is quoted."""
    share: float = 1.0
    words: int = 0

    @property
    def doubtful(self) -> bool:
        """Whether so much is unsure that what was not found may well have been said."""
        return self.partly and self.share < weights().number("sure_share")


def partly_sure(transcript: Transcript | None) -> bool:
    """Whether it is a draft, or recognised with words that are unsure on the whole."""
    if transcript is None or transcript.source is not TranscriptSource.ASR or not transcript.segments:
        return False
    if transcript.draft:
        return True
    given = [one for segment in transcript.segments for one in _confidences(segment)]
    return bool(given) and math.fsum(given) / len(given) < weights().number("sure_mean")


def heard(transcript: Transcript | None) -> Heard:
    """What of a transcript may be read; where all of it may, the very same transcript."""
    if transcript is None or not partly_sure(transcript):
        return Heard(transcript)
    runs = tuple(run for segment in transcript.segments for run in _runs(segment))
    sure = sum(len(run.words) or len(run.text.split()) for run in runs)
    count = sum(len(segment.words) or len(segment.text.split()) for segment in transcript.segments)
    return Heard(replace(transcript, segments=runs), partly=True, share=min(1.0, sure / max(count, 1)), words=sure)


def doubtful(percepts: Percepts) -> bool:
    """Whether the transcript is one from which nothing is concluded."""
    return partly_sure(percepts.transcript) and heard(percepts.transcript).doubtful


def _confidences(segment: Segment) -> list[float]:
    words = [word.confidence for word in segment.words if word.confidence is not None]
    return words or ([] if segment.confidence is None else [segment.confidence])


def _runs(segment: Segment) -> Iterator[Segment]:
    """The runs of sure words of a segment; where it has no words, the whole of it if that is sure."""
    least = weights().number("sure_word")
    if not segment.words:
        if segment.confidence is not None and segment.confidence >= least:
            yield replace(segment, text=segment.text + _GAP)
        return
    run: list[Word] = []
    for word in (*segment.words, None):
        if word is not None and word.confidence is not None and word.confidence >= least:
            run.append(word)
        elif run:
            text = " ".join(one.text for one in run) + _GAP
            yield replace(segment, start=run[0].start, end=run[-1].end, text=text, words=tuple(run))
            run = []

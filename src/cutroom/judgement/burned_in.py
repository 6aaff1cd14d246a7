"""Captions burned into the pictures: text that is shown while it is said, and goes on as the speech does.

Two things tell of them. Where what is said is known, its words: the share of them that stand on the screen while they
are said. Where it is not (a draft, no transcript), how the texts behave: lines at one height that follow each other as
fast as speech does, and stand there while somebody speaks. Films in which texts cover less of the speech than captions
would have none, whatever is said. Limits are in ``weights.toml``.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from cutroom.judgement import measures as m
from cutroom.judgement.evidence import measured, seen
from cutroom.judgement.surety import DRAFT, partly_sure
from cutroom.judgement.weights import weights
from cutroom.judgement.words import count
from cutroom.model.percepts import Percepts, ScreenText, Segment
from cutroom.model.verdicts import Explained

_METHOD, _BY_BEHAVIOUR = "words said while they are shown", "texts that follow the speech"
_EARLY = 0.5
"""Seconds by which a caption may come before its words or stay after them; texts have their times to a quarter."""
_BAND = 0.1
"""Lines no farther than this from each other in height (shares of the picture) stand at one height."""
_MOST_TEXTS = 2000


def caption_presence(percepts: Percepts) -> Explained:
    """Whether what is said is shown as text while it is said; None, with the reason, where nothing tells."""
    seeing, transcript = percepts.seeing, percepts.transcript
    if seeing is None or seeing.text is None:
        return measured(None, _METHOD, unknown=m.NO_TEXT if seeing else m.why_no_pictures(percepts))
    if not seeing.text or m.speaks(percepts) is False:
        return measured(value=False, method=_METHOD)
    unheard = m.unrecognised(percepts)
    sure = transcript is not None and not partly_sure(transcript)
    if transcript is not None and not unheard:
        share = _said_and_shown(transcript.segments, seeing.text)
        parts = [seen("captioned words", round(share, 4), unit="share of the words")]
        if sure or share >= weights().number("caption_share"):
            return measured(share >= weights().number("caption_share"), _METHOD, parts)
    unsure = m.NO_TRANSCRIPT if transcript is None else m.UNRECOGNISED if unheard else DRAFT
    return _by_behaviour(percepts, seeing.text, unsure)


def caption_lines(percepts: Percepts) -> tuple[ScreenText, ...]:
    """The texts that behave as captions do: lines at one height that follow the speech; empty where none do."""
    texts = percepts.seeing.text if percepts.seeing else None
    return tuple(_following(percepts, texts)[0]) if texts else ()


def _said_and_shown(segments: Sequence[Segment], texts: Sequence[ScreenText]) -> float:
    """The share of the words said, 0..1, that stand in a text which is shown meanwhile and of which most are said."""
    until = _known_until(texts)
    words = sorted(word for word in _timed(segments) if word[0] < until)
    starts = [start for start, _, _ in words]
    longest = max((end - start for start, end, _ in words), default=0.0)
    shown: set[int] = set()
    for text in texts[:_MOST_TEXTS]:
        first = bisect_left(starts, text.start - _EARLY - longest)
        last = bisect_left(starts, text.end + _EARLY)
        near = [number for number in range(first, last) if words[number][1] > text.start - _EARLY]
        letters = _plain(text.text)
        said = {words[number][2] for number in near}
        if letters and len(letters & said) >= weights().number("caption_words") * len(letters):
            shown.update(number for number in near if words[number][2] in letters)
    return len(shown) / len(words) if words else 0.0


def _known_until(texts: Sequence[ScreenText]) -> float:
    """The time (s) up to which texts are known: of very many, only the first are kept."""
    return texts[-1].start if len(texts) >= _MOST_TEXTS else math.inf


def _timed(segments: Sequence[Segment]) -> Iterator[tuple[float, float, str]]:
    """Every word with its time; where a line has none, the line's."""
    for segment in segments:
        if segment.words:
            for word in segment.words:
                yield from ((word.start, word.end, bare) for bare in sorted(_plain(word.text)))
        else:
            yield from ((segment.start, segment.end, bare) for bare in sorted(_plain(segment.text)))


def _plain(text: str) -> set[str]:
    return set("".join(c if c.isalnum() else " " for c in text.casefold().replace("'", "")).split())


def _by_behaviour(percepts: Percepts, texts: Sequence[ScreenText], unsure: str) -> Explained:
    """By when texts come and go, and how fast they follow each other; ``unsure`` is why words do not tell."""
    voice, w = _voice(percepts), weights()
    spoken = math.fsum(end - start for start, end in voice)
    if not spoken:
        return measured(None, _BY_BEHAVIOUR, unknown=unsure)
    # A text that stands longer than a caption does cannot be one: what is said has gone on.
    brief = [text for text in texts if text.end - text.start <= w.number("caption_longest")]
    any_text = _covered(voice, brief) / spoken
    lines, covered, rate = _following(percepts, texts)
    parts = [
        seen("speech under brief texts", round(any_text, 4), unit="share of the speech"),
        seen("speech under lines at one height", round(covered, 4), unit="share of the speech"),
        seen("lines at one height", float(len(lines)), unit="texts"),
        seen("rate of those lines", round(rate, 4), unit="words/s"),
    ]
    if any_text < w.number("caption_share"):
        return measured(value=False, method=_BY_BEHAVIOUR, components=parts)
    if lines:
        return measured(value=True, method=_BY_BEHAVIOUR, components=parts)
    return measured(None, _BY_BEHAVIOUR, parts, unknown=unsure)


def _following(percepts: Percepts, texts: Sequence[ScreenText]) -> tuple[list[ScreenText], float, float]:
    """The lines that follow the speech, the share of the speech they cover, and their words a second shown."""
    voice, w = _voice(percepts), weights()
    spoken = math.fsum(end - start for start, end in voice)
    brief = [text for text in texts if 0 < text.end - text.start <= w.number("caption_longest")]
    lines = _most_at_one_height(brief)
    if not lines or not spoken:
        return [], 0.0, 0.0
    shown = m.overlap(-math.inf, math.inf, m.pairs(lines))
    inside = _covered(voice, lines)
    rate = sum(count(text.text) for text in lines) / shown
    follows = (
        len({" ".join(sorted(_plain(text.text))) for text in lines}) >= w.number("caption_texts")
        and rate >= w.number("caption_rate")
        and inside >= w.number("caption_spoken") * shown
        and inside >= w.number("caption_share") * spoken
    )
    return (lines if follows else []), inside / spoken, rate


def _most_at_one_height(texts: Sequence[ScreenText]) -> list[ScreenText]:
    """Of the texts that stand at about one height, those that are shown longest together, in order of time."""
    ordered = sorted(texts[:_MOST_TEXTS], key=_middle)
    heights = [_middle(text) for text in ordered]
    best: list[ScreenText] = []
    longest = 0.0
    last = 0
    length = [0.0]
    for text in ordered:
        length.append(length[-1] + text.end - text.start)
    for first in range(len(ordered)):
        last = bisect_left(heights, heights[first] + _BAND, max(last, first))
        if length[last] - length[first] > longest:
            longest, best = length[last] - length[first], ordered[first:last]
    return sorted(best, key=lambda text: (text.start, text.end, text.text))


def _middle(text: ScreenText) -> float:
    return text.box.y + text.box.height / 2


def _voice(percepts: Percepts) -> list[tuple[float, float]]:
    """Where somebody speaks, as it was heard, for as long as texts are known."""
    heard = percepts.hearing.voice if percepts.hearing else None
    until = _known_until(m.shown(percepts))
    return sorted((start, min(end, until)) for start, end in m.pairs(heard or ()) if start < until)


def _covered(voice: Sequence[tuple[float, float]], texts: Sequence[ScreenText]) -> float:
    """Seconds of the voice during which one of the texts is shown."""
    spans = m.pairs(texts)
    gone = [(start, end) for start, end in spans if end > start]
    both = m.overlap(-math.inf, math.inf, [*voice, *gone])
    return math.fsum(
        (
            m.overlap(-math.inf, math.inf, voice),
            m.overlap(-math.inf, math.inf, gone),
            -both,
        )
    )

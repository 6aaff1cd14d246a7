"""The story: its line in one sentence, its beats with their times, and the arc they make."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from cutroom.judgement import measures as m
from cutroom.judgement.cleaning import spoken
from cutroom.judgement.cta import KINDS
from cutroom.judgement.evidence import Sheet, measured, seen
from cutroom.judgement.hooks import window_of
from cutroom.judgement.surety import QUOTED, partly_sure
from cutroom.judgement.weights import weights
from cutroom.model.percepts import Percepts, Segment
from cutroom.model.verdicts import Act, Explained, TextFacts

BEATS = ("hook", "problem", "context", "solution", "proof", "payoff", "cta")
_MADE_OF = {
    # Who speaks and what the words mean is what the rest stands on; a bare greeting is not.
    "context": ("context", "definition", "intro"),
    "solution": ("solution", "step"),
    "proof": ("proof", "example"),
    "payoff": ("payoff", "answer"),
}
_LOGLINE_LENGTH = 240
_LEAST_LOGLINE_WORDS = 5


def story_structure(percepts: Percepts, text: TextFacts, sheet: Sheet) -> None:
    """Fill in ``story_structure``."""
    sheet.put("logline", _logline(percepts))
    beats = _beats(percepts, text)
    parts = [seen(name, at=(act.start, act.end), quote=act.quote) for name, act in beats]
    reason = m.why_no_words(percepts)
    if beats and reason:
        found = measured(len(beats), "acts on screen; what is said is not known", parts)
    else:
        found = measured(None, "acts", unknown=reason) if reason else measured(len(beats), "acts", parts)
    sheet.plain("beats", [name for name, _ in beats], found)
    sheet.plain(
        "beat_times",
        [{"beat": name, "start": round(act.start, 3), "end": round(act.end, 3)} for name, act in beats],
    )
    arc = _arc([name for name, _ in beats])
    sheet.put("narrative_arc", measured(arc, "beats", parts, unknown=reason or "The beats found make no arc."))


def _beats(percepts: Percepts, text: TextFacts) -> list[tuple[str, Act]]:
    """The first act of each beat, in order of time."""
    window = window_of(m.duration_of(percepts))
    kinds: dict[str, tuple[str, ...]] = {beat: (beat,) for beat in BEATS}
    kinds["hook"] = tuple(weights().patterns)
    kinds |= _MADE_OF | {"cta": KINDS}
    found: list[tuple[str, Act]] = []
    for beat in BEATS:
        acts = m.acts_of(text, kinds[beat], end=window * 4 / 3 if beat == "hook" else math.inf)
        acts = [act for act in acts if act.kind != "intro" or len(act.quote.split()) >= _LEAST_LOGLINE_WORDS]
        if acts:
            # People are asked at the end: a request on the way is not the beat.
            found.append((beat, acts[-1] if beat == "cta" else acts[0]))
    return sorted(found, key=lambda one: (one[1].start, BEATS.index(one[0])))


def _arc(beats: Sequence[str]) -> str | None:
    """Named by what comes after what."""
    order = {beat: place for place, beat in enumerate(beats)}
    if "problem" in order and "solution" in order and order["problem"] < order["solution"]:
        return "problem-solution-proof" if order.get("proof", -1) > order["solution"] else "problem-solution"
    if "context" in order and "payoff" in order and order["context"] < order["payoff"]:
        return "setup-payoff"
    if "hook" in order and "payoff" in order and order["hook"] < order["payoff"]:
        return "hook-payoff"
    return None


def _logline(percepts: Percepts) -> Explained:
    """The sentence nearest to the whole: by the vectors of the model of language, else by the words they share."""
    if percepts.transcript is None:
        return measured(None, "verbatim", unknown=m.NO_TRANSCRIPT)
    if partly_sure(percepts.transcript):
        return measured(None, "verbatim", unknown=QUOTED)
    if m.unrecognised(percepts):
        return measured(None, "verbatim", unknown=m.UNRECOGNISED)
    segments = percepts.transcript.segments
    usable = [i for i, one in enumerate(segments) if len(spoken(one.text).split()) >= _LEAST_LOGLINE_WORDS]
    if not usable:
        return measured(None, "verbatim", unknown="Hardly anything is said.")
    vectors = percepts.reading.vectors
    if len(vectors) == len(segments):
        method, near = "nearest to the whole by meaning", _by_meaning(vectors)
    else:
        method, near = "nearest to the whole by words", _by_words(segments)
    best = max(usable, key=lambda i: (near[i], -i))
    segment = segments[best]
    part = seen("nearness", round(near[best], 6), at=(segment.start, segment.end), quote=segment.text)
    return measured(m.sentence_of(segment.text, _LOGLINE_LENGTH), method, [part])


def _by_meaning(vectors: Sequence[Sequence[float]]) -> list[float]:
    centre = [math.fsum(column) for column in zip(*vectors, strict=True)]
    length = math.sqrt(math.fsum(x * x for x in centre)) or 1.0
    return [math.fsum(a * b for a, b in zip(vector, centre, strict=True)) / length for vector in vectors]


def _by_words(segments: Sequence[Segment]) -> list[float]:
    """Mean count in the film of a segment's words, short words left out."""
    words = [[w for w in segment.text.casefold().split() if len(w) > 3] for segment in segments]
    counts = Counter(word for line in words for word in set(line))
    return [math.fsum(counts[word] for word in set(line)) / (len(set(line)) + 2) for line in words]

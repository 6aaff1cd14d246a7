"""A summary in the film's own words: the few sentences that stand for most of it, verbatim and in order.

Each sentence chosen is the one that represents most of what the chosen ones do not yet, less what it repeats of them:
maximal marginal relevance (Carbonell and Goldstein 1998) whose relevance is the coverage of Lin and Bilmes (2011).
Covering keeps chatter out, which plain MMR takes for novelty.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cutroom.judgement import likeness
from cutroom.judgement.sentences import Sentence
from cutroom.judgement.suspicion import instructs
from cutroom.judgement.words import stop_words
from cutroom.model.percepts import Reading
from cutroom.model.verdicts import Act

LONGEST = 600
"""Characters of a summary."""
_MOST_OF_IT, _SHORTEST = 0.6, 120
"""A summary takes at most this share of what is said, and never less room than this many characters."""
_MOST_BLOCKS = 120
"""Groups of neighbouring sentences that are compared with each other; the work is its square."""
_APART = frozenset({"outro", "ad", "cta_follow", "cta_like", "cta_comment", "cta_share", "cta_link", "cta_buy"})
"""Sentences that do this are about the channel, not about the film's subject; they are taken only where all do."""
_SHY = frozenset({"intro", "joke"})
_LEANING = frozenset(
    {"it", "this", "that", "these", "those", "they", "he", "she", "and", "but", "so", "because", "which"}
)
_REPEATS = 0.25
"""How much of its likeness to a chosen sentence a candidate loses."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A sentence of the summary, and the share of the film that it stands for, 0..1."""

    sentence: Sentence
    stands_for: float


def summary(
    sentences: Sequence[Sentence], reading: Reading, acts: Sequence[Act], language: str | None, *, segments: int
) -> list[Chosen]:
    """The sentences of the summary in the order of the film; together at most ``LONGEST`` characters."""
    long = [sentence for sentence in sentences if len(sentence.words) >= 4 and not instructs(sentence.text)]
    fit = [sentence for sentence in long if not _does(sentence, acts, _APART)] or long
    if not fit:
        return []
    blocks = _blocks(fit)
    alike = _likeness(fit, blocks, reading, language, segments)
    worth = [_worth(sentence, acts, language) for sentence in fit]
    return _choose(fit, blocks, alike, worth)


def text_of(chosen: Sequence[Chosen]) -> str:
    """The summary as text: sentences that have no full stop get one."""
    return " ".join(_closed(one.sentence.text) for one in chosen)


def _closed(text: str) -> str:
    return text if text[-1] in ".!?\u2026\u3002\uff01\uff1f\"'\u201d)" else text.rstrip(",;:-") + "."


def _blocks(fit: Sequence[Sentence]) -> list[range]:
    """Neighbouring sentences together, so that there are at most ``_MOST_BLOCKS`` groups."""
    size = -(-len(fit) // _MOST_BLOCKS)
    return [range(at, min(at + size, len(fit))) for at in range(0, len(fit), size)]


def _likeness(
    fit: Sequence[Sentence], blocks: Sequence[range], reading: Reading, language: str | None, segments: int
) -> Callable[[int, int], float]:
    """How alike a sentence is to a block, 0..1: by vectors and words, or by words alone."""
    spread: dict[str, int] = {}
    for sentence in fit:
        for word in likeness.bag(sentence.words, language):
            spread[word] = spread.get(word, 0) + 1
    bags = [likeness.bag(sentence.words, language, spread, len(fit)) for sentence in fit]
    heaps = [likeness.bag([w for n in block for w in fit[n].words], language, spread, len(fit)) for block in blocks]
    if not likeness.usable(reading, segments):
        return lambda sentence, block: likeness.overlap(bags[sentence], heaps[block])
    vectors = likeness.of_sentences(fit, reading)
    centres = [likeness.mean([vectors[number] for number in block]) for block in blocks]
    return lambda sentence, block: (
        0.8 * max(0.0, likeness.dot(vectors[sentence], centres[block]))
        + 0.2 * likeness.overlap(bags[sentence], heaps[block])
    )


def _does(sentence: Sentence, acts: Sequence[Act], kinds: frozenset[str]) -> bool:
    first = bisect_left(acts, sentence.start - 0.01, key=lambda act: act.start)
    for act in acts[first:]:
        if act.start > sentence.end:
            return False
        if act.kind in kinds and act.segment is not None:
            return True
    return False


def _worth(sentence: Sentence, acts: Sequence[Act], language: str | None) -> float:
    """How fit a sentence is to stand alone, 0..1."""
    words, worth = sentence.words, 1.0
    if _does(sentence, acts, _SHY):
        worth *= 0.5
    if len(words) > 40 or len(words) < 6:
        worth *= 0.7
    if words[0] in _LEANING:
        worth *= 0.85
    if sentence.text.rstrip("\"')").endswith("?"):
        worth *= 0.6
    stops = stop_words(language)
    if stops is not None:
        share = sum(1 for word in words if word not in stops) / len(words)
        worth *= min(1.0, 0.4 + 1.5 * share)
    return worth


def _choose(
    fit: Sequence[Sentence], blocks: Sequence[range], alike: Callable[[int, int], float], worth: Sequence[float]
) -> list[Chosen]:
    candidates = [n for block in blocks for n in sorted(block, key=lambda n: (-worth[n], n))[:3]]
    table = {n: [alike(n, b) for b in range(len(blocks))] for n in candidates}
    room = min(LONGEST, max(_SHORTEST, int(_MOST_OF_IT * sum(len(one.text) for one in fit))))
    covered, left, taken = [0.0] * len(blocks), room, dict[int, float]()
    while candidates:
        gains = {n: sum(max(0.0, new - old) for new, old in zip(table[n], covered, strict=True)) for n in candidates}
        score = {
            n: worth[n] * (gain - _REPEATS * sum(map(min, table[n], covered)) / len(blocks))
            for n, gain in gains.items()
        }
        best = max(candidates, key=lambda n: (score[n], -n))
        candidates.remove(best)
        length = len(_closed(fit[best].text)) + 1
        if gains[best] <= 0.01 * len(blocks) and taken:
            break
        if length - 1 > left or any(fit[best].text.casefold() == fit[n].text.casefold() for n in taken):
            continue
        taken[best] = gains[best] / len(blocks)
        covered = list(map(max, covered, table[best]))
        left -= length
    return [Chosen(fit[n], round(taken[n], 3)) for n in sorted(taken)]

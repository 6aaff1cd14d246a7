"""What the words of a film do, by position and patterns: greet, ask, promise, define, call to follow. English only.

Every act has its quote, verbatim, and the time in which those words are said. The patterns are in ``patterns``; what
this adds is position (a greeting opens a film, an outro closes it) and what an act follows (an answer needs a
question). After the discourse markers of Hirschberg and Litman (1993) and the hook formulas that creators publish.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cutroom.judgement.cleaning import clean
from cutroom.judgement.patterns import ON_SCREEN, compiled, unpunctuated_question
from cutroom.judgement.sentences import Sentence
from cutroom.judgement.words import listed
from cutroom.model.percepts import ScreenText
from cutroom.model.verdicts import Act

LONGEST_QUOTE = 160
_INTRO_SHARE, _INTRO_SECONDS = 0.2, 20.0
_OUTRO_SHARE, _OUTRO_SECONDS = 0.7, 20.0
_ANSWER_WITHIN = 3
_BARE = frozenset({"number", "second_person", "filler"})
"""Acts whose quote is the very words, not the sentence around them."""
_MOST_OF_A_KIND = 500
_YOU_KNOW = re.compile(r"(?:^|, |\.\.\. )(you know|i mean|like|kind of|sort of)(?=,|\.\.\.|$)", re.IGNORECASE)
_YOU_KNOW_PLAIN = re.compile(
    r"\b(?:you know|i mean)\b(?! (?:what|how|why|when|where|who|if|that|the|it|this|about|your|my|a)\b)", re.IGNORECASE
)


def acts(
    sentences: Sequence[Sentence], screen: Sequence[ScreenText], duration: float, *, punctuated: bool
) -> tuple[Act, ...]:
    """The acts of a film of ``duration`` seconds, in order of start. ``screen`` is English too."""
    found = [act for number, sentence in enumerate(sentences) for act in _said(sentence, number, sentences, duration)]
    found += [act for sentence in sentences for act in fillers(sentence, punctuated=punctuated)]
    if not punctuated:
        found += [act for sentence in sentences for act in _asked(sentence)]
    found += _answers(sentences, found)
    found += [act for text in screen for act in _shown(text)]
    return tuple(sorted(_few(found), key=lambda act: (act.start, act.kind, act.end, act.quote)))


def _few(found: list[Act]) -> Iterator[Act]:
    seen: dict[str, int] = {}
    for act in found:
        seen[act.kind] = seen.get(act.kind, 0) + 1
        if seen[act.kind] <= _MOST_OF_A_KIND:
            yield act


def plain(text: str) -> str:
    """``text`` with straight apostrophes, of the same length."""
    return text.replace("\u2019", "'").replace("\u2018", "'")


def _said(sentence: Sentence, number: int, sentences: Sequence[Sentence], duration: float) -> Iterator[Act]:
    text = plain(sentence.text)
    for kind, patterns in compiled().items():
        if kind == "answer" or not _in_place(kind, sentence, number, len(sentences), duration):
            continue
        for first, last in _hits(kind, patterns, text):
            yield _act(kind, sentence, first, last)


def _hits(kind: str, patterns: Sequence[re.Pattern[str]], text: str) -> list[tuple[int, int]]:
    if kind != "number":
        match = next((match for pattern in patterns if (match := pattern.search(text))), None)
        return [match.span()] if match else []
    spans = sorted(
        {match.span() for pattern in patterns for match in pattern.finditer(text)}, key=lambda s: (s[0], -s[1])
    )
    kept: list[tuple[int, int]] = []
    for span in spans:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return [span for span in kept if _tells(text[span[0] : span[1]]) and not _in_a_name(text, span)][:10]


def _tells(number: str) -> bool:
    """Whether it is a figure and no mere ordinal of a list: "3 percent", "40", "$5", "one hundred", not "1"."""
    return len(number.strip(" .,")) > 1


def _in_a_name(text: str, span: tuple[int, int]) -> bool:
    """Whether the figure is part of a name or a time: "WH-1000XM5", "A4", "3:45"."""
    before, after = text[max(0, span[0] - 2) : span[0]], text[span[1] : span[1] + 2]
    joined = before[-1:] in {"-", ":", "/", "."} and before[:1].isalnum() and len(before) == 2
    return joined or before[-1:].isalnum() or after[:1].isalnum() or (after[:1] == ":" and after[1:].isdigit())


def _in_place(kind: str, sentence: Sentence, number: int, count: int, duration: float) -> bool:
    if kind == "intro":
        return number < 2 or sentence.start <= max(_INTRO_SECONDS, _INTRO_SHARE * duration)
    if kind == "outro":
        return number >= count - 2 or sentence.end >= min(duration - _OUTRO_SECONDS, _OUTRO_SHARE * duration)
    return True


def _act(kind: str, sentence: Sentence, first: int, last: int) -> Act:
    if kind not in _BARE:
        first, last = _clause(sentence.text, first, last)
    start, end, segment = sentence.times(first, last)
    return Act(kind, round(start, 3), round(end, 3), sentence.text[first:last], segment)


def _clause(text: str, first: int, last: int) -> tuple[int, int]:
    """The place of the whole sentence where that is short, else of the words around ``first`` to ``last``."""
    if len(text) <= LONGEST_QUOTE:
        return 0, len(text)
    room = max(LONGEST_QUOTE - (last - first), 0)
    begin = text.rfind(", ", max(0, first - room // 2), first)
    begin = begin + 2 if begin >= 0 else (text.find(" ", max(0, first - room // 2), first) + 1 or first)
    begin = 0 if first <= room // 2 and begin < 0 else begin
    end = min(len(text), begin + LONGEST_QUOTE)
    if end < len(text):
        end = max(text.rfind(" ", last, end), last)
    return begin, max(end, last)


def _asked(sentence: Sentence) -> Iterator[Act]:
    text = plain(sentence.text)
    if "?" not in text and (match := unpunctuated_question().search(text)):
        yield _act("question", sentence, *match.span())


def fillers(sentence: Sentence, *, punctuated: bool) -> Iterator[Act]:
    """The fillers of a sentence: hesitations, and words that are only fillers where commas set them off."""
    at = 0
    text = plain(sentence.text)
    alone, idle = listed("hesitations"), listed("filler_words")
    for piece in sentence.pieces:
        first = text.find(piece.text, at)
        at = max(first, at) + len(piece.text)
        word = "".join(letter for letter in piece.text.casefold() if letter.isalpha())
        if first >= 0 and (word in alone or word in idle):
            inner = first + next(n for n, letter in enumerate(piece.text) if letter.isalpha())
            yield _act("filler", sentence, inner, inner + len(word))
    for match in (_YOU_KNOW if punctuated else _YOU_KNOW_PLAIN).finditer(text):
        yield _act("filler", sentence, *match.span(match.lastindex or 0))


def _answers(sentences: Sequence[Sentence], found: Sequence[Act]) -> Iterator[Act]:
    """Sentences that begin as answers do soon after a question, or say that they are the answer to one before."""
    starts = {act.start for act in found if act.kind == "question"}
    asked: int | None = None
    for number, sentence in enumerate(sentences):
        if round(sentence.start, 3) in starts or sentence.text.rstrip("\"') ").endswith("?"):
            asked = number
            continue
        text = plain(sentence.text)
        match = next((m for pattern in compiled()["answer"] if (m := pattern.search(text))), None)
        near = asked is not None and number - asked <= _ANSWER_WITHIN
        if match and (near or (asked is not None and "answer" in match[0].casefold())):
            yield _act("answer", sentence, *match.span())


def _shown(shown: ScreenText) -> Iterator[Act]:
    text = clean(shown.text, 600)
    for kind, patterns in compiled().items():
        if kind not in ON_SCREEN:
            continue
        for first, last in _hits(kind, patterns, plain(text))[:3]:
            begin, end = (first, last) if kind in _BARE else _clause(text, first, last)
            yield Act(kind, round(shown.start, 3), round(max(shown.end, shown.start), 3), text[begin:end])

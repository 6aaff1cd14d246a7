"""A text as a graph of phones that may be met in a sound: words in order, with pauses and strange sounds between them.

Every phone is three states of the acoustic model. A phone at the edge of a word is there twice, once as it sounds next
to its neighbour and once as it sounds next to a pause; each pronunciation of a word is a way of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from cutroom.perception.adapters.sphinx_model import BEGIN, END, INTERNAL, SINGLE, AcousticModel

Phones = tuple[str, ...]
_Sides = list[tuple[int, list[int]]]
"""Phones that can be beside a word, each with where its edges on that side are kept."""

STATES = 3
OTHER = -1
"""Stands for a senone: whatever is heard that is none of the words."""
PAUSE = -1
"""The number of the word of a pause, or of a strange sound."""
# What it costs (natural logarithm) to begin a pause, and to begin to hear something that is not in the text.
_PAUSE_COST, _OTHER_COST = 1.0, 25.0


@dataclass(frozen=True, slots=True)
class WordGraph:
    """Phones in order, by number. ``before`` lists which can come before each, padded with the number of phones."""

    senones: npt.NDArray[np.int64]
    """By [phone, state]."""
    stay: npt.NDArray[np.float32]
    leave: npt.NDArray[np.float32]
    before: npt.NDArray[np.int64]
    cost: npt.NDArray[np.float32]
    """Of coming from there; by [phone, place in ``before``], negative."""
    first: npt.NDArray[np.float32]
    """Cost of beginning with a phone; minus infinity where that cannot be."""
    last: npt.NDArray[np.int64]
    """The phones that can end the text."""
    word: npt.NDArray[np.int64]
    """Whose phone it is; PAUSE for what is between words."""


@dataclass(slots=True)
class _Builder:
    model: AcousticModel
    senones: list[npt.NDArray[np.int64]] = field(default_factory=list)
    phones: list[int] = field(default_factory=list)
    word: list[int] = field(default_factory=list)
    before: list[list[tuple[int, float]]] = field(default_factory=list)

    def add(self, phone: int, senones: npt.NDArray[np.int64], word: int) -> int:
        self.phones.append(phone)
        self.senones.append(senones)
        self.word.append(word)
        self.before.append([])
        return len(self.phones) - 1

    def phone(self, word: int, around: Sequence[int], place: int) -> int:
        """A phone of a word between its neighbours: ``around`` is what is before it, itself, what is after it."""
        before, itself, after = around
        return self.add(itself, self.model.senones[self.model.sequence(itself, before, after, place)], word)

    def join(self, ends: Sequence[int], starts: Sequence[int], cost: float = 0.0) -> None:
        for start in starts:
            self.before[start] += [(end, -cost) for end in ends]


@dataclass(slots=True)
class _Edges:
    """The phones of a word at which it is entered and left, beside a pause and beside its neighbour."""

    entered: list[int] = field(default_factory=list)
    entered_after_pause: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    left_before_pause: list[int] = field(default_factory=list)


def build(model: AcousticModel, words: Sequence[Sequence[Phones]]) -> WordGraph:
    """The graph of words, each with its pronunciations (at least one, none empty), in the model's own phones."""
    builder = _Builder(model)
    pause = _gap(builder)
    firsts = list(pause)
    edges: _Edges | None = None
    for number, ways in enumerate(words):
        left = words[number - 1][0][-1] if number else None
        right = words[number + 1][0][0] if number + 1 < len(words) else None
        found = _word(builder, number, ways, left, right)
        builder.join(pause, found.entered_after_pause)
        if edges is None:
            firsts += found.entered_after_pause
        else:
            builder.join(edges.left, found.entered)
        edges, pause = found, _gap(builder)
        builder.join(found.left_before_pause, pause[:1], _PAUSE_COST)
        builder.join(found.left_before_pause, pause[1:], _OTHER_COST)
    lasts = pause + (edges.left_before_pause if edges is not None else [])
    return _compiled(builder, firsts, lasts, other=set(_others(builder)))


def _gap(builder: _Builder) -> list[int]:
    """A pause and a strange sound, each of which may follow the other."""
    model = builder.model
    silence = model.phones["SIL"]
    quiet = builder.add(silence, model.senones[model.sequence(silence, silence, silence, SINGLE)], PAUSE)
    strange = builder.add(silence, np.full(STATES, OTHER), PAUSE)
    builder.join([quiet], [strange], _OTHER_COST)
    builder.join([strange], [quiet], _PAUSE_COST)
    return [quiet, strange]


def _others(builder: _Builder) -> list[int]:
    return [number for number, senones in enumerate(builder.senones) if senones[0] == OTHER]


def _word(builder: _Builder, number: int, ways: Sequence[Phones], left: str | None, right: str | None) -> _Edges:
    model, edges = builder.model, _Edges()
    silence = model.phones["SIL"]
    before: _Sides = [(silence, edges.entered_after_pause)]
    after: _Sides = [(silence, edges.left_before_pause)]
    if left is not None:
        before.append((model.phones[left], edges.entered))
    if right is not None:
        after.append((model.phones[right], edges.left))
    for way in dict.fromkeys(ways):
        sounds = [model.phones[name] for name in way]
        if len(sounds) == 1:
            _single(builder, number, sounds[0], before, after)
        else:
            _way(builder, number, sounds, before, after)
    return edges


def _single(builder: _Builder, number: int, sound: int, before: _Sides, after: _Sides) -> None:
    """A word of one phone: there for every pair of neighbours."""
    for near, entered in before:
        for far, left in after:
            made = builder.phone(number, (near, sound, far), SINGLE)
            entered.append(made)
            left.append(made)


def _way(builder: _Builder, number: int, sounds: Sequence[int], before: _Sides, after: _Sides) -> None:
    """A pronunciation of several phones: its first and its last are there for every neighbour."""
    inner = [builder.phone(number, sounds[at - 1 : at + 2], INTERNAL) for at in range(1, len(sounds) - 1)]
    for one, two in pairwise(inner):
        builder.join([one], [two])
    begins, ends = [], []
    for near, entered in before:
        begins.append(builder.phone(number, (near, *sounds[:2]), BEGIN))
        entered.append(begins[-1])
    for far, left in after:
        ends.append(builder.phone(number, (*sounds[-2:], far), END))
        left.append(ends[-1])
    builder.join(begins, inner[:1] or ends)
    if inner:
        builder.join(inner[-1:], ends)


def _compiled(builder: _Builder, firsts: Sequence[int], lasts: Sequence[int], other: set[int]) -> WordGraph:
    model, count = builder.model, len(builder.phones)
    width = max(1, *map(len, builder.before))
    before = np.full((count, width), count, np.int64)
    cost = np.zeros((count, width), np.float32)
    for number, arcs in enumerate(builder.before):
        for place, (origin, weight) in enumerate(arcs):
            before[number, place], cost[number, place] = origin, weight
    first = np.full(count, -np.inf, np.float32)
    first[list(firsts)] = 0.0
    first[[number for number in firsts if number in other]] = -_OTHER_COST
    phones = np.array(builder.phones)
    return WordGraph(
        np.stack(builder.senones), model.stay[phones], model.leave[phones], before, cost, first,
        np.array(sorted(set(lasts))), np.array(builder.word),
    )  # fmt: skip

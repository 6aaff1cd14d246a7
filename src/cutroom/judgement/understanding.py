"""What a film is about and who is in it: the first layer of an analysis, from percepts alone, with its evidence.

The way: clean text into sentences, acts and phrases; from those the facts other judgements read (``TextFacts``) and
the fields of ``media_understanding``. A language model, where there is one, may then write a better title, summary,
category and names; what it writes passes ``containment`` or is not taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cutroom.judgement import improving, view
from cutroom.judgement.reading_text import TextRead, read
from cutroom.judgement.writer import LanguageModel
from cutroom.model.percepts import Percepts
from cutroom.model.verdicts import TextFacts, Verdict

VERSION = "2"
"""Of the rules; it changes when the same percepts may give another verdict."""


def understand(
    percepts: Percepts,
    *,
    brands: Sequence[str] = (),
    writer: LanguageModel | None = None,
    label_vectors: Sequence[Sequence[float]] | None = None,
) -> tuple[Verdict, TextFacts]:
    """``media_understanding`` and the facts of the words.

    ``brands`` are names to look for; ``label_vectors`` the vectors of ``category.label_texts()``, in that order, by
    the model that made ``percepts.reading``. The same percepts give the same verdict, but for what a writer writes.
    """
    text = read(percepts)
    verdict = view.verdict(percepts, text, brands, label_vectors, VERSION)
    if writer is not None:
        verdict = improving.improve(verdict, percepts, text, writer)
    return verdict, text.facts


def text_facts(percepts: Percepts) -> TextFacts:
    """The facts of the words alone."""
    return read(percepts).facts


def empty(percepts: Percepts) -> Mapping[str, Any]:
    """``media_understanding`` of a film of which nothing was perceived: what a caller may index into."""
    return view.verdict(percepts, TextRead(), (), None, VERSION).fields

"""The patterns by which English sentences are taken to do something: ask, promise, call to follow, define, ...

The patterns themselves are data, ``wordlists/patterns.toml``. Each is linear in what it reads: repetitions are bounded,
and it reads sentences of at most six hundred characters. ``^`` is the start of a sentence. Matching does not heed
capitals; apostrophes are straight.
"""

from __future__ import annotations

import functools
import re

from cutroom.judgement.words import table

ON_SCREEN = frozenset({
    "ad", "bold_claim", "contrast", "cta_buy", "cta_comment", "cta_follow", "cta_like", "cta_link", "cta_share",
    "number", "problem", "promise", "question", "step",
})  # fmt: skip
"""The acts that are looked for in what is read on screen."""

_MACRO = re.compile(r"<([A-Z]+)>")


def _pattern(source: str) -> re.Pattern[str]:
    macros = table("patterns")["macros"]
    return re.compile(_MACRO.sub(lambda name: str(macros[name[1]]), source), re.IGNORECASE)


@functools.cache
def compiled() -> dict[str, tuple[re.Pattern[str], ...]]:
    """The patterns by kind of act. They are compiled when they are first wanted."""
    return {kind: tuple(_pattern(one) for one in many) for kind, many in table("patterns")["acts"].items()}


@functools.cache
def unpunctuated_question() -> re.Pattern[str]:
    """How a question begins; for transcripts that have no question marks."""
    return _pattern(str(table("patterns")["macros"]["QUESTION"]))

"""Lines that talk to a language model instead of to a viewer: they are never quoted as what a film is about.

A list cannot know every wording; it is one of several walls. What holds without it: answers are checked against the
lines they cite, and a model has nothing it could be talked into using (see ``containment``).
"""

from __future__ import annotations

import functools
import re

from cutroom.judgement.words import table


@functools.cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(one, re.IGNORECASE) for one in table("suspicion")["patterns"])


def instructs(text: str) -> bool:
    """Whether a line reads like an instruction to a language model, or like the frame of a conversation with one."""
    return any(pattern.search(text[:4000]) for pattern in _patterns())

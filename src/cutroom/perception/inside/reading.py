"""The task ``read``: sentences to vectors, within a bound on what any number of texts of any length may cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cutroom.media.inside.conversation import Conversation
from cutroom.media.inside.wire import pack_object
from cutroom.model.percepts import Missing, Reading
from cutroom.perception.embedder import MODEL, WINDOW, Embedder
from cutroom.perception.model_store import PULL, path_of

SENSE = "sentence_vectors"
MOST_TEXTS = 20_000
"""A film of three hours of quick talk has about 5,000 segments."""
MOST_TOKENS = 400_000
"""Of all texts together; some minutes of work. With more texts each is read less far."""
_DIGITS = 5
_STAGE = "reading"


def read(params: dict[str, Any], talk: Conversation) -> dict[str, Any]:
    """``texts`` -> ``Reading``, packed: one vector a text, rounded to five decimals, in their order.

    Without the model, and for more than ``MOST_TEXTS`` texts, there are no vectors and ``missing`` says why.
    """
    texts: Sequence[str] = params["texts"]
    weights, tokenizer = path_of(params["models"], "minilm"), path_of(params["models"], "minilm-tokenizer")
    if weights is None or tokenizer is None:
        return _nothing(f"The model that compares sentences is not installed (`{PULL}`).")
    if len(texts) > MOST_TEXTS:
        return _nothing(f"There are too many sentences to compare: {len(texts)}, at most {MOST_TEXTS} are.")
    if not texts:
        return pack_object(Reading(model=MODEL))
    try:
        embedder = Embedder.load(weights, tokenizer)
    except Exception as error:  # noqa: BLE001 - two libraries of their own kinds: a file that is another is none
        return _nothing(f"The model that compares sentences cannot be read ({type(error).__name__}).")
    window = min(WINDOW, MOST_TOKENS // len(texts))
    vectors = embedder.vectors(texts, window=window, on_progress=lambda done: talk.tick(_STAGE, done))
    rows = tuple(tuple(round(float(value), _DIGITS) for value in row) for row in vectors)
    return pack_object(Reading(vectors=rows, model=MODEL, missing=_cut_short(window)))


def _cut_short(window: int) -> tuple[Missing, ...]:
    if window == WINDOW:
        return ()
    reason = f"There are so many sentences that only about the first {window} words of each were compared."
    return (Missing(SENSE, reason, degraded=True),)


def _nothing(reason: str) -> dict[str, Any]:
    return pack_object(Reading(missing=(Missing(SENSE, reason),)))

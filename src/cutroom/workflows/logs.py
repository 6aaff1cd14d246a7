"""The engine's log, made fit to read: through our handlers, and without a traceback for every cancelled job."""

from __future__ import annotations

import asyncio
import logging

# Said of every cancelled job, and of every job that a stopped worker leaves to the others.
_EXPECTED = ("DBOSWorkflowCancelledError", "DBOSAwaitedWorkflowCancelledError", "DBOSWorkflowConflictIDError")
_EXPECTED_WORDS = (
    *_EXPECTED,
    "no longer owned by this execution",
    "was cancelled during execution",
    "Asyncio task cancelled",
)


class _Expected(logging.Filter):
    """Lets through everything but the news that somebody has cancelled something."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return not any(words in str(record.msg) for words in _EXPECTED_WORDS)
        return not isinstance(error, asyncio.CancelledError) and type(error).__name__ not in _EXPECTED


def quiet(level: int = logging.WARNING) -> None:
    """Set up the engine's logger. Idempotent; to be done before the engine is made."""
    logger = logging.getLogger("dbos")
    logger.setLevel(level)
    if not logger.handlers:  # else the engine prints to standard error itself and tells nobody else
        logger.addHandler(logging.NullHandler())
    if not any(isinstance(known, _Expected) for known in logger.filters):
        logger.addFilter(_Expected())

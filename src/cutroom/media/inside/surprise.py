"""The one way in which a fast path says that the file is not what it can handle."""

from __future__ import annotations


class Surprise(Exception):  # noqa: N818  not an error: it is answered by a re-encode and never reaches a user as one
    """``str()`` is a reason that completes the sentence "Re-encoded because ...", free of anything from the file."""

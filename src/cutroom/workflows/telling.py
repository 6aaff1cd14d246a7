"""What is told of failures in the log: enough to find the cause, no links as they were given, no secrets."""

from __future__ import annotations

import re
import traceback

_LONGEST = 1000
# A link's user name and password, and everything after its path: tokens and signatures are there.
_LINK = re.compile(r"""([a-zA-Z][a-zA-Z0-9+.-]*://)(?:[^\s/?#'"<>]*@)?([^\s?#'"<>]*)([?#][^\s'"<>]*)?""")


def without_secrets(text: str) -> str:
    """The same with its links cut down to host and path.

    >>> without_secrets("no https://me:pw@e.com/a.mp4?token=1 there")
    'no https://e.com/a.mp4?... there'
    """
    return _LINK.sub(lambda found: found[1] + found[2] + ("?..." if found[3] else ""), text)


def in_one_line(text: str) -> str:
    """Without secrets and line breaks, and not too long; the end of what is too long, where the cause stands."""
    line = " ".join(without_secrets(text).split())
    return line if len(line) <= _LONGEST else "... " + line[-_LONGEST:]


def told_in_full(error: BaseException) -> str:
    """The traceback, without secrets."""
    return without_secrets("".join(traceback.format_exception(error))).rstrip()

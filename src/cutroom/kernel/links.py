"""What no link holds as it is written: characters that end a line, steer a terminal, or turn the text around."""

from __future__ import annotations

import re

_UNFIT = re.compile(
    "[\x00-\x20\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"  # blanks, controls, marks of direction
)


def fit_for_link(text: str) -> bool:
    r"""Whether ``text`` has no blank, control character or mark of direction; letters of any script are fine.

    >>> fit_for_link("https://example.com/käse"), fit_for_link("https://example.com/\u202egpj.exe")
    (True, False)
    """
    return _UNFIT.search(text) is None

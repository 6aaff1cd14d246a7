"""Whether an MP4 or QuickTime file that was sent has lost its end on the way: its boxes say how long they are.

With its index at the front such a file opens, and claims a length that it does not have.
"""

from __future__ import annotations

from pathlib import Path

_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp", b"sidx", b"moof", b"uuid", b"mfra", b"emsg"}
_MOST = 100_000
# Of a box. Recorders that are switched off leave a little less than they announced; that can be analysed all the same.
_MAY_LACK = 0.01


def cut_short(path: Path) -> bool:
    """Whether more than a hundredth of a box is missing. False for files of other kinds."""
    whole, at = path.stat().st_size, 0
    with path.open("rb") as file:
        for _ in range(_MOST):
            file.seek(at)
            head = file.read(16)
            size = int.from_bytes(head[:4], "big")
            if size == 1:
                size = int.from_bytes(head[8:16], "big")
            if head[4:8] not in _BOXES or size < 8:  # another kind, what lies behind the film, or to the file's end
                return False
            if at + size > whole:
                return at + size - whole > size * _MAY_LACK
            at += size
    return False

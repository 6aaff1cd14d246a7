"""Files that lost their end."""

from __future__ import annotations

from pathlib import Path

import pytest

from cutroom.sources.cut_short import cut_short


def box(kind: bytes, size: int, *, long: bool = False) -> bytes:
    head = (1).to_bytes(4, "big") + kind + size.to_bytes(8, "big") if long else size.to_bytes(4, "big") + kind
    return head + b"\0" * (size - len(head))


WHOLE = box(b"ftyp", 24) + box(b"moov", 500) + box(b"mdat", 100_000)


@pytest.mark.parametrize(
    ("data", "short"),
    [
        (WHOLE, False),
        (WHOLE[:-500], False),
        (WHOLE[:-2000], True),
        (WHOLE[:540], True),
        (box(b"ftyp", 24) + box(b"mdat", 100_000, long=True)[:-5000], True),
        (WHOLE + b"trailing words", False),
        (box(b"ftyp", 24) + (0).to_bytes(4, "big") + b"mdat" + b"\0" * 99, False),
        (b"\x1aE\xdf\xa3" + b"\xff" * 99, False),
        (b"", False),
    ],
)
def test_what_is_cut_short(tmp_path: Path, data: bytes, short: bool) -> None:
    (tmp_path / "film").write_bytes(data)
    assert cut_short(tmp_path / "film") is short

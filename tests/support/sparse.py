"""A remote file for tests that need no network."""

from __future__ import annotations

from pathlib import Path

from cutroom.kernel.cancel import CancelToken


class Sparse:
    """A remote file served from a local one, byte for byte as asked."""

    def __init__(self, whole: Path, folder: Path) -> None:
        self._whole = whole
        self.path = folder / "sparse"
        self.size = whole.stat().st_size
        self.fetched: set[int] = set()
        with self.path.open("wb") as file:
            file.truncate(self.size)

    def ensure(self, offset: int, length: int, cancel: CancelToken) -> None:
        cancel.check()
        with self._whole.open("rb") as whole, self.path.open("r+b") as sparse:
            whole.seek(offset)
            sparse.seek(offset)
            sparse.write(whole.read(length))
        self.fetched.update(range(offset, min(offset + length, self.size)))

    def expect(self, offset: int, length: int) -> None:
        assert offset >= 0
        assert offset + length <= self.size

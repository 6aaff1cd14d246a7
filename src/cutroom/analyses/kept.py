"""Percepts in the store: what was perceived in a content, as JSON and pictures, until nobody analyses that any more.

``percepts/<sha256>/<sense>-<version>.json``, and beside it the pictures of that percept. A row says what is there. A
file that is missing all the same is as good as no percept: it is made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from cutroom.analyses.repository import percepts as rows
from cutroom.db import Database
from cutroom.kernel.clock import Clock, utc_now
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.ids import new_id
from cutroom.storage.keys import PERCEPTS, check_key

_JSON = "application/json"
_PICTURE = "image/jpeg"
ITSELF = ""
"""The name of the percept among its files; the others are its pictures."""
_UNSAFE = re.compile(r"[^a-z0-9.-]+")


class Files(Protocol):
    """Of ``storage.Store``."""

    def put(self, key: str, path: Path, *, media_type: str, file_name: str) -> int: ...
    def fetch(self, key: str, target: Path) -> int: ...
    def local_path(self, key: str) -> Path | None: ...
    def delete(self, key: str) -> None: ...


class KeptPercepts:
    """What is kept of all contents. Thread-safe; opens transactions of its own, short ones."""

    def __init__(self, database: Database, store: Files, clock: Clock = utc_now) -> None:
        self._database, self._store, self._clock = database, store, clock

    def find(self, content: str, sense: str, version: str, folder: Path) -> Any | None:
        """The percept as it was kept; None where there is none. ``folder`` is for short-lived files."""
        files = self._files(content, sense, version)
        if files is None:
            return None
        target = folder / f"{new_id()}.json"
        try:
            path = self._store.local_path(files[ITSELF])
            if path is None:
                self._store.fetch(files[ITSELF], target)
            return json.loads((path or target).read_text("utf-8"))
        except (FileNotFoundError, ValueError):  # it went while we looked
            return None
        except CutroomError as error:
            if error.code is not ErrorCode.NOT_FOUND:
                raise
            return None
        finally:
            target.unlink(missing_ok=True)

    def keep(
        self, name: tuple[str, str, str], percept: Any, folder: Path, pictures: Mapping[str, Path] | None = None
    ) -> None:
        """Keep it under content, sense and version, with its pictures. Doing it again changes nothing."""
        content, sense, version = name
        stem, files = f"{PERCEPTS}/{content}/{sense}-{_plain(version)}", {}
        for number, (picture, path) in enumerate((pictures or {}).items()):
            files[picture] = check_key(f"{stem}-{number:05}.jpg")
            self._store.put(files[picture], path, media_type=_PICTURE, file_name="keyframe.jpg")
        files[ITSELF] = check_key(f"{stem}.json")
        path = folder / f"{new_id()}.json"
        try:
            path.write_text(json.dumps(percept, separators=(",", ":")), "utf-8")
            self._store.put(files[ITSELF], path, media_type=_JSON, file_name=f"{sense}.json")
        finally:
            path.unlink(missing_ok=True)
        with self._database.write() as tx:
            rows.keep(tx, (content, sense, _bounded(version)), files, self._clock())

    def pictures(self, content: str, sense: str, version: str) -> dict[str, str] | None:
        """The keys of its pictures by name; None where nothing is kept."""
        files = self._files(content, sense, version)
        return None if files is None else {name: key for name, key in files.items() if name != ITSELF}

    def clear(self, content: str | None = None, limit: int = 200) -> int:
        """Remove the files of what nobody needs any more, then the rows; perhaps of one content alone. How many."""
        with self._database.read() as tx:
            over = rows.ended(tx, limit, content)
        for name, files in over:
            with contextlib.suppress(CutroomError):  # the row stays then, and the sweep tries again
                for key in files.values():
                    self._store.delete(key)
                with self._database.write() as tx:
                    rows.forget(tx, name)
        return len(over)

    def end_unused(self) -> None:
        """Mark for ``clear`` what is kept of contents that nobody analyses."""
        with self._database.write() as tx:
            rows.end_unused(tx, self._clock())

    def known(self, contents: set[str]) -> set[str]:
        """Those of the contents of which anything is kept: files of others belong to nobody."""
        with self._database.read() as tx:
            return rows.known(tx, contents)

    def _files(self, content: str, sense: str, version: str) -> dict[str, str] | None:
        with self._database.read() as tx:
            return rows.find(tx, content, sense, _bounded(version))


def _bounded(version: str) -> str:
    return version if len(version) <= 80 else hashlib.sha256(version.encode()).hexdigest()


def _plain(version: str) -> str:
    """As a part of a key."""
    plain = _UNSAFE.sub("-", version.lower()).strip(".-")
    return plain if plain == version and len(plain) <= 60 else hashlib.sha256(version.encode()).hexdigest()[:32]

"""Where a server keeps its things: the data folder and what is in it, unless settings say otherwise."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.settings import Settings

_SECRET_BYTES = 48
_LEAST_SECRET = 32
_DATABASE = "cutroom.db"


@dataclass(frozen=True, slots=True)
class Places:
    """Folders are made when they are asked for, files by those who write them."""

    data_dir: Path
    database_url: str
    store_url: str
    scratch: Path
    sources: Path
    owner_key: Path
    _secret: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> Places:
        """Makes the data folder, for its user alone. Raises ``TARGET_NOT_WRITABLE``."""
        # Not above: commands that only ask where things are do not wait for the database's toolkit.
        from cutroom.db.engine import sqlite_url

        folder = data_folder(settings)
        with _told(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in ("scratch", "sources"):
                (folder / name).mkdir(mode=0o700, exist_ok=True)
            if not os.access(folder, os.W_OK | os.X_OK):
                raise PermissionError(folder)
        own = settings.server.secret
        return cls(
            data_dir=folder,
            database_url=settings.database.url or sqlite_url(folder / _DATABASE),
            store_url=settings.storage.url or (folder / "files").as_uri(),
            scratch=folder / "scratch",
            sources=folder / "sources",
            owner_key=folder / "owner-key",
            _secret=own.get_secret_value() if own else None,
        )

    def secret(self) -> str:
        """What signs sessions and links: of the settings, else of a file that is made once."""
        if self._secret is not None:
            return self._secret
        path = self.data_dir / "secret"
        with _told(self.data_dir):
            return _read_secret(path) or _make_secret(path)


def data_folder(settings: Settings) -> Path:
    """Where the data folder is, or would be."""
    return (settings.server.data_dir or usual_data_folder()).expanduser().absolute()


def usual_data_folder() -> Path:
    """Where the data folder is while no setting names another."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "cutroom"
    shared = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (shared if shared.is_absolute() else Path.home() / ".local" / "share") / "cutroom"


def holds_a_server(settings: Settings) -> bool:
    """Whether there is a database, as far as one can see without opening it. Makes nothing."""
    try:
        return settings.database.url is not None or (data_folder(settings) / _DATABASE).is_file()
    except OSError:  # it may not be looked into: whoever goes on is told so
        return True


def _read_secret(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            text = file.read(1000).decode("ascii", "replace").strip()
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                os.fchmod(file.fileno(), 0o600)
    except FileNotFoundError:
        return None
    if len(text) < _LEAST_SECRET:
        raise CutroomError(
            ErrorCode.INTERNAL,
            "The file with the server's secret is damaged.",
            next_step="Remove the file `secret` from the data folder: sessions and links then end.",
        )
    return text


def _make_secret(path: Path) -> str:
    """Of several processes that come at the same time one makes it, and all use that one."""
    new = path.with_name(f".secret-{secrets.token_hex(8)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(_SECRET_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(new)
    finally:
        new.unlink()
    found = _read_secret(path)
    if found is None:
        raise FileNotFoundError(path)
    return found


@contextlib.contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CutroomError(
            ErrorCode.TARGET_NOT_WRITABLE,
            "The data folder cannot be used.",
            next_step="Name another with --data-dir, or make it writable.",
            detail=str(error),
            folder=folder,
        ) from error

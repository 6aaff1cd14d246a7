"""The address at which the server of a data folder answers, or answered last: for commands that make links to it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from cutroom.container.places import data_folder
from cutroom.settings import Settings

_NAME = "address"
_LONGEST = 2000


def note_address(settings: Settings, url: str) -> None:
    """Replace the note in one step, for the server's user alone. Raises ``OSError``."""
    folder = data_folder(settings)
    number, name = tempfile.mkstemp(dir=folder, prefix=f".{_NAME}.")  # mode 0600
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(url + "\n")
        Path(name).replace(folder / _NAME)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def noted_address(settings: Settings) -> str | None:
    """What was noted; None where nothing was, or it cannot be read."""
    try:
        with (data_folder(settings) / _NAME).open("rb") as file:
            url = file.read(_LONGEST).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return url if url.startswith(("http://", "https://")) else None

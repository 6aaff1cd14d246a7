"""What the user has loaded, as files of a folder: the calibration and the list of trends. Written by rename."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

from cutroom.judgement.calibration import Calibration, read_calibration
from cutroom.judgement.trends import Trends, parse_trends
from cutroom.kernel.errors import CutroomError, ErrorCode

_CALIBRATION = "calibration.json"
_TRENDS = "trends.json"
_MOST_BYTES = 32 << 20


def kept_calibration(folder: Path) -> Calibration | None:
    """None where there is none. Raises ``INVALID_REQUEST`` for a damaged one."""
    text = _read(folder / _CALIBRATION)
    return None if text is None else read_calibration(text)


def kept_trends(folder: Path) -> Trends | None:
    """None where there are none. Raises ``INVALID_REQUEST`` for damaged ones."""
    text = _read(folder / _TRENDS)
    return None if text is None else parse_trends(text)


def keep_calibration(folder: Path, calibration: Calibration) -> None:
    """Replaces the one before. Raises ``TARGET_NOT_WRITABLE``."""
    _write(folder / _CALIBRATION, calibration.content())


def keep_trends(folder: Path, trends: Trends) -> None:
    """Replaces those before. Raises ``TARGET_NOT_WRITABLE``."""
    _write(folder / _TRENDS, trends.content())


def _read(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise CutroomError(ErrorCode.INVALID_REQUEST, f"The file {path.name} of the data folder is too large.")
        return content.decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise CutroomError(
            ErrorCode.INVALID_REQUEST, f"The file {path.name} of the data folder cannot be read.", detail=str(error)
        ) from error


def _write(path: Path, content: dict[str, Any]) -> None:
    new = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with new.open("x", encoding="utf-8") as file:
            json.dump(content, file, indent=1, allow_nan=False)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            new.unlink()
        raise CutroomError(
            ErrorCode.TARGET_NOT_WRITABLE, "The data folder cannot be written.", detail=str(error), folder=path.parent
        ) from error

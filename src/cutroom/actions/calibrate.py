"""Fit predictions to the user's own past posts, and load a list of trends. Both are kept in the data folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cutroom.judgement.calibration import calibrate
from cutroom.judgement.history import read_history
from cutroom.judgement.kept import keep_calibration, keep_trends
from cutroom.judgement.trends import parse_trends
from cutroom.kernel.errors import CutroomError, ErrorCode

_MOST_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What was learned. ``coverage`` is the share of posts inside the 80 % range that was made without them."""

    posts: int
    coverage: float
    retention: bool
    shares: bool


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a list of trends holds."""

    terms: int
    sounds: int
    day: str


def calibrate_from(table: Path, folder: Path) -> Calibrated:
    """Read past posts, fit, and keep the result in ``folder``; reports a row names are looked for beside the table.

    Raises ``SOURCE_NOT_FOUND``, ``INVALID_REQUEST``, ``TARGET_NOT_WRITABLE``.
    """
    posts = read_history(_text(table), lambda name: _text(table.parent / name))
    made = calibrate(posts)
    keep_calibration(folder, made)
    return Calibrated(made.posts, made.coverage, made.retention_power is not None, made.shares is not None)


def load_trends(file: Path, folder: Path) -> Loaded:
    """Read a list of trends and keep it in ``folder``, instead of the one before. Raises as ``calibrate_from``."""
    trends = parse_trends(_text(file))
    keep_trends(folder, trends)
    sounds = sum(trend.kind == "audio" for trend in trends.trends)
    return Loaded(len(trends.trends) - sounds, sounds, trends.day)


def _text(path: Path) -> str:
    """A regular file of sensible size, in UTF-8."""
    try:
        if not path.is_file():
            raise CutroomError(ErrorCode.SOURCE_NOT_FOUND, f'There is no file "{path.name}".')
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise CutroomError(
            ErrorCode.SOURCE_UNREACHABLE, f'The file "{path.name}" cannot be read.', detail=str(error)
        ) from error
    if len(content) > _MOST_BYTES:
        raise CutroomError(ErrorCode.INVALID_REQUEST, f'The file "{path.name}" is larger than 16 MB.')
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CutroomError(ErrorCode.INVALID_REQUEST, f'The file "{path.name}" is not text in UTF-8.') from error

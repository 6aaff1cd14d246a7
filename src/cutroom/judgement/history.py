"""The user's past posts as a table: CSV with a header.

Columns: ``score`` (the virality score, 0 to 100) or ``file`` (a report of ``cutroom analyze -o``, from which score and
curve are taken); ``views`` (a whole number); and, where they are known, ``retention`` (mean share of the film that was
watched, 0 to 1) and ``shares``. Other columns are ignored.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from cutroom.kernel.errors import CutroomError, ErrorCode

_MOST_POSTS = 20_000
_MOST_VIEWS = 10**12
Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Post:
    """One post: the score its film has, and what became of it. ``curve`` is the predicted one, of (seconds, share)."""

    score: float
    views: int
    retention: float | None = None
    shares: int | None = None
    curve: Curve = ()


def read_history(text: str, report: Callable[[str], str]) -> list[Post]:
    """The posts of a table; ``report`` gives the text of a named report. Raises ``INVALID_REQUEST``."""
    try:
        reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), restval="", strict=True)
        reader.fieldnames = names = [name.strip().casefold() for name in reader.fieldnames or ()]
        if "views" not in names or not {"score", "file"} & set(names):
            raise _refused('The table needs the columns "views" and "score" (or "file").')
        if len(set(names)) != len(names):
            raise _refused("The table has two columns of the same name.")
        posts: list[Post] = []
        for row in reader:
            if len(posts) == _MOST_POSTS:
                raise _refused(f"The table has more than {_MOST_POSTS} posts.")
            posts.append(_post(reader.line_num, row, report))
    except csv.Error as error:
        raise _refused("The table is no valid CSV.") from error
    return posts


def read_report(text: str) -> tuple[float, Curve]:
    """The virality score and the predicted curve of a report. Raises ``ValueError``."""
    try:
        content = json.loads(text)
        growth = content["growth_intelligence"]
        value = content.get("evidence", {}).get("/growth_intelligence/virality_model/score", {}).get("value")
        score = _number(value if value is not None else growth["virality_model"]["score"], 0, 100)
        points = growth.get("predicted_retention_curve") or []
        curve = tuple((_number(p["t"], 0, 1e6), _number(p["retention"], 0, 1)) for p in points)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("It is no report of an analysis with a score.") from error
    rises = all(a[0] < b[0] for a, b in pairwise(curve))
    return score, curve if rises and len(curve) > 1 else ()


def _post(line: int, row: Mapping[str | None, Any], report: Callable[[str], str]) -> Post:
    def cell(name: str) -> str:
        return str(row.get(name) or "").strip()

    def number(name: str, high: float, *, whole: bool = False) -> float:
        try:
            value = _number(float(cell(name)) if len(cell(name)) < 40 else None, 0, high, whole=whole)
        except ValueError as error:
            kind = "a whole number" if whole else "a number"
            raise _refused(
                f'Line {line}: {name} must be {kind} from 0 to {high:g}, not "{cell(name)[:40]}".'
            ) from error
        return value

    if None in row:
        raise _refused(f"Line {line} has more cells than there are columns.")
    curve: Curve = ()
    if cell("score"):
        score = number("score", 100)
    elif cell("file"):
        try:
            score, curve = read_report(report(cell("file")))
        except ValueError as error:
            raise _refused(f"Line {line}: the file is no report of an analysis (cutroom analyze -o).") from error
    else:
        raise _refused(f"Line {line} has neither score nor file.")
    return Post(
        score=score,
        views=int(number("views", _MOST_VIEWS, whole=True)),
        retention=number("retention", 1) if cell("retention") else None,
        shares=int(number("shares", _MOST_VIEWS, whole=True)) if cell("shares") else None,
        curve=curve,
    )


def _number(value: Any, low: float, high: float, *, whole: bool = False) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError("It is no number.")
    if not low <= value <= high or (whole and value != int(value)):
        raise ValueError("It is out of range.")
    return float(value)


def _refused(sentence: str) -> CutroomError:
    return CutroomError(ErrorCode.INVALID_REQUEST, sentence)

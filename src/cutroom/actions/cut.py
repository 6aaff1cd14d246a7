"""Cut pieces out of one source: the source is found once, and a piece that fails does not hide the others."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

from cutroom.actions.services import Services
from cutroom.actions.targets import check_targets, name_targets
from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError
from cutroom.kernel.progress import Progress, ProgressCallback, ignore
from cutroom.kernel.timespan import Timespan
from cutroom.media.input import Source
from cutroom.model.clip import CutRequest, CutResult, Format, Mode, Quality
from cutroom.model.source import SourceKind
from cutroom.sources.resolve import Resolved


@dataclass(frozen=True, slots=True)
class CutOrder:
    """Pieces of one source, all delivered alike. ``output`` is a file, a folder or a name with ``{n}`` in it."""

    source: str
    pieces: tuple[Timespan, ...]
    output: str | None = None
    format: Format = Format.MP4
    quality: Quality | None = None
    mode: Mode | None = None
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """A piece that became a clip. ``number`` counts from 1 in the order asked for."""

    number: int
    piece: Timespan
    target: Path
    result: CutResult


@dataclass(frozen=True, slots=True)
class Failed:
    """A piece that did not, and why."""

    number: int
    piece: Timespan
    target: Path
    error: CutroomError


Outcome = Made | Failed


def cut_pieces(
    services: Services, order: CutOrder, *, on_progress: ProgressCallback = ignore, cancel: CancelToken
) -> Generator[Outcome, None, None]:
    """Cut every piece, yielding each outcome when it is there; close the iterator when stopping early.

    What concerns all pieces (the source, the targets) raises ``CutroomError`` before the first piece; what concerns
    one is its outcome. ``Cancelled`` ends everything.
    """
    on_progress(Progress("resolving"))
    with services.workdir() as workdir, services.sources.resolve(order.source, cancel) as resolved:
        targets = _checked_targets(order, resolved, workdir.path, cancel)
        opened = resolved.open(
            [(piece.start, piece.end) for piece in order.pieces],
            wanted=order.format,
            max_lines=order.quality.lines if order.quality else None,
            workdir=workdir.path,
            on_progress=on_progress,
            cancel=cancel,
        )
        source = Source(opened.video, opened.audio, opened.duration)
        for number, (piece, target) in enumerate(zip(order.pieces, targets, strict=True), 1):
            request = CutRequest(piece.start, piece.end, order.format, order.quality, order.mode)
            try:
                result = services.engine.cut(
                    source, request, target, overwrite=order.overwrite, on_progress=on_progress, cancel=cancel
                )
            except Cancelled:
                raise
            except CutroomError as error:
                yield Failed(number, piece, target, error)
            else:
                yield Made(number, piece, target, replace(result, warnings=opened.warnings + result.warnings))


def _checked_targets(order: CutOrder, resolved: Resolved, workdir: Path, cancel: CancelToken) -> list[Path]:
    """The targets, found possible to write before anything is fetched."""
    info = resolved.describe(workdir, cancel)
    targets = name_targets(order.output, info.title or "clip", order.pieces, order.format)
    local = Path(info.address) if info.kind is SourceKind.FILE else None
    check_targets(targets, overwrite=order.overwrite, source=local)
    return targets

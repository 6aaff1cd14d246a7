"""The engine's public face: ``Engine.probe`` and ``Engine.cut``.

Works in a notebook as in a server. No media is opened in the calling process: a media child probes, copies and
checks, ffmpeg encodes, and this module passes their results on.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.progress import Monotone, Progress, ProgressCallback, ignore
from cutroom.kernel.timespan import Timespan, format_time
from cutroom.media.budget import TOOL_BUDGET, CostBudget
from cutroom.media.child import MediaChild
from cutroom.media.ffmpeg.workdir import Workdir, remove_stale
from cutroom.media.input import Source, as_source, inputs, ranged
from cutroom.media.inside import wire
from cutroom.media.outcome import EXTRACT, Bounds, Outcome
from cutroom.media.produced import Produced
from cutroom.media.verify import verify_copy, verify_encoding
from cutroom.model.clip import CutRequest, CutResult, Mode
from cutroom.model.media import MediaFacts

if TYPE_CHECKING:
    from cutroom.media.encode_plan import Encoding

_log = logging.getLogger(__name__)
# Scratch folders of killed runs are removed when they are at least this old (s) and their process is gone.
_STALE = 0.0


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """What an engine works with; everything has a working default."""

    ffmpeg: Path | None = None
    """The ffmpeg to run; None takes the one that is installed along."""
    scratch: Path | None = None
    """Where scratch folders are made; None works beside the target, so that publishing is one rename."""
    threads: int | None = None
    """For each codec; None uses all cores."""
    video_encoder: str | None = None
    """For the tools' H.264: None is libx264; an encoder of a graphics processor (``h264_nvenc``), or ``auto``."""
    budget: CostBudget = field(default_factory=CostBudget)
    """What one cut may cost."""
    tool_budget: CostBudget = TOOL_BUDGET
    """What one run of a tool may cost."""


class Engine:
    """Thread-safe. ``close`` ends the warm media child unless it was handed in; leaving the process does too."""

    def __init__(self, config: EngineConfig | None = None, child: MediaChild | None = None) -> None:
        self._config = config or EngineConfig()
        self._child = child or MediaChild()
        self._owns_child = child is None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        if self._owns_child:
            self._child.close()

    @property
    def config(self) -> EngineConfig:
        """What it works with."""
        return self._config

    @property
    def child(self) -> MediaChild:
        """The process that opens media for it."""
        return self._child

    def warm_up(self) -> None:
        """Start the media child now, so that the first call does not pay for it."""
        self._child.warm_up()

    def probe(
        self, source: Source | Path, *, on_progress: ProgressCallback = ignore, cancel: CancelToken | None = None
    ) -> MediaFacts:
        """The facts of a source. Raises ``CutroomError``: NOT_MEDIA, MEDIA_DAMAGED, LIMIT_EXCEEDED."""
        given = as_source(source)
        answer = self._child.call("probe", inputs(given), ranged=ranged(given), on_progress=on_progress, cancel=cancel)
        facts = wire.unpack(MediaFacts, answer)
        return replace(facts, duration=given.duration) if given.duration is not None else facts

    def cut(
        self,
        source: Source | Path,
        request: CutRequest,
        target: Path,
        *,
        overwrite: bool = False,
        on_progress: ProgressCallback = ignore,
        cancel: CancelToken | None = None,
    ) -> CutResult:
        """Cut ``request`` out of ``source`` into ``target``: all of it or nothing.

        Raises ``CutroomError``; whatever happens, no partial file and no scratch is left, and an existing target is
        untouched unless ``overwrite``.
        """
        given, cancel = as_source(source), cancel or CancelToken()
        Timespan(request.start, request.end)  # refuses empty and reversed ranges
        report = Monotone(on_progress)
        target = Path(os.path.realpath(target))  # a link stays a link: what it points to is written
        root = self._config.scratch or target.parent
        remove_stale(root, _STALE)
        if target.exists() and not overwrite:
            raise CutroomError(ErrorCode.TARGET_EXISTS, "The target exists already.", detail=str(target))
        with Workdir(root) as workdir:
            report(Progress("probing"))
            spliced = workdir.new(".mp4")
            outcome = self._ask(given, request, spliced, workdir, report, cancel)
            _log.debug("%s; container times %s to %s", outcome.reason, outcome.bounds.first, outcome.bounds.end)
            if outcome.produced is not None:
                made, produced, warnings = spliced, outcome.produced, verify_copy(outcome)
            else:
                encoding, damage = self._encode(given, request, outcome, workdir, report, cancel)
                made = workdir.path / encoding.result.name
                report(Progress("verifying"))
                expected = encoding.expected
                end = str(expected.duration) if made.suffix == ".mp4" and expected.video_codec else None
                answer = self._child.call("check", {"path": str(made), "end": end}, cancel=cancel)
                produced = wire.unpack(Produced, answer)
                warnings = (*encoding.warnings, *verify_encoding(expected, outcome, produced, damaged=damage))
            cancel.check()
            workdir.publish(made, target, overwrite=overwrite)
        return _result(request, outcome, produced, (*warnings, *_deviations(request, outcome)))

    def _ask(
        self, source: Source, request: CutRequest, target: Path, workdir: Workdir, report: Monotone, cancel: CancelToken
    ) -> Outcome:
        """Let the child find the boundaries and, where copying will do, make the clip."""
        params: dict[str, Any] = {**inputs(source), "request": wire.pack(request), "target": str(target)}
        params["budget"] = wire.pack(self._config.budget)
        remote = ranged(source)
        # ffmpeg gets whole local files only: what is remote, or in part here, is copied out for it.
        params["extract"] = str(workdir.path / EXTRACT)
        params["partial"] = bool(remote) or source.duration is not None
        if source.duration is not None:
            params["duration"] = str(source.duration)
        answer = self._child.call("cut", params, ranged=remote, on_progress=report, cancel=cancel)
        return wire.unpack(Outcome, answer)

    def _encode(
        self,
        source: Source,
        request: CutRequest,
        outcome: Outcome,
        workdir: Workdir,
        report: Monotone,
        cancel: CancelToken,
    ) -> tuple[Encoding, bool]:
        # Loaded here: most cuts copy, and the command line is started anew for each.
        from cutroom.media.reencode import reencode

        return reencode(
            source,
            request,
            outcome,
            ffmpeg=self._config.ffmpeg,
            threads=self._config.threads or 0,
            workdir=workdir,
            report=report,
            cancel=cancel,
        )


def _result(request: CutRequest, outcome: Outcome, produced: Produced, warnings: tuple[str, ...]) -> CutResult:
    facts, bounds = outcome.facts, outcome.bounds
    size = (produced.width, produced.height)
    if outcome.mode is not Mode.REENCODE and facts.video is not None:
        size = facts.video.display_size  # copied pictures keep the turn and aspect that players apply
    return CutResult(
        format=request.format,
        mode=outcome.mode,
        reason=outcome.reason,
        start=bounds.first - facts.origin,
        end=bounds.end - facts.origin,
        duration=_duration(bounds, produced),
        frames=produced.frames,
        copied_frames=outcome.copied,
        width=size[0],
        height=size[1],
        video_codec=produced.video_codec,
        audio_codecs=produced.audio_codecs,
        size_bytes=produced.size_bytes,
        warnings=warnings,
    )


def _deviations(request: CutRequest, outcome: Outcome) -> tuple[str, ...]:
    """Where the clip is not what was asked for, one sentence each."""
    said = list(outcome.warnings)
    if request.mode is not None and outcome.mode is not request.mode:
        said.append(f'Mode "{request.mode.value}" was asked for and is not possible here. {outcome.reason}')
    end = outcome.bounds.end - outcome.facts.origin
    if outcome.at_source_end and request.end - end > Fraction(1, 20):
        said.append(f"The source ends at {format_time(end)}, and so does the clip.")
    return tuple(said)


def _duration(bounds: Bounds, produced: Produced) -> Fraction:
    """Of the picture, or of the sound without one, as measured; the plan's where a format states none."""
    if produced.end is not None and produced.first is not None:
        return produced.end - produced.first
    return max(produced.audio_ends) if produced.audio_ends else bounds.end - bounds.first

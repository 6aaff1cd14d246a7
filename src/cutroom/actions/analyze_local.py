"""Analyse one video of this machine, or of a link, without a server: the same steps, and the same answer.

Nothing is kept: what is perceived is gone with the answer, but for the key frames, where a folder is named for them.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cutroom.actions.services import Services
from cutroom.actions.targets import check_new_folder, check_report, write_whole
from cutroom.analyses.ingesting import Ingest, Ingested, Order
from cutroom.analyses.judging import Judges, Judging
from cutroom.analyses.perceiving import At, Perceiver
from cutroom.analyses.platform import UPLOAD
from cutroom.analyses.senses import Film, Senses
from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.clock import iso_z, utc_now
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.progress import Progress, ProgressCallback, ignore
from cutroom.model.analysis import STEPS, Preset, SourceType, Step
from cutroom.model.download import ExportRequest
from cutroom.sources.given import is_link
from cutroom.sources.resolve import Resolved

LOCAL = "local"
"""What an analysis is called that nobody keeps."""
StepCallback = Callable[[str, int], None]
"""Told of every step that has ended: its name, and how long it took (ms)."""


@dataclass(frozen=True, slots=True)
class AnalyzeOrder:
    """A video, and how much of it is looked at."""

    source: str
    """A path or a link."""
    preset: Preset = Preset.FULL
    report: Path | None = None
    """Where the answer is written."""
    keyframes: Path | None = None
    """A folder for the key frames."""
    overwrite: bool = False


def analyze(
    services: Services,
    order: AnalyzeOrder,
    *,
    on_step: StepCallback,
    on_progress: ProgressCallback = ignore,
    cancel: CancelToken,
) -> dict[str, Any]:
    """The answer, which is also in the report if one is wanted. Slow.

    Raises what is wrong with the targets before any work is done, and whatever a step ends with.
    """
    _check(order)
    if services.senses is None or services.judges is None:
        raise CutroomError(ErrorCode.INTERNAL, "Nothing here can analyse.")
    with services.workdir() as workdir, services.senses() as senses:
        work = _Work(services, order, workdir.path, senses, services.judges(), cancel, on_progress)
        try:
            answer = work.run(on_step)
        finally:
            work.close()
    if order.report is not None:
        write_whole(order.report, json.dumps(answer, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    return answer


def _check(order: AnalyzeOrder) -> None:
    if order.report is not None:
        check_report(order.report, order.source, overwrite=order.overwrite)
    if order.keyframes is not None:
        check_new_folder(order.keyframes)


class _Work:
    """One analysis at work."""

    def __init__(
        self,
        services: Services,
        order: AnalyzeOrder,
        folder: Path,
        senses: Senses,
        judges: Judges,
        cancel: CancelToken,
        on_progress: ProgressCallback,
    ) -> None:
        self._services, self._order, self._folder = services, order, folder
        self._senses, self._judges, self._cancel, self._on_progress = senses, judges, cancel, on_progress
        self._perceiver: Perceiver | None = None
        self._judging: Judging | None = None
        self._result: dict[str, Any] = {}

    def run(self, on_step: StepCallback) -> dict[str, Any]:
        """Step after step."""
        started, done = utc_now(), []
        for step in STEPS[self._order.preset]:
            self._cancel.check()
            began = time.monotonic()
            self._do(step)
            took = round((time.monotonic() - began) * 1000)
            done.append({"step": step.value, "duration_ms": took})
            on_step(step.value, took)
        self._keep_pictures()
        ended = utc_now()
        layers = dict(self._result)
        warnings, evidence = layers.pop("warnings"), layers.pop("evidence")
        processing = {
            "pipeline_preset": self._order.preset.value,
            "started_at": iso_z(started),
            "completed_at": iso_z(ended),
            "total_ms": round((ended - started).total_seconds() * 1000),
            "engine_version": version("cutroom"),
            "steps": done,
            "warnings": warnings,
        }
        head = {"analysis_id": LOCAL, "external_id": None, "status": "completed"}
        return head | layers | {"processing": processing, "evidence": evidence}

    def close(self) -> None:
        """When this returns, nothing is at work any more."""
        if self._perceiver is not None:
            self._perceiver.close()

    def _do(self, step: Step) -> None:
        def tell(progress: Progress) -> None:
            self._on_progress(Progress(step.value, progress.fraction, progress.bytes))

        at = At(self._cancel, tell)
        tell(Progress(step.value))
        if step is Step.INGEST:
            self._ingest(at)
            return
        assert self._perceiver is not None  # noqa: S101 - it is the first step that makes them
        assert self._judging is not None  # noqa: S101
        if step is Step.AUDIO:
            if self._order.preset is Preset.FULL:
                self._perceiver.look_ahead(lambda: nullcontext((os.cpu_count() or 1) > 1), at)
            self._perceiver.hearing(at)
        elif step is Step.TRANSCRIPTION:
            self._perceiver.reading(at)
        elif step is Step.VISUAL:
            self._perceiver.seeing(at)
        elif step is Step.ENTITIES:
            self._judging.understand(at)
        elif step is Step.CREATOR:
            self._judging.creator(at)
        elif step is Step.GROWTH:
            self._judging.growth(at)
        else:
            self._result = self._judging.result(at)

    def _ingest(self, at: At) -> None:
        text = self._order.source
        linked = is_link(text)
        with self._services.sources.resolve(text, self._cancel) as resolved:
            ingested, film = self._bring(resolved, at, linked=linked)
            self._perceiver = Perceiver(self._senses, ingested, self._folder, lambda _at: Film(film, self._folder))
            self._judging = Judging(self._perceiver, self._judges, self._order.preset)

    def _bring(self, resolved: Resolved, at: At, *, linked: bool) -> tuple[Ingested, Path]:
        text = self._order.source
        order = Order(
            source_type=SourceType.URL if linked else SourceType.UPLOAD,
            url=text if linked else None,
            file_name=None if linked else Path(text).name,
            platform=UPLOAD,
            whole=self._order.preset is not Preset.META_ONLY,
        )
        target = self._folder / "film"
        ingest = Ingest(
            self._services.engine, self._export, self._folder,
            on_progress=at.on_progress, cancel=self._cancel, in_place=True,
        )  # fmt: skip
        ingested = ingest.bring(resolved, order, target)
        return ingested, ingest.film or target

    def _export(
        self, source: Any, request: ExportRequest, target: Path, on_progress: ProgressCallback, cancel: CancelToken
    ) -> None:
        from cutroom.media.export import export

        export(
            self._services.engine, source, request, target, overwrite=True, on_progress=on_progress, cancel=cancel
        )  # fmt: skip

    def _keep_pictures(self) -> None:
        """In the folder that was named, and then the answer has their paths; else it has none."""
        frames = self._result["media_understanding"]["visual_analysis"]["keyframes"]
        folder = self._order.keyframes
        try:
            if folder is not None and frames:
                folder.mkdir(exist_ok=True)
            for frame in frames:
                name = Path(frame["image_url"]).name
                made = self._folder / "keyframes" / name
                frame["image_url"] = None
                if folder is not None and made.is_file():
                    shutil.copyfile(made, folder / name)
                    frame["image_url"] = str(folder / name)
        except OSError as error:
            raise CutroomError(
                ErrorCode.TARGET_NOT_WRITABLE, "The key frames cannot be written.", detail=str(error)
            ) from error

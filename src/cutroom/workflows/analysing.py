"""The steps of an analysis at work: each may be done twice, on whatever machine, and then finds what is kept of it.

What a sense has perceived is kept in the store by the content of the film; what was judged follows from that. The film
itself lies in the job's scratch folder, and is brought again where that is another machine's.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path

from cutroom.analyses.facts import pack_facts, unpack_facts
from cutroom.analyses.ingesting import Ingest, Ingested, Order
from cutroom.analyses.judging import Judging
from cutroom.analyses.kept import KeptPercepts
from cutroom.analyses.perceiving import At, Perceiver
from cutroom.analyses.senses import KEYFRAMES, SEE, Film, Senses
from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.ids import new_id
from cutroom.kernel.progress import Progress
from cutroom.media.ffmpeg.workdir import Workdir
from cutroom.model.analysis import STEPS, Analysis, Preset, SourceType, Step
from cutroom.model.artifact import ArtifactFile, ArtifactKind, NewArtifact
from cutroom.model.job import Job, Queue
from cutroom.sources.resolve import Resolved
from cutroom.storage.keys import digest_of, run_key
from cutroom.workflows.progress import JobProgress, Pieces
from cutroom.workflows.scratch import JobScratch
from cutroom.workflows.settling import UNEXPECTED
from cutroom.workflows.steps import Result
from cutroom.workflows.workbench import Workbench

# How much of the whole each step is, about.
_WEIGHTS = {
    Step.INGEST: 15,
    Step.AUDIO: 15,
    Step.TRANSCRIPTION: 25,
    Step.VISUAL: 35,
    Step.ENTITIES: 4,
    Step.CREATOR: 2,
    Step.GROWTH: 2,
    Step.SCORING: 2,
}
_FRAME = "image/jpeg"


class Desk:
    """One analysis, in one process. What its steps have found out stays here for the next one; none needs it."""

    def __init__(self, bench: Workbench, job_id: str) -> None:
        self._bench = bench
        self.job_id = job_id
        self._scratch = JobScratch(bench.config.scratch, job_id)
        self._perceiver: Perceiver | None = None
        self._judging: Judging | None = None

    def work(self, step: Step, token: CancelToken) -> Result:
        """Do a step, or find that it was done. What is returned is small."""
        progress = StepProgress(self._bench, self.job_id, token, step, pieces_of(self.preset))
        progress.report(step.value)
        try:
            with token.calling(self.stop):
                self._do(step, At(token, progress))
            token.check()
        except BaseException:
            self.close()
            raise
        return {}

    def _do(self, step: Step, at: At) -> None:
        if step is Step.INGEST:
            self._ingest(at)
        elif step is Step.SCORING:
            self._score(at)
        else:
            with self._turn(step, at.cancel):
                if self.preset is Preset.FULL and step in {Step.AUDIO, Step.TRANSCRIPTION}:
                    self._perceiving().look_ahead(self._bench.turns.spare, at)
                _WORK[step](self, at)

    def stop(self) -> None:
        """Whatever is done beside the steps ends soon."""
        if self._perceiver is not None:
            self._perceiver.stop()

    def close(self) -> None:
        """When this returns, nothing is done beside the steps any more. Idempotent."""
        if self._perceiver is not None:
            self._perceiver.close()

    @functools.cached_property
    def preset(self) -> Preset:
        return self._row().preset

    # --- ingest ----------------------------------------------------------------------------------------------------

    def _ingest(self, at: At) -> None:
        if self._row().facts is not None:
            return
        ingested = self._bring(at)
        with self._bench.database.write() as tx:
            if not self._bench.jobs.hold(tx, self.job_id):
                at.cancel.cancel()  # it has ended meanwhile: nothing of it is written any more
                return
            facts = pack_facts(ingested, self._bench.engine_version)
            self._bench.analyses.note_source(tx, self.job_id, facts, ingested.content)

    def _bring(self, at: At) -> Ingested:
        """Fetch the film and look at it; it lies in scratch afterwards."""
        bench, row, job = self._bench, self._row(), self._job()
        order = Order(
            source_type=row.source_type,
            url=row.source,
            file_name=row.file_name or (row.source or "").rpartition("/")[2] or None,
            platform=row.platform,
            longest=job.params.get("longest"),
            whole=row.preset is not Preset.META_ONLY,
        )
        self._scratch.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with Workdir(bench.config.scratch) as workdir, self._opened(row, job, workdir, at.cancel) as resolved:
            ingest = Ingest(
                bench.engine,
                lambda source, request, target, on_progress, cancel: bench.export(
                    source, request, target, overwrite=True, on_progress=on_progress, cancel=cancel,
                    turn=bench.turns.take,
                ),
                workdir.path,
                on_progress=at.on_progress,
                cancel=at.cancel,
            )  # fmt: skip
            part = self._scratch.folder / f"film.{new_id()}.part"
            ingested = ingest.bring(resolved, order, part)
            if ingested.content is not None:
                part.replace(self._film_path)
        return ingested

    @contextlib.contextmanager
    def _opened(self, row: Analysis, job: Job, workdir: Workdir, cancel: CancelToken) -> Iterator[Resolved]:
        """The source, wherever it is, until the end of the block."""
        bench = self._bench
        if row.source_type is SourceType.URL:
            with bench.sources.resolve(row.source or "", cancel) as resolved:
                yield resolved
            return
        if row.source_type is SourceType.UPLOAD:
            path = self._sent(str(job.params["input"]), workdir.new(".in"))
        else:
            path = workdir.new(".in")
            if bench.buckets is None:
                raise CutroomError(ErrorCode.SOURCE_UNSUPPORTED, "This server reads from no bucket.")
            bench.buckets.fetch(row.source or "", path, cancel)
        with bench.sources.stored(path) as resolved:
            yield resolved

    def _sent(self, key: str, target: Path) -> Path:
        """The file that was sent, on this machine: where the store keeps it, or fetched to ``target``."""
        path = self._bench.store.local_path(key)
        if path is not None:
            return path
        try:
            self._bench.store.fetch(key, target)
        except CutroomError as error:
            if error.code is ErrorCode.NOT_FOUND:
                raise CutroomError(ErrorCode.SOURCE_NOT_FOUND, "The uploaded file is not there any more.") from error
            raise
        return target

    @property
    def _film_path(self) -> Path:
        return self._scratch.folder / "film"

    def _film(self, at: At) -> Film:
        """The film, brought again where it is not on this machine."""
        if not self._film_path.is_file():
            again = self._bring(at)
            if again.content != self._row().content:
                raise CutroomError(
                    ErrorCode.SOURCE_UNREACHABLE, "The source has changed while it was analysed.",
                    next_step="Analyse it again.",
                )  # fmt: skip
        return Film(self._film_path, self._scratch.folder)

    # --- perceive --------------------------------------------------------------------------------------------------

    def _hear(self, at: At) -> None:
        self._perceiving().hearing(at)

    def _transcribe(self, at: At) -> None:
        self._perceiving().said(at)
        self._perceiving().reading(at)

    def _see(self, at: At) -> None:
        """The key frames go with the analysis: its own, whatever becomes of what is kept of the content."""
        keys = self._pictures(at, anew=False)
        if keys is None:
            keys = self._pictures(at, anew=True) or {}
        if not keys:
            return
        with self._bench.database.write() as tx:
            if not self._bench.jobs.hold(tx, self.job_id):
                at.cancel.cancel()
                return
            for key, size in set(keys.values()):
                self._bench.artifacts.add(tx, self._picture(key, size))
            self._bench.analyses.note_pictures(tx, self.job_id, {name: key for name, (key, _) in keys.items()})

    def _pictures(self, at: At, *, anew: bool) -> dict[str, tuple[str, int]] | None:
        """Key and size of each key frame by its name, none without pictures; None where one that was kept is gone."""
        seen = self._perceiving().seeing(at, anew=anew)
        return {} if seen is None else self._own_pictures([frame.file for frame in seen.keyframes])

    def _own_pictures(self, names: list[str]) -> dict[str, tuple[str, int]] | None:
        perceiver = self._perceiving()
        store, content = self._bench.store, perceiver.ingested.content or ""
        kept = self._kept.pictures(content, SEE, perceiver.version(SEE)) or {}
        found: dict[str, tuple[str, int]] = {}
        with Workdir(self._bench.config.scratch) as workdir:
            for name in names:
                path = self._scratch.folder / KEYFRAMES / name
                if not path.is_file():
                    try:
                        path = store.local_path(kept[name]) or workdir.new(".jpg")
                        if not path.is_file():
                            store.fetch(kept[name], path)
                    except (KeyError, CutroomError):
                        return None
                key = run_key(self.job_id, digest_of(path), "jpg")
                found[name] = key, store.put(key, path, media_type=_FRAME, file_name="keyframe.jpg")
        return found

    def _picture(self, key: str, size: int) -> NewArtifact:
        """Under an id that the key gives, so that storing it twice gives one row."""
        row = self._row()
        return NewArtifact(
            id=f"pic_{key.rpartition('/')[2].partition('.')[0]}-{row.id[4:]}",
            job_id=self.job_id,
            account_id=row.account_id,
            surface=self._job().surface,
            kind=ArtifactKind.PICTURE,
            file=ArtifactFile(key, "keyframe.jpg", _FRAME, size),
        )

    # --- judge -----------------------------------------------------------------------------------------------------

    def _understand(self, at: At) -> None:
        self._judge().understand(at)

    def _judge_creator(self, at: At) -> None:
        self._judge().creator(at)

    def _judge_growth(self, at: At) -> None:
        self._judge().growth(at)

    def _score(self, at: At) -> None:
        result = self._judge().result(at)
        with self._bench.database.write() as tx:
            if not self._bench.jobs.hold(tx, self.job_id):
                at.cancel.cancel()
                return
            self._bench.analyses.note_result(tx, self.job_id, result)

    # --- inside ----------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _turn(self, step: Step, token: CancelToken) -> Iterator[None]:
        """At the processor, for the steps that keep one busy; whoever comes from its queue is there already."""
        if step not in {Step.AUDIO, Step.TRANSCRIPTION, Step.VISUAL}:
            yield
            return
        turns = self._bench.turns
        with turns.keep() if self._job().queue is Queue.CPU else turns.take(token):
            yield

    def _perceiving(self) -> Perceiver:
        if self._perceiver is None:
            facts = self._row().facts
            if facts is None:
                raise CutroomError(ErrorCode.INTERNAL, UNEXPECTED, detail="an analysis without its first step")
            self._scratch.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._perceiver = Perceiver(
                self._senses, unpack_facts(facts), self._scratch.folder, self._film, self._kept
            )  # fmt: skip
        return self._perceiver

    def _judge(self) -> Judging:
        if self._judging is None:
            self._judging = Judging(self._perceiving(), self._bench.judges, self.preset)
        return self._judging

    @property
    def _senses(self) -> Senses:
        if self._bench.senses is None:
            raise CutroomError(ErrorCode.INTERNAL, UNEXPECTED, detail="a worker without senses")
        return self._bench.senses

    @property
    def _kept(self) -> KeptPercepts:
        return KeptPercepts(self._bench.database, self._bench.store)

    def _row(self) -> Analysis:
        with self._bench.database.read() as tx:
            row = self._bench.analyses.look(tx, self.job_id)
        if row is None:
            raise CutroomError(ErrorCode.CANCELLED, "The analysis was deleted.")
        return row

    def _job(self) -> Job:
        with self._bench.database.read() as tx:
            job = self._bench.jobs.get(tx, self.job_id)
        if job is None:
            raise CutroomError(ErrorCode.INTERNAL, UNEXPECTED, detail="an analysis without a job")
        return job


_WORK = {
    Step.AUDIO: Desk._hear,  # noqa: SLF001 - a table of its own class, here and below
    Step.TRANSCRIPTION: Desk._transcribe,  # noqa: SLF001
    Step.VISUAL: Desk._see,  # noqa: SLF001
    Step.ENTITIES: Desk._understand,  # noqa: SLF001
    Step.CREATOR: Desk._judge_creator,  # noqa: SLF001
    Step.GROWTH: Desk._judge_growth,  # noqa: SLF001
}


class StepProgress(JobProgress):
    """As ``JobProgress``, of one step of an analysis: whatever is reported is a part of that."""

    def __init__(self, bench: Workbench, job_id: str, token: CancelToken, step: Step, pieces: Pieces) -> None:
        super().__init__(bench, job_id, token, pieces)
        self._of = step

    def __call__(self, progress: Progress) -> None:
        """From the thread at work."""
        self.report(self._of.value, progress.fraction)


def pieces_of(preset: Preset) -> Mapping[str, tuple[float, float]]:
    """Where in the whole each step of a preset lies, 0..1."""
    total, low, pieces = sum(_WEIGHTS[step] for step in STEPS[preset]), 0.0, {}
    for step in STEPS[preset]:
        high = low + _WEIGHTS[step] / total
        pieces[step.value] = (low, min(1.0, high))
        low = high
    return pieces

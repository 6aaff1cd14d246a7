"""The workflow for jobs of kind ``cut``: one piece of a source becomes a clip in the library, paid for.

prepare -> cut -> store -> finish; any failure -> fail. Every step may be done twice and then finds what it made the
first time: the cut by its recipe, the stored file by its content, row and money by the job's id. A step that finds
the files of an earlier one gone, because it runs on another machine by now, makes them again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from cutroom.kernel.cancel import CancelToken
from cutroom.media.ffmpeg.workdir import Workdir
from cutroom.media.input import Source
from cutroom.model.clip import CutRequest, CutResult, Format, Quality
from cutroom.model.job import Job
from cutroom.model.library import NewClip
from cutroom.storage.keys import clip_key, digest_of
from cutroom.workflows.course import Course
from cutroom.workflows.opening import open_source
from cutroom.workflows.progress import DOWNLOADING, UPLOADING, JobProgress
from cutroom.workflows.scratch import JobScratch
from cutroom.workflows.settling import clip_id_of, tidy
from cutroom.workflows.steps import Result
from cutroom.workflows.workbench import Workbench

_MEDIA_TYPES = {Format.MP4: "video/mp4", Format.MP3: "audio/mpeg", Format.GIF: "image/gif"}


@dataclass(frozen=True, slots=True)
class Plan:
    """The order as the job's row has it; times are exact fractions of seconds, ``price`` cents."""

    account_id: str
    surface: str
    url: str
    start: str
    end: str
    format: str
    quality: str | None
    source_title: str
    name: str
    file_name: str
    price: int

    @property
    def kind(self) -> Format:
        return Format(self.format)


def _read(job: Job) -> Plan:
    wanted: dict[str, Any] = {"quality": None, "source_title": "", "price": 0} | job.params
    names = Plan.__dataclass_fields__.keys() - {"account_id", "surface"}
    return Plan(job.account_id, job.surface, **{name: wanted[name] for name in names})


def cut(bench: Workbench, job_id: str, plan: Plan, token: CancelToken) -> Result:
    """Make the clip as a local file, unless it is there. Returns what is known of it."""
    scratch = JobScratch(bench.config.scratch, job_id)
    recipe = {name: asdict(plan)[name] for name in ("url", "start", "end", "format", "quality")}
    target = scratch.result(recipe, plan.format)
    facts = scratch.facts(target)
    if facts is None:
        progress = JobProgress(bench, job_id, token)
        progress.report(DOWNLOADING)
        facts = _cut(bench, plan, target, progress, token)
        scratch.note(target, facts)
    return {**facts, "path": str(target)}


def _cut(bench: Workbench, plan: Plan, target: Path, progress: JobProgress, token: CancelToken) -> Result:
    request = CutRequest(
        Fraction(plan.start), Fraction(plan.end), plan.kind, Quality(plan.quality) if plan.quality else None
    )
    with Workdir(bench.config.scratch) as workdir, open_source(bench, plan.account_id, plan.url, token) as resolved:
        opened = resolved.open(
            [(request.start, request.end)],
            wanted=request.format,
            max_lines=request.quality.lines if request.quality else None,
            workdir=workdir.path,
            on_progress=progress,
            cancel=token,
        )
        source = Source(opened.video, opened.audio, opened.duration)
        made = bench.engine.cut(source, request, target, overwrite=True, on_progress=progress, cancel=token)
    return _facts(made, (*opened.warnings, *made.warnings), plan.source_title or opened.title or "")


def _facts(made: CutResult, warnings: tuple[str, ...], title: str) -> Result:
    return {
        "width": made.width,
        "height": made.height,
        "start": str(made.start),
        "end": str(made.end),
        "duration": str(made.duration),
        "source_title": title,
        "said": {"mode": made.mode, "reason": made.reason, "warnings": list(warnings)},
    }


def store(bench: Workbench, job_id: str, plan: Plan, token: CancelToken) -> Result:
    """Put the clip into the store. Cuts it again where its file is not on this machine."""
    facts = cut(bench, job_id, plan, token)
    path = Path(facts.pop("path"))
    JobProgress(bench, job_id, token).report(UPLOADING)
    token.check()
    key = clip_key(clip_id_of(job_id), digest_of(path), plan.format)
    size = bench.store.put(key, path, media_type=_MEDIA_TYPES[plan.kind], file_name=plan.file_name)
    return {**facts, "key": key, "size": size}


def finish(bench: Workbench, job_id: str, plan: Plan, stored: Result) -> bool:
    """Clip, money and job, all of them or none. False when the job had ended otherwise: then no file stays."""
    clip_id = clip_id_of(job_id)
    with bench.database.write() as tx:
        done = bench.jobs.hold(tx, job_id)
        if done:
            bench.library.add(tx, _clip(clip_id, job_id, plan, stored))
            bench.wallet.capture(tx, job_id)
            result = {"clip_id": clip_id, "warnings": stored["said"]["warnings"]}
            bench.jobs.complete(tx, job_id, result, cost=plan.price)
        clip = bench.library.get(tx, clip_id)
    if clip is None or clip.file_key != stored["key"]:
        bench.store.delete(stored["key"])
    tidy(bench, job_id)
    return done


def _clip(clip_id: str, job_id: str, plan: Plan, stored: Result) -> NewClip:
    return NewClip(
        id=clip_id,
        account_id=plan.account_id,
        surface=plan.surface,
        job_id=job_id,
        name=plan.name,
        format=plan.kind,
        width=stored["width"],
        height=stored["height"],
        start=Fraction(stored["start"]),
        end=Fraction(stored["end"]),
        duration=Fraction(stored["duration"]),
        source_title=stored["source_title"],
        source_url=plan.url,
        file_key=stored["key"],
        file_name=plan.file_name,
        file_size=stored["size"],
        media_type=_MEDIA_TYPES[plan.kind],
        thumbnail_key=None,
        facts=stored["said"],
    )


COURSE = Course("cut", Plan, _read, cut, store, finish)

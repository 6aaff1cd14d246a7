"""The workflow for jobs of kind ``download``: what a link leads to becomes one file, for whoever has its id.

prepare -> fetch -> store -> finish; any failure -> fail. Every step may be done twice and then finds what it made the
first time: the file by its recipe, the stored one by its content, rows by the job's id. Nothing is paid for.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.filenames import safe_stem
from cutroom.media.ffmpeg.workdir import Workdir
from cutroom.media.input import Source
from cutroom.media.tools.formats import media_type
from cutroom.model.artifact import ArtifactFile
from cutroom.model.download import DownloadFormat, ExportRequest, ExportResult
from cutroom.model.job import Job
from cutroom.model.source import Opened, SourceKind
from cutroom.sources.resolve import Resolved
from cutroom.sources.wish import Wish
from cutroom.storage.keys import digest_of, run_key
from cutroom.workflows.course import Course
from cutroom.workflows.fetching import COPIED, WORKED_ON, FetchProgress
from cutroom.workflows.progress import DOWNLOADING, UPLOADING, Pieces
from cutroom.workflows.scratch import JobScratch
from cutroom.workflows.settling import hand_over
from cutroom.workflows.steps import Result
from cutroom.workflows.workbench import Workbench

_NAMELESS = "video"
# What most sources hold fits into these; of the others it is known only later whether they have to be encoded.
_AS_IT_COMES = {DownloadFormat.MP4, DownloadFormat.MKV, DownloadFormat.M4A}
_WITH_WORDS = {DownloadFormat.MP4, DownloadFormat.WEBM, DownloadFormat.MKV}
_WITH_COVER = {
    DownloadFormat.MP4, DownloadFormat.MKV, DownloadFormat.MP3, DownloadFormat.M4A, DownloadFormat.FLAC,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """The order as the job's row has it; times are exact fractions of seconds."""

    url: str
    format: str
    format_id: str | None
    max_lines: int | None
    start: str
    end: str | None
    no_watermark: bool
    artifact: str
    """Id of the result."""

    @property
    def kind(self) -> DownloadFormat:
        return DownloadFormat(self.format)

    @property
    def whole(self) -> bool:
        return self.end is None and Fraction(self.start) == 0

    @property
    def pieces(self) -> Pieces:
        """Which parts of its progress belong to what."""
        return COPIED if self.whole and self.kind in _AS_IT_COMES else WORKED_ON


def _read(job: Job) -> Plan:
    return Plan(**{name: job.params[name] for name in Plan.__dataclass_fields__})


def fetch(bench: Workbench, job_id: str, plan: Plan, token: CancelToken) -> Result:
    """Make the file on this machine, unless it is there. Returns what is known of it."""
    scratch = JobScratch(bench.config.scratch, job_id)
    target = scratch.result(asdict(plan), plan.format)
    facts = scratch.facts(target)
    if facts is None:
        progress = FetchProgress(bench, job_id, token, plan.pieces)
        progress.report(DOWNLOADING)
        facts = _fetch(bench, plan, target, progress, token)
        scratch.note(target, facts)
    return {**facts, "path": str(target)}


def _fetch(bench: Workbench, plan: Plan, target: Path, progress: FetchProgress, token: CancelToken) -> Result:
    start, end = Fraction(plan.start), None if plan.end is None else Fraction(plan.end)
    wish = Wish(plan.kind, plan.format_id, plan.max_lines, plan.no_watermark)
    with Workdir(bench.config.scratch) as workdir, bench.sources.resolve(plan.url, token) as resolved:
        opened = resolved.open(
            None if plan.whole else [(start, end if end is not None else _FAR)],
            wish=wish, workdir=workdir.path, on_progress=progress, cancel=token,
        )  # fmt: skip
        resolved.report_to(progress)
        beside, missed = resolved.beside(
            workdir.path, token, captions=plan.kind in _WITH_WORDS, cover=plan.kind in _WITH_COVER
        )
        made = bench.export(
            Source(opened.video, opened.audio, opened.duration), ExportRequest(plan.kind, start, end, beside), target,
            overwrite=True, on_progress=progress, cancel=token, turn=bench.turns.take,
        )  # fmt: skip
        title = _title(resolved, opened, made)
    return _facts(made, (*opened.warnings, *missed, *made.warnings), f"{safe_stem(title, _NAMELESS)}.{plan.format}")


# Beyond every end: what is fetched in parts is fetched from the start to wherever the end is.
_FAR = Fraction(10**9)


def _title(resolved: Resolved, opened: Opened, made: ExportResult) -> str:
    """What the site says of a page, what a file says of itself, else the name of the file."""
    on_page = opened.title if resolved.kind is SourceKind.PAGE else None
    return on_page or made.title or opened.title or ""


def _facts(made: ExportResult, warnings: tuple[str, ...], file_name: str) -> Result:
    return {
        "file_name": file_name,
        "said": {
            "duration": str(made.duration),
            "width": made.width,
            "height": made.height,
            "frames": made.frames,
            "video_codec": made.video_codec,
            "audio_codecs": list(made.audio_codecs),
            "subtitles": list(made.subtitles),
            "chapters": made.chapters,
            "cover": made.cover,
            "copied": made.copied,
            "warnings": list(warnings),
        },
    }


def store(bench: Workbench, job_id: str, plan: Plan, token: CancelToken) -> Result:
    """Put the file into the store. Fetches it again where it is not on this machine."""
    facts: dict[str, Any] = fetch(bench, job_id, plan, token)
    path = Path(facts.pop("path"))
    FetchProgress(bench, job_id, token, plan.pieces).report(UPLOADING)
    token.check()
    key = run_key(job_id, digest_of(path), plan.format)
    size = bench.store.put(key, path, media_type=media_type(plan.format), file_name=facts["file_name"])
    return {**facts, "key": key, "size": size}


def finish(bench: Workbench, job_id: str, plan: Plan, stored: Result) -> bool:
    """Job and file, both or none. False when the job had ended otherwise: then no file stays."""
    file = ArtifactFile(stored["key"], stored["file_name"], media_type(plan.format), stored["size"])
    return hand_over(bench, job_id, plan.artifact, file, stored["said"])


COURSE = Course("fetch", Plan, _read, fetch, store, finish)

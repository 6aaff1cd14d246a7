"""The workflow for jobs of kind ``tool``: a file that was sent becomes another one, for whoever has its id.

prepare -> run -> store -> finish; any failure -> fail. Every step may be done twice and then finds what it made the
first time: the result by its recipe, the stored file by its content, rows by the job's id. Nothing is paid for. What
was sent goes when the job has ended, however it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.ffmpeg.workdir import Workdir
from cutroom.media.tools import TOOLS
from cutroom.model.artifact import ArtifactFile
from cutroom.model.job import Job
from cutroom.model.tool import ToolResult, Values, decode_values
from cutroom.storage.keys import digest_of, run_key
from cutroom.workflows.course import Course
from cutroom.workflows.progress import PROCESSING, SENT, UPLOADING, JobProgress
from cutroom.workflows.scratch import JobScratch
from cutroom.workflows.settling import UNEXPECTED, hand_over
from cutroom.workflows.steps import Result
from cutroom.workflows.workbench import Workbench

_NAME = "result"


@dataclass(frozen=True, slots=True)
class Plan:
    """The order as the job's row has it. ``values`` are as ``encode_values`` writes them."""

    tool: str
    values: dict[str, Any]
    input: str
    """Key of the file that was sent."""
    artifact: str
    """Id of the result."""


def _read(job: Job) -> Plan:
    return Plan(**{name: job.params[name] for name in Plan.__dataclass_fields__})


def run(bench: Workbench, job_id: str, plan: Plan, token: CancelToken) -> Result:
    """Make the result as a local file, unless it is there. Returns what is known of it."""
    scratch = JobScratch(bench.config.scratch, job_id)
    target = scratch.result({"tool": plan.tool, "values": plan.values, "input": plan.input}, "result")
    facts = scratch.facts(target)
    if facts is None:
        progress = JobProgress(bench, job_id, token, SENT)
        progress.report(PROCESSING)
        facts = _run(bench, plan, target, progress, token)
        scratch.note(target, facts)
    return {**facts, "path": str(target)}


def _run(bench: Workbench, plan: Plan, target: Path, progress: JobProgress, token: CancelToken) -> Result:
    values = _values(plan)
    with Workdir(bench.config.scratch) as workdir:
        source = _input(bench, plan.input, workdir.new(".in"))
        made = bench.tools.run(plan.tool, values, source, workdir.path, on_progress=progress, cancel=token)
        made.path.replace(target)
    return _facts(made)


def _values(plan: Plan) -> Values:
    tool = TOOLS.get(plan.tool)
    if tool is None:
        raise CutroomError(ErrorCode.INTERNAL, UNEXPECTED, detail=f"no tool {plan.tool[:40]}")
    return decode_values(tool.spec, plan.values)


def _input(bench: Workbench, key: str, target: Path) -> Path:
    """The file that was sent, on this machine: where the store keeps it, or fetched to ``target``."""
    path = bench.store.local_path(key)
    if path is not None:
        return path
    try:
        bench.store.fetch(key, target)
    except CutroomError as error:
        if error.code is ErrorCode.NOT_FOUND:
            raise CutroomError(ErrorCode.SOURCE_NOT_FOUND, "The uploaded file is not there any more.") from error
        raise
    return target


def _facts(made: ToolResult) -> Result:
    return {
        "extension": made.extension,
        "media_type": made.media_type,
        "said": {
            "duration": _text(made.duration),
            "width": made.width,
            "height": made.height,
            "frames": made.frames,
            "video_codec": made.video_codec,
            "audio_codecs": list(made.audio_codecs),
            "copied": made.copied,
            "warnings": list(made.warnings),
        },
    }


def store(bench: Workbench, job_id: str, plan: Plan, token: CancelToken) -> Result:
    """Put the result into the store. Makes it again where its file is not on this machine."""
    facts = run(bench, job_id, plan, token)
    path = Path(facts.pop("path"))
    JobProgress(bench, job_id, token, SENT).report(UPLOADING)
    token.check()
    key = run_key(job_id, digest_of(path), facts["extension"])
    size = bench.store.put(key, path, media_type=facts["media_type"], file_name=_file_name(facts))
    return {**facts, "key": key, "size": size}


def finish(bench: Workbench, job_id: str, plan: Plan, stored: Result) -> bool:
    """Job and result, both or none. False when the job had ended otherwise: then no file stays."""
    file = ArtifactFile(stored["key"], _file_name(stored), stored["media_type"], stored["size"])
    return hand_over(bench, job_id, plan.artifact, file, stored["said"])


def _file_name(facts: Result) -> str:
    return f"{_NAME}.{facts['extension']}"


def _text(value: Fraction | None) -> str | None:
    return None if value is None else str(value)


COURSE = Course("run", Plan, _read, run, store, finish)

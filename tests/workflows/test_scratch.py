"""Files in the making."""

from __future__ import annotations

from pathlib import Path

from cutroom.workflows.scratch import JobScratch, jobs_with_scratch


def test_a_result_is_there_once_it_is_noted(tmp_path: Path) -> None:
    scratch = JobScratch(tmp_path, "j")
    result = scratch.result({"start": "1", "end": "2"}, "mp4")
    assert scratch.facts(result) is None
    result.write_bytes(b"clip")
    assert scratch.facts(result) is None
    scratch.note(result, {"width": 3})
    assert scratch.facts(result) == {"width": 3}
    assert JobScratch(tmp_path, "j").result({"end": "2", "start": "1"}, "mp4") == result
    assert scratch.result({"start": "1", "end": "3"}, "mp4") != result
    result.unlink()
    assert scratch.facts(result) is None


def test_notes_that_cannot_be_read_count_as_none(tmp_path: Path) -> None:
    scratch = JobScratch(tmp_path, "j")
    result = scratch.result({}, "mp4")
    result.write_bytes(b"clip")
    result.with_name(f"{result.name}.json").write_text('{"width": ')
    assert scratch.facts(result) is None


def test_folders_are_found_and_removed(tmp_path: Path) -> None:
    assert jobs_with_scratch(tmp_path) == []
    for job_id in ("a", "b"):
        JobScratch(tmp_path, job_id).result({}, "mp4").write_bytes(b"clip")
    assert sorted(jobs_with_scratch(tmp_path)) == ["a", "b"]
    JobScratch(tmp_path, "a").remove()
    JobScratch(tmp_path, "a").remove()
    assert jobs_with_scratch(tmp_path) == ["b"]

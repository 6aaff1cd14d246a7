"""The steps of a cut, called by hand: each may be done twice, and none leaves anything when the job has ended."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.kernel.ids import new_id
from cutroom.model.clip import Format
from cutroom.model.job import JobStatus
from cutroom.model.library import NewUpload
from cutroom.storage.keys import digest_of, upload_key
from cutroom.workflows import Workbench
from cutroom.workflows.course import fail
from cutroom.workflows.cut_clip import COURSE, Plan, cut, finish, store
from cutroom.workflows.settling import clip_id_of
from cutroom.workflows.steps import Ending
from tests.support.work import PRICE, SIGNUP, Yard

pytestmark = pytest.mark.slow


def begun(yard: Yard, **changes: Any) -> str:
    made = yard.submit(**changes)
    with yard.database.write() as tx:
        assert yard.jobs.start(tx, made.id, "w")
    return made.id


def plan_of(bench: Workbench, job_id: str) -> Plan:
    order = COURSE.prepare(bench, job_id)
    assert order is not None
    return Plan(**order)


def test_a_cut_from_order_to_shelf(yard: Yard, bench: Workbench) -> None:
    job_id = begun(yard, start="1", end="3")
    plan = plan_of(bench, job_id)
    stored = store(bench, job_id, plan, CancelToken())
    assert finish(bench, job_id, plan, stored)
    with yard.database.read() as tx:
        clip = yard.library.find(tx, yard.account.id, clip_id_of(job_id))
    assert (clip.name, clip.format, clip.file_name, clip.media_type) == (
        "A clip", Format.MP4, "A clip.mp4", "video/mp4",
    )  # fmt: skip
    assert (clip.start, clip.end, clip.duration) == (Fraction(1), Fraction(3), Fraction(2))
    assert (clip.width, clip.height, clip.source_title) == (320, 180, "Film")
    assert clip.facts["mode"] == "exact"
    assert clip.facts["warnings"] == []
    path = yard.store.local_path(clip.file_key)
    assert path is not None
    assert path.stat().st_size == clip.file_size
    done = yard.job(job_id)
    assert (done.status, done.cost) == (JobStatus.COMPLETED, PRICE)
    assert done.result == {"clip_id": clip.id, "warnings": []}
    assert yard.balance() == SIGNUP - PRICE
    assert yard.litter() == []


def test_every_step_may_be_done_twice(yard: Yard, bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = begun(yard)
    plan = plan_of(bench, job_id)
    first = cut(bench, job_id, plan, CancelToken())
    monkeypatch.setattr(type(bench.engine), "cut", None)  # whoever cut again would fail
    assert cut(bench, job_id, plan, CancelToken()) == first
    stored = store(bench, job_id, plan, CancelToken())
    assert store(bench, job_id, plan, CancelToken()) == stored
    assert finish(bench, job_id, plan, stored)
    assert not finish(bench, job_id, plan, stored)
    assert yard.stored() == [stored["key"]]
    assert yard.balance() == SIGNUP - PRICE
    assert yard.audit() == []


def test_storing_on_another_machine_cuts_again(yard: Yard, bench: Workbench) -> None:
    job_id = begun(yard)
    plan = plan_of(bench, job_id)
    stored = store(bench, job_id, plan, CancelToken())
    assert stored["size"] > 0
    assert yard.stored() == [stored["key"]]


def test_a_clip_of_a_job_that_was_cancelled_meanwhile_is_not_kept(yard: Yard, bench: Workbench) -> None:
    job_id = begun(yard)
    plan = plan_of(bench, job_id)
    stored = store(bench, job_id, plan, CancelToken())
    assert yard.client.cancel(job_id)
    assert not finish(bench, job_id, plan, stored)
    assert yard.stored() == []
    assert yard.litter() == []
    assert yard.rows("SELECT count(*) FROM clips") == [(0,)]
    assert yard.balance() == SIGNUP
    assert yard.audit() == []


def test_a_second_result_of_another_run_is_not_kept(yard: Yard, bench: Workbench) -> None:
    job_id = begun(yard)
    plan = plan_of(bench, job_id)
    stored = store(bench, job_id, plan, CancelToken())
    assert finish(bench, job_id, plan, stored)
    other = yard.root / "other"
    other.write_bytes(b"another encoding of the same")
    key = stored["key"].replace(".mp4", "0.mp4")
    bench.store.put(key, other, media_type="video/mp4", file_name="x")
    assert not finish(bench, job_id, plan, stored | {"key": key})
    assert yard.stored() == [stored["key"]]


def test_a_failure_is_told_and_the_money_comes_back_once(yard: Yard, bench: Workbench) -> None:
    job_id = begun(yard)
    ending = Ending(code=ErrorCode.NOT_MEDIA, message="This is not media.")
    assert fail(bench, job_id, ending)
    assert not fail(bench, job_id, ending)
    failed = yard.job(job_id)
    assert (failed.status, failed.error_code, failed.error) == (JobStatus.FAILED, "not_media", "This is not media.")
    assert yard.balance() == SIGNUP
    assert yard.audit() == []


def test_a_source_that_is_none_fails_with_its_reason(yard: Yard, bench: Workbench) -> None:
    job_id = begun(yard, url=str(yard.root / "nothing.mp4"))
    with pytest.raises(CutroomError) as caught:
        cut(bench, job_id, plan_of(bench, job_id), CancelToken())
    assert caught.value.code is ErrorCode.SOURCE_NOT_FOUND


def test_work_ends_when_the_job_has_ended(yard: Yard, bench: Workbench) -> None:
    job_id = begun(yard)
    plan = plan_of(bench, job_id)
    yard.client.cancel(job_id)
    with pytest.raises(Cancelled):
        cut(bench, job_id, plan, CancelToken())


def test_there_is_no_order_without_a_job(bench: Workbench) -> None:
    assert COURSE.prepare(bench, "unknown") is None


def test_an_upload_of_the_account_is_cut(yard: Yard, bench: Workbench, film: Path) -> None:
    digest, upload_id = digest_of(film), f"up_{new_id()}"
    key = upload_key(upload_id, digest, "mp4")
    bench.store.put(key, film, media_type="video/mp4", file_name="x.mp4")
    new = NewUpload(
        id=upload_id, account_id=yard.account.id, name="x.mp4", size=1, digest=digest, file_key=key,
        media_type="video/mp4",
    )  # fmt: skip
    with yard.database.write() as tx:
        bench.uploads.add(tx, new)
    job_id = begun(yard, url=f"upload:{upload_id}", source_title="")
    stored = store(bench, job_id, plan_of(bench, job_id), CancelToken())
    assert stored["source_title"] == "x"
    assert Fraction(stored["duration"]) == 2


def test_a_failed_job_says_so_once_in_the_log(yard: Yard, bench: Workbench, caplog: pytest.LogCaptureFixture) -> None:
    job_id = begun(yard)
    ending = Ending(code=ErrorCode.NOT_MEDIA, message="This is not media.", detail="of https://me:pw@e.com/a?t=1\nx")
    for _ in range(2):
        fail(bench, job_id, ending)
    (record,) = (record for record in caplog.records if record.name.startswith("cutroom"))
    assert record.getMessage() == f"job {job_id} failed: not_media: This is not media. (of https://e.com/a?... x)"

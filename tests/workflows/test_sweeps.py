"""Sweeps: what is over goes, what is not stays, and one broken sweep stops no other."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.clock import utc_now
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.library import Library, Uploads
from cutroom.media.ffmpeg.workdir import _host, _started
from cutroom.model.library import NewUpload
from cutroom.storage.keys import upload_key
from cutroom.workflows import Workbench
from cutroom.workflows.cut_clip import COURSE, Plan, finish, store
from cutroom.workflows.engine import EngineClient
from cutroom.workflows.scratch import JobScratch
from cutroom.workflows.sweeps import Sweeper
from tests.support.work import Yard

pytestmark = pytest.mark.slow


def stored(yard: Yard, bench: Workbench) -> tuple[str, Plan, dict[str, object]]:
    made = yard.submit(format="mp3")
    with yard.database.write() as tx:
        yard.jobs.start(tx, made.id, "w")
    order = COURSE.prepare(bench, made.id)
    assert order is not None
    plan = Plan(**order)
    return made.id, plan, store(bench, made.id, plan, CancelToken())


def test_expired_clips_go_with_their_files(yard: Yard, bench: Workbench, engine: EngineClient) -> None:
    kept, gone = stored(yard, bench), stored(yard, bench)
    assert finish(bench, *kept)
    old = replace(bench, library=Library(clock=lambda: utc_now() - timedelta(days=2)))
    assert finish(old, *gone)
    sweeper = Sweeper(bench, engine)
    assert sweeper.expired_clips() == 1
    assert sweeper.expired_clips() == 0
    assert yard.stored() == [kept[2]["key"]]
    assert yard.rows("SELECT job_id FROM clips") == [(kept[0],)]


def test_files_of_jobs_that_came_to_nothing_go(yard: Yard, bench: Workbench, engine: EngineClient) -> None:
    running, cancelled = stored(yard, bench), stored(yard, bench)
    assert yard.client.cancel(cancelled[0])
    sweeper = Sweeper(bench, engine)
    assert sweeper.aborted_jobs() == 1
    assert sweeper.aborted_jobs() == 0
    assert yard.stored() == [running[2]["key"]]


def uploaded(yard: Yard, uploads: Uploads, upload_id: str) -> str:
    key = upload_key(upload_id, "ab" * 32, "mp4")
    file = yard.root / upload_id
    file.write_bytes(b"film")
    yard.store.put(key, file, media_type="video/mp4", file_name="film.mp4")
    file.unlink()
    made = NewUpload(
        id=upload_id, account_id=yard.account.id, name="film.mp4", size=4, digest="ab" * 32, file_key=key,
        media_type="video/mp4",
    )  # fmt: skip
    with yard.database.write() as tx:
        uploads.add(tx, made)
    return key


def test_expired_uploads_go_with_their_files(yard: Yard, bench: Workbench, engine: EngineClient) -> None:
    kept = uploaded(yard, Uploads(), "up_kept")
    gone = uploaded(yard, Uploads(clock=lambda: utc_now() - timedelta(days=2)), "up_gone")
    stubborn = replace(bench, store=Stubborn(bench.store, gone))
    assert Sweeper(stubborn, engine).expired_uploads() == 0
    assert yard.rows("SELECT id FROM uploads WHERE deleted IS NOT NULL") == [("up_gone",)]
    sweeper = Sweeper(bench, engine)
    assert (sweeper.expired_uploads(), sweeper.expired_uploads()) == (1, 0)
    assert list(yard.store.list("uploads")) == [kept]
    assert yard.rows("SELECT id FROM uploads") == [("up_kept",)]


class Stubborn:
    """A store that cannot delete one of its files."""

    def __init__(self, store: Any, key: str) -> None:
        self._store, self._key = store, key

    def delete(self, key: str) -> None:
        if key == self._key:
            raise CutroomError(ErrorCode.INTERNAL, "The store for files could not be used.")
        self._store.delete(key)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_stored_files_whose_upload_never_came_to_be_go_when_they_are_old(
    yard: Yard, bench: Workbench, engine: EngineClient
) -> None:
    kept, lost, new = (uploaded(yard, Uploads(), f"up_{name}") for name in ("kept", "lost", "new"))
    with yard.database.write() as tx:
        tx.execute(sa.text("DELETE FROM uploads WHERE id <> 'up_kept'"))
    for key in (kept, lost):
        path = yard.store.local_path(key)
        assert path is not None
        os.utime(path, (time.time() - 7200,) * 2)
    sweeper = Sweeper(bench, engine)
    assert (sweeper.aborted_uploads(), sweeper.aborted_uploads()) == (1, 0)
    assert sorted(yard.store.list("uploads")) == sorted([kept, new])


def test_scratch_of_ended_jobs_and_dead_processes_goes(yard: Yard, bench: Workbench, engine: EngineClient) -> None:
    scratch = bench.config.scratch
    running, ended = yard.submit(), yard.submit()
    for job_id in (running.id, ended.id, "unknown"):
        JobScratch(scratch, job_id).result({}, "mp4").write_bytes(b"clip")
    yard.client.cancel(ended.id)
    for name in (f".cutroom-{_host()}-{os.getpid()}-{_started(os.getpid())}-alive", f".cutroom-{_host()}-1-1-dead"):
        (scratch / name).mkdir()
    sweeper = Sweeper(bench, engine)
    assert sweeper.scratch() == 3
    assert [running.id in path for path in yard.litter()] == [True]


def test_old_records_of_the_engine_go(yard: Yard, bench: Workbench, engine: EngineClient) -> None:
    ended, waiting = yard.submit(), yard.submit()
    yard.client.cancel(ended.id)
    assert Sweeper(bench, engine).engine_history() == 0
    impatient = replace(bench, config=replace(bench.config, history=timedelta(seconds=-5)))
    assert Sweeper(impatient, engine).engine_history() == 1
    assert set(engine.states([ended.id, waiting.id])) == {waiting.id}


def test_a_broken_chore_stops_no_other(
    yard: Yard, bench: Workbench, engine: EngineClient, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []

    def broken() -> None:
        raise OSError("disk")

    chores = {"broken": broken, "tokens": lambda: done.append("tokens")}
    assert Sweeper(replace(bench, chores=chores), engine).sweep() == ["broken"]
    assert done == ["tokens"]
    assert "sweeping broken failed" in caplog.text

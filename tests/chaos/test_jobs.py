"""Workers are killed, stopped, told to leave; jobs are cancelled: every job ends once, and nothing is left behind.

All with real workers in processes of their own, real cuts, the real wallet, on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest

from cutroom.model.job import JobStatus
from tests.support.crew import Crew, until
from tests.support.work import PRICE, SIGNUP, Yard, children_of

pytestmark = [pytest.mark.chaos, pytest.mark.slow]
LEASE = 2.0  # s, as the workers of the tests have it
KINDS = ({"format": "gif", "end": "15"}, {"format": "mp4", "end": "4.5"}, {"format": "mp3", "end": "19"})


def assert_all_settled(yard: Yard, made: int) -> None:
    """Every job completed, once, however often it was taken, was paid for once and has one clip with one file."""
    assert yard.rows("SELECT id, attempts, error_code, error FROM jobs WHERE status <> 'completed'") == []
    ended = "SELECT count(*), count(DISTINCT job_id) FROM job_events WHERE kind IN ('completed', 'failed', 'cancelled')"
    assert yard.rows(ended) == [(made, made)]
    assert yard.rows("SELECT count(DISTINCT job_id), count(*) FROM clips") == [(made, made)]
    assert yard.rows("SELECT state, count(*) FROM reservations GROUP BY state") == [("captured", made)]
    assert yard.balance() == SIGNUP - made * PRICE
    assert yard.audit() == []
    assert yard.stored() == sorted(key for (key,) in yard.rows("SELECT file_key FROM clips"))


def kill_while_working(yard: Yard, crew: Crew, *, jobs: int, kills: int) -> None:
    rng = random.Random(jobs)
    for number in range(jobs):
        yard.submit(**KINDS[number % 3], start=str(number % 3))
    for _ in range(kills):
        hand = crew.hire()
        time.sleep(rng.uniform(0.1, 1.5))
        hand.kill()
        until(lambda: not children_of(yard.root), 2.0, "a killed worker takes its ffmpeg along")
    crew.hire()
    until(lambda: yard.rows("SELECT count(*) FROM jobs WHERE finished IS NULL") == [(0,)], 200.0, "all jobs end")
    assert_all_settled(yard, jobs)
    until(lambda: not yard.litter(), 5.0, f"the next sweep removes what was left: {yard.litter()}")


def test_workers_killed_at_random_moments(yard: Yard, crew: Crew) -> None:
    kill_while_working(yard, crew, jobs=6, kills=3)


@pytest.mark.exhaustive
@pytest.mark.timeout(600)
def test_workers_killed_at_random_moments_many_times(yard: Yard, crew: Crew) -> None:
    kill_while_working(yard, crew, jobs=30, kills=20)
    print(yard.rows("SELECT status, attempts, count(*) FROM jobs GROUP BY 1, 2 ORDER BY 1, 2"))  # noqa: T201 - to read


def test_a_worker_that_slept_too_long_gives_no_second_result(yard: Yard, crew: Crew, endless_film: Path) -> None:
    sleeper = crew.hire()
    job = yard.submit(url=str(endless_film), format="gif", end="40")
    until(lambda: yard.job(job.id).step == "processing", 10.0)
    sleeper.signal(signal.SIGSTOP)
    crew.hire()
    done = yard.wait(job.id, JobStatus.COMPLETED, seconds=60)
    assert done.attempts == 2
    assert done.worker != sleeper.name
    sleeper.signal(signal.SIGCONT)
    names = "SELECT id FROM workers"
    until(lambda: (sleeper.name,) not in yard.rows(names) and len(yard.rows(names)) == 2, 10.0, "it starts anew")
    until(lambda: not children_of(yard.root), 5.0, "its own work is over")
    assert yard.job(job.id).rev == done.rev
    assert_all_settled(yard, 1)
    until(lambda: not yard.litter(), 5.0)


def test_cancelling_frees_the_processor(yard: Yard, crew: Crew, endless_film: Path) -> None:
    crew.hire(cpu_jobs=1)
    running = yard.submit(url=str(endless_film), format="gif", end="600")
    queued = yard.submit(url=str(endless_film), format="gif", end="600")
    until(lambda: children_of(yard.root), 10.0, "it runs")
    assert yard.job(queued.id).status is JobStatus.QUEUED
    assert yard.client.cancel(queued.id)
    assert yard.client.cancel(running.id)
    assert not yard.client.cancel(running.id)
    assert until(lambda: not children_of(yard.root), 2.0, "ffmpeg ends") <= 2.0
    assert yard.balance() == SIGNUP
    assert yard.audit() == []
    next_one = yard.submit()
    assert yard.wait(next_one.id, seconds=10).status is JobStatus.COMPLETED
    assert {yard.job(job.id).status for job in (running, queued)} == {JobStatus.CANCELLED}
    until(lambda: not yard.litter(), 5.0)


def test_the_job_of_a_worker_that_never_comes_back_goes_on_elsewhere(
    yard: Yard, crew: Crew, endless_film: Path
) -> None:
    first = crew.hire()
    job = yard.submit(url=str(endless_film), format="gif", end="600")
    yard.wait(job.id, JobStatus.RUNNING, seconds=10)
    crew.hire()
    first.kill()
    assert until(lambda: yard.job(job.id).attempts == 2, LEASE + 2.0, "somebody else has it") <= LEASE + 2.0
    assert yard.client.cancel(job.id)


def test_a_worker_told_to_stop_leaves_at_once_and_its_job_goes_on(yard: Yard, crew: Crew, endless_film: Path) -> None:
    hands = {hand.name: hand for hand in (crew.hire(lease=60.0), crew.hire(lease=60.0))}
    job = yard.submit(url=str(endless_film), format="gif", end="40")
    until(lambda: children_of(yard.root), 10.0, "it runs")
    leaver = hands[yard.job(job.id).worker or ""]
    assert leaver.terminate() < 5.0
    assert leaver.process.exitcode == 0
    assert until(lambda: yard.job(job.id).attempts == 2, 2.0, "long before the lease would have ended") < 2.0
    assert len(yard.rows("SELECT id FROM workers")) == 1
    yard.wait(job.id, JobStatus.COMPLETED)
    assert_all_settled(yard, 1)

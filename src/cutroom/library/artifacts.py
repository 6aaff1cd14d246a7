"""Files of single jobs: inputs that go when the job has ended, results that stay for a while.

A result has its row from the moment of the order, so that its id leads to the job before there is a file. Whoever
knows the id of a result may have it: nothing here asks for an account. Files go before the rows that name them, as
with clips.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from cutroom.db import Transaction
from cutroom.kernel.clock import Clock, utc_now
from cutroom.library.repository import artifacts as repository
from cutroom.model.artifact import Artifact, ArtifactFile, ArtifactKind, NewArtifact


class Artifacts:
    """Everybody's artifacts. Methods that change something need a writing transaction; none commits.

    ``lifetime`` is that of a result, from when its file is there.
    """

    def __init__(self, lifetime: timedelta = timedelta(hours=24), clock: Clock = utc_now) -> None:
        self._lifetime = lifetime
        self._clock = clock

    def add(self, tx: Transaction, artifact: NewArtifact) -> Artifact:
        """An input, or the promise of a result. Doing it again for the same id changes nothing."""
        return repository.add(tx, artifact, created=self._clock())

    def fill(self, tx: Transaction, artifact_id: str, file: ArtifactFile) -> bool:
        """The promised result is there, and its time begins. False when it was there already, or is gone."""
        return repository.fill(tx, artifact_id, file, expires=self._clock() + self._lifetime)

    def get(self, tx: Transaction, artifact_id: str) -> Artifact | None:
        """A result, promised or there; None for unknown ones, those whose time is over, and inputs."""
        return repository.result(tx, artifact_id, self._clock())

    def of_job(self, tx: Transaction, job_id: str, kind: ArtifactKind) -> list[Artifact]:
        """What a job has brought or made, and has not lost since."""
        return repository.of_job(tx, job_id, kind, self._clock())

    def waiting(self, tx: Transaction, account_id: str) -> int:
        """Bytes of the account's inputs."""
        return repository.waiting(tx, account_id)

    def end_inputs(self, tx: Transaction, job_id: str) -> list[Artifact]:
        """The inputs of a job that has ended: remove their files once this is committed, then ``forget`` them."""
        inputs = repository.of_job(tx, job_id, ArtifactKind.INPUT, self._clock())
        repository.end(tx, [one.id for one in inputs], self._clock())
        return inputs

    def end_job(self, tx: Transaction, job_id: str) -> list[Artifact]:
        """All that a job has brought and made: remove the files once this is committed, then ``forget`` them."""
        return repository.end_job(tx, job_id, self._clock())

    def expired(self, tx: Transaction, limit: int) -> list[Artifact]:
        """Up to ``limit`` artifacts that are to go: results whose time is over, inputs and promises of ended jobs.

        Remove the files once this is committed, then ``forget`` them; when killed in between, they are found here
        again.
        """
        now = self._clock()
        repository.end_expired(tx, now, now - self._lifetime, limit)
        return repository.ended(tx, limit)

    def forget(self, tx: Transaction, artifact_ids: Sequence[str]) -> int:
        """Remove the rows of artifacts whose files are gone; how many there were. Live ones stay."""
        return repository.forget(tx, artifact_ids)

    def known(self, tx: Transaction, keys: Sequence[str]) -> set[str]:
        """Those of the keys that an artifact names: other files of jobs that have ended belong to nobody."""
        return repository.known(tx, keys)

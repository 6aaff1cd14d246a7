"""What the end of a job means for its analysis: quota given back, leavings let go, a message to whoever wants one.

Called in the transaction that ends the job, once, whoever ends it: its workflow, the reconciler, a door that cancels.
"""

from __future__ import annotations

from collections.abc import Callable

from cutroom.analyses import document
from cutroom.analyses.room import Analyses
from cutroom.db import Transaction
from cutroom.jobs import Webhooks
from cutroom.library import Artifacts
from cutroom.model.account import Webhook
from cutroom.model.job import Job, JobStatus

ANALYSIS = "analysis"
"""The kind of job that does an analysis; both have one id."""


class AnalysisEndings:
    """Hears of every job that ends (``Jobs(told=...)``).

    ``link`` makes the addresses of key frames at this moment, as the door would.
    """

    def __init__(
        self,
        analyses: Analyses,
        artifacts: Artifacts,
        webhooks: Webhooks,
        *,
        webhook_of: Callable[[Transaction, str], Webhook],
        link: Callable[[], document.Link],
    ) -> None:
        self._analyses = analyses
        self._artifacts = artifacts
        self._webhooks = webhooks
        self._webhook_of = webhook_of
        self._link = link

    def __call__(self, tx: Transaction, job: Job) -> None:
        """Nothing for jobs of other kinds, and where the analysis is gone already."""
        if job.kind != ANALYSIS:
            return
        if job.status is not JobStatus.COMPLETED:
            self._analyses.come_to_nothing(tx, job.id)
            self._artifacts.end_job(tx, job.id)
        analysis = self._analyses.get(tx, job.id)
        if analysis is None or analysis.webhook_url is None:
            return
        self._webhooks.add(
            tx,
            account_id=job.account_id,
            subject=job.id,
            url=analysis.webhook_url,
            secret=self._webhook_of(tx, job.account_id).secret,
            payload=document.told(analysis, self._link()),
        )


Told = Callable[[Transaction, Job], object]


def telling(*all_of: Told) -> Told:
    """Several who are told, one after the other."""

    def tell(tx: Transaction, job: Job) -> None:
        for one in all_of:
            one(tx, job)

    return tell

"""Analyses as they are kept: accepted and counted in one transaction, stepped through once, ended once, deleted.

What counts in a month's quota is counted when an analysis is accepted and given back when it comes to nothing: each is
one conditional UPDATE in the transaction that decides it, so that it happens once, however many ask or end it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from cutroom.analyses.repository import analyses as rows
from cutroom.analyses.repository import percepts, usage
from cutroom.db import Transaction
from cutroom.kernel.clock import Clock, utc_now
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.analysis import Analysis, AnalysisPage, NewAnalysis

_STATUSES = {
    "queued": ("queued",),
    "processing": ("running",),
    "completed": ("completed",),
    "failed": ("failed", "cancelled"),
}
STATUSES = tuple(_STATUSES)
"""What clients call the states of an analysis."""


def month_of(moment: datetime) -> str:
    """The calendar month in UTC.

    >>> month_of(datetime(2026, 8, 31, 23, 59, tzinfo=UTC))
    '2026-08'
    """
    return moment.astimezone(UTC).strftime("%Y-%m")


class Analyses:
    """Everybody's analyses. Methods that change something need a writing transaction; none commits."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self._clock = clock

    def add(self, tx: Transaction, analysis: NewAnalysis, *, limit: int | None = None) -> None:
        """Accept it, and count it in this month's quota unless it is a demo; after its job, in the same transaction.

        ``QUOTA_EXCEEDED`` when the account has had ``limit`` this month (None: any number).
        """
        now = self._clock()
        if not analysis.demo:
            analysis = replace(analysis, month=month_of(now))
            if not usage.count(tx, analysis.account_id, month_of(now), limit):
                raise CutroomError(
                    ErrorCode.QUOTA_EXCEEDED,
                    f"Monthly quota exceeded: the plan includes {limit} analyses a month.",
                    next_step="Wait for the next month, or change the plan.",
                    limit=limit,
                )
        rows.add(tx, analysis, created=now)

    def get(self, tx: Transaction, analysis_id: str) -> Analysis | None:
        """Whosesoever it is."""
        return rows.get(tx, analysis_id)

    def look(self, tx: Transaction, analysis_id: str) -> Analysis | None:
        """The same without its result, which may be large."""
        return rows.get(tx, analysis_id, without=("result",))

    def find(self, tx: Transaction, account_id: str, analysis_id: str) -> Analysis:
        """An analysis of this account. ``NOT_FOUND`` for unknown ones, those of others, and demos."""
        found = rows.get(tx, analysis_id)
        if found is None or found.account_id != account_id or found.demo:
            raise CutroomError(ErrorCode.NOT_FOUND, "There is no such analysis.")
        return found

    def page(
        self, tx: Transaction, account_id: str, *, status: str | None = None, after: int | None = None, limit: int = 20
    ) -> AnalysisPage:
        """Newest first, behind the place ``after``; ``status`` is one of ``STATUSES``."""
        statuses = None if status is None else _STATUSES[status]
        found = rows.page(tx, account_id, statuses=statuses, before=after, limit=limit + 1)
        more = len(found) > limit
        return AnalysisPage(tuple(found[:limit]), found[limit - 1].seq if more else None)

    def used(self, tx: Transaction, account_id: str) -> int:
        """How many count in this month's quota."""
        return usage.used(tx, account_id, month_of(self._clock()))

    # --- its work --------------------------------------------------------------------------------------------------

    def begin_step(self, tx: Transaction, analysis_id: str, number: int) -> bool:
        """Whether step ``number``, counted from 0, begins hereby; False when it has begun before."""
        return rows.begin_step(tx, analysis_id, number, self._clock())

    def end_step(self, tx: Transaction, analysis_id: str, number: int, name: str) -> int | None:
        """How long step ``number`` has taken (ms), if it ends hereby; None when it has ended before."""
        row = rows.lock(tx, analysis_id)
        if row is None or len(row.done) != number or row.begun != number + 1:
            return None
        began: datetime = row.step_began
        took = max(0, round((self._clock() - began).total_seconds() * 1000))
        rows.change(tx, analysis_id, done=[*row.done, {"step": name, "duration_ms": took}])
        return took

    def note_source(self, tx: Transaction, analysis_id: str, facts: dict[str, Any], content: str | None) -> None:
        """What its source has turned out to be."""
        platform = str(facts["source"]["platform"])[:60]
        rows.change(tx, analysis_id, facts=facts, content=content, platform=platform)

    def note_pictures(self, tx: Transaction, analysis_id: str, keys: dict[str, str]) -> None:
        """Where its key frames are."""
        rows.change(tx, analysis_id, pictures=keys)

    def note_result(self, tx: Transaction, analysis_id: str, result: dict[str, Any]) -> None:
        """What it has come to. It is told when its job is completed."""
        rows.change(tx, analysis_id, result=result)

    def come_to_nothing(self, tx: Transaction, analysis_id: str) -> None:
        """It has failed or was cancelled: it does not count any more, and nothing of its work stays. Idempotent."""
        counted = rows.take_month(tx, analysis_id)
        if counted is not None:
            usage.give_back(tx, *counted)
        row = rows.lock(tx, analysis_id)
        if row is not None:
            rows.change(tx, analysis_id, content=None, pictures={}, result=None)
            self._let_go(tx, row.content)

    # --- its end ---------------------------------------------------------------------------------------------------

    def delete(self, tx: Transaction, analysis_id: str) -> Analysis:
        """Its row goes. What was perceived goes too, when no other analysis is of the same content. ``NOT_FOUND``."""
        found = self.look(tx, analysis_id)
        if found is None or not rows.delete(tx, analysis_id):
            raise CutroomError(ErrorCode.NOT_FOUND, "There is no such analysis.")
        self._let_go(tx, found.content)
        return found

    def expired(self, tx: Transaction, limit: int) -> list[str]:
        """Ids of those that are to be deleted because their time is over."""
        return rows.expired(tx, self._clock(), limit)

    def with_leavings(self, tx: Transaction, limit: int) -> list[str]:
        """Ids of those that came to nothing while a step of theirs was still writing."""
        return rows.with_leavings(tx, limit)

    def _let_go(self, tx: Transaction, content: str | None) -> None:
        if content is not None and not rows.is_used(tx, content):
            percepts.end(tx, content, self._clock())

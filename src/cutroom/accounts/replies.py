"""First answers, kept so that a request sent twice is answered alike and done once (``Idempotency-Key``).

A request claims its key before it acts. Whoever comes second with the same key and the same request gets the first
answer again; with another request, a conflict. A claim whose server died is up for taking again after two minutes.
"""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

from cutroom.accounts.repository import replies as rows
from cutroom.db import Transaction
from cutroom.kernel.clock import Clock, utc_now
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.request import Reply

KEPT = timedelta(hours=24)
ABANDONED = timedelta(minutes=2)  # longer than any answer takes
LONGEST_KEY = 255
LARGEST_BODY = 1024 * 1024

_KEY = re.compile(rf"[\x20-\x7e]{{1,{LONGEST_KEY}}}")
_LONGEST_SCOPE = 200


class Replies:
    """Claims and answers. ``scope`` says whose key it is and for what: account, surface and path."""

    def __init__(self, clock: Clock = utc_now, *, kept: timedelta = KEPT, abandoned: timedelta = ABANDONED) -> None:
        self._clock = clock
        self._kept = kept
        self._abandoned = abandoned

    def claim(self, tx: Transaction, scope: str, key: str, request_hash: str) -> Reply | None:
        """None: the key is yours, act and then ``keep`` or ``drop``. A reply: give that one.

        ``IDEMPOTENCY_CONFLICT`` when the key belongs to another request, or the same one is just being answered
        (with ``retry_after``); ``INVALID_REQUEST`` for a key that is empty, too long or not printable ASCII. The
        claim counts once the transaction has ended.
        """
        if not _KEY.fullmatch(key):
            raise CutroomError(
                ErrorCode.INVALID_REQUEST,
                f"Idempotency-Key must have 1 to {LONGEST_KEY} printable ASCII characters.",
                field="Idempotency-Key",
            )
        scope, now = _bounded(scope), self._clock()
        if rows.add(tx, scope, key, request_hash, now):
            return None
        row = rows.get(tx, scope, key)
        if row is None:  # dropped between the two statements
            raise _being_answered()
        age = now - row.created
        over = age >= self._kept or (row.status is None and row.request_hash == request_hash and age >= self._abandoned)
        if over:
            if rows.take_over(tx, scope, key, request_hash, row.created, now):
                return None
            raise _being_answered()
        if row.request_hash != request_hash:
            raise CutroomError(
                ErrorCode.IDEMPOTENCY_CONFLICT,
                "This Idempotency-Key was used for another request.",
                next_step="Use a new key for a new request.",
            )
        if row.status is None:
            raise _being_answered()
        return Reply(row.status, row.headers or {}, row.body or b"")

    def keep(self, tx: Transaction, scope: str, key: str, reply: Reply) -> bool:
        """Keep the answer to a claimed request; the first answer stays. One above 1 MiB is not kept."""
        if len(reply.body) > LARGEST_BODY:
            rows.drop(tx, _bounded(scope), key)
            return False
        return rows.fill(tx, _bounded(scope), key, reply.status, dict(reply.headers), reply.body)

    def drop(self, tx: Transaction, scope: str, key: str) -> bool:
        """Give the claim up, so that the request can be sent again: it had no effect."""
        return rows.drop(tx, _bounded(scope), key)

    def sweep(self, tx: Transaction) -> int:
        """Forget what was kept for its time; how many."""
        return rows.sweep(tx, self._clock() - self._kept)


def request_hash(*parts: bytes) -> str:
    """What tells two requests apart, from method, path, body and whatever else matters. Parts do not run together."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()


def _bounded(scope: str) -> str:
    if len(scope) <= _LONGEST_SCOPE and scope.isascii() and scope.isprintable():
        return scope
    return hashlib.sha256(scope.encode("utf-8", "surrogatepass")).hexdigest()


def _being_answered() -> CutroomError:
    return CutroomError(
        ErrorCode.IDEMPOTENCY_CONFLICT,
        "A request with this Idempotency-Key is being answered at this moment.",
        next_step="Send it again: in a few seconds it is answered, or in two minutes it is begun anew.",
        retry_after=2,
    )

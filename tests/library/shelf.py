"""What the tests of the library share: a clock that stands still, accounts, and clips to put on the shelf."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from cutroom.db import Transaction
from cutroom.db.tables.accounts import accounts
from cutroom.kernel.ids import new_id
from cutroom.model.clip import Format
from cutroom.model.library import NewClip

DAY = timedelta(hours=24)


class StandingClock:
    """Moves only when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, time: timedelta) -> None:
        self.now += time


def open_account(tx: Transaction, account_id: str) -> str:
    """A row for clips to belong to."""
    tx.execute(
        accounts.insert().values(
            id=account_id, email=f"{account_id}@example.com", webhook_secret="whsec_x", created=datetime.now(UTC)
        )
    )
    return account_id


def new_clip(account_id: str, clip_id: str | None = None, **changes: Any) -> NewClip:
    """A clip of two minutes and a third, a million bytes large."""
    clip_id = clip_id or new_id()
    values: dict[str, Any] = {
        "id": clip_id, "account_id": account_id, "surface": "fastclip", "job_id": clip_id, "name": "Talk 2:00 - 4:00",
        "format": Format.MP4, "width": 640, "height": 360, "start": Fraction(120), "end": Fraction(721, 3),
        "duration": Fraction(361, 3), "source_title": "Talk", "source_url": "https://example.com/talk.mp4",
        "file_key": f"clips/{clip_id[:2]}/{clip_id}/00ff.mp4", "file_name": "clip_2-00-4-00.mp4",
        "file_size": 1_000_000, "media_type": "video/mp4", "thumbnail_key": None, "facts": {"mode": "exact"},
    }  # fmt: skip
    return NewClip(**values | changes)

"""One of several processes that use up the same windows: ``python rate_hammer.py URL HITS KEY LIMIT SECONDS ...``.

It says ``ready``, waits for a line, hits as often as it was told and prints how often it was let through.
"""

from __future__ import annotations

import sys

from cutroom.accounts import RateLimiter, Window
from cutroom.db import Database


def main(url: str, hits: int, windows: list[Window]) -> None:
    database = Database(url)
    limiter = RateLimiter(database)
    limiter.look(windows)  # connected
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    allowed = sum(limiter.hit(windows).allowed for _ in range(hits))
    sys.stdout.write(f"{allowed}\n")
    database.close()


if __name__ == "__main__":
    rows = [sys.argv[i : i + 3] for i in range(3, len(sys.argv), 3)]
    main(sys.argv[1], int(sys.argv[2]), [Window(key, int(limit), int(seconds)) for key, limit, seconds in rows])

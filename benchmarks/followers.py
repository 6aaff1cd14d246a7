"""Many followers of event streams in one process: opens them, says so, and reads until its standard input ends.

usage: python -m benchmarks.followers URL KEY < paths, one a line, then an empty one

Says ``open`` when every stream has brought its first event, and at the end how many events came in all.
"""

from __future__ import annotations

import asyncio
import sys
from urllib.parse import urlsplit


class Follower:
    """One stream, read as raw bytes: the reader must not be what takes time."""

    def __init__(self) -> None:
        self.events = 0
        self.first = asyncio.Event()

    async def read(self, host: str, port: int, path: str, key: str) -> None:
        """Count events until the connection ends."""
        reader, writer = await asyncio.open_connection(host, port)
        head = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {key}\r\nAccept: text/event-stream"
        writer.write(f"{head}\r\n\r\n".encode())
        status = await reader.readline()
        if b" 200 " not in status:
            sys.exit(f"no stream: {status.decode(errors='replace').strip()}")
        while line := await reader.readline():
            if line.startswith(b"data:"):
                self.events += 1
                self.first.set()
        writer.close()


async def follow(url: str, key: str, paths: list[str]) -> None:
    """Follow all of them until nobody wants to know any more."""
    parts = urlsplit(url)
    followers = [Follower() for _ in paths]
    async with asyncio.TaskGroup() as group:
        host, port = parts.hostname or "", parts.port or 80
        reading = [
            group.create_task(follower.read(host, port, path, key))
            for follower, path in zip(followers, paths, strict=True)
        ]
        for follower in followers:
            await follower.first.wait()
        print("open", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        for task in reading:
            task.cancel()
    print(sum(follower.events for follower in followers), flush=True)


def main() -> None:
    """Read the paths, follow them."""
    paths = []
    while path := sys.stdin.readline().strip():
        paths.append(path)
    asyncio.run(follow(sys.argv[1], sys.argv[2], paths))


if __name__ == "__main__":
    main()

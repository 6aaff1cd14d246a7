"""``cutroom worker``."""

from __future__ import annotations

import functools
import os
import signal
import threading
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from cutroom.cli.door import Door
from cutroom.cli.exit_codes import Exit
from cutroom.cli.options import Injected, Json, Verbose
from cutroom.model.job import Queue


def worker(
    *,
    queues: str | None = None,
    data_dir: Path | None = None,
    with_parent: Annotated[bool, Parameter(show=False, negative="")] = False,
    json: Json = False,
    verbose: Verbose = False,
    door: Injected,
) -> int:
    """Do a server's work. Any number of workers can share a database.

    Told to stop (Ctrl-C, SIGTERM) it leaves within five seconds; what it was doing goes on elsewhere.

    Parameters
    ----------
    queues
        What to take work from, separated by commas: net, cpu, gpu. Default: all. Jobs that only wait for
        others (flow) are always taken.
    data_dir
        The server's folder, where database and clips are not set otherwise.
    with_parent
        Leave when standard input ends.
    json
        Print the queues as one JSON document when the worker is ready, errors as JSON on standard error.
    verbose
        Log in detail.
    door
        Handed in by the caller.

    """
    del json
    from cutroom.cli.house import House, read_queues

    house = House.read(data_dir=data_dir)
    names = tuple(name for part in (queues or "").split(",") if (name := part.strip())) or house.queues
    taken = read_queues(names)  # before anything is started
    house.start_log(verbose=verbose)
    if with_parent:
        threading.Thread(target=_leave_with_parent, name="cutroom-parent", daemon=True).start()
    with house.office() as office:
        office.need_tables()
    door.cancel.check()
    stop = threading.Event()
    # A signal that comes before the worker listens for itself counts too: whoever sent it will not send another.
    with door.cancel.calling(stop.set), house.workbench() as bench:
        house.work(bench, taken, stop, on_ready=functools.cache(lambda: _say(taken, door)))
    return Exit.OK


def _say(queues: tuple[Queue, ...], door: Door) -> None:
    """Once, although a worker that was given up begins anew."""
    names = [queue.value for queue in queues]
    if door.as_json:
        door.document({"queues": names})
    else:
        door.say(f"The worker is ready and takes from {', '.join(names)}. Ctrl-C stops it.")


def _leave_with_parent() -> None:
    # Not through sys.stdin: Python dies noisily when it ends while a thread waits inside of that.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)

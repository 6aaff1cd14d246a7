"""Become ffmpeg, but bounded: set resource limits and the parent-death signal, then exec. Runs as a script.

Started as ``python -I -S launch.py '<json>' -- program arguments...`` and imports nothing of the project. This is a
program of its own, and not a ``preexec_fn``, because Python code between fork and exec can deadlock when another
thread of the parent held a lock (or the allocator) at the moment of the fork; servers have many threads.
"""

import ctypes
import json
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1
NOT_STARTED = 125
"""Exit code: the program could not be started; the reason is on stderr, after ``MARK``."""
ORPHANED = 124
"""Exit code: the parent was gone before the program started."""
MARK = "cutroom-launch: "
_RESOURCES = {
    "as": resource.RLIMIT_AS,
    "cpu": resource.RLIMIT_CPU,
    "fsize": resource.RLIMIT_FSIZE,
    "nofile": resource.RLIMIT_NOFILE,
    "core": resource.RLIMIT_CORE,
}


def limit(name: str, value: int) -> None:
    """Lower a limit, soft and hard; never above the hard limit there is. CPU gets two seconds to end politely."""
    kind = _RESOURCES[name]
    _soft, hard = resource.getrlimit(kind)
    upper = value + 2 if name == "cpu" else value
    if hard != resource.RLIM_INFINITY:
        value, upper = min(value, hard), min(upper, hard)
    try:
        resource.setrlimit(kind, (value, upper))
    except (OSError, ValueError) as error:
        # macOS refuses some address-space limits; the others still hold.
        if name != "as":
            raise SystemExit(fail(f"limit {name}: {error}")) from error


def die_with(parent: int) -> None:
    """Be killed when the parent goes (Linux), and check that it was not gone before that was set."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit(ORPHANED)


def fail(reason: str) -> int:
    """Say why the program was not started; the exit code for it."""
    sys.stderr.write(f"{MARK}{reason}\n")
    return NOT_STARTED


def main(arguments: list[str]) -> int:
    """Set everything, then exec; returns only on failure."""
    settings, dashes, *command = arguments
    if dashes != "--" or not command:
        return fail("usage")
    wanted = json.loads(settings)
    die_with(wanted["parent"])
    # Python ignores these two, and ignoring is inherited: ffmpeg shall die of them as any program does.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    os.nice(wanted["nice"])
    for name, value in wanted["limits"].items():
        limit(name, value)
    try:
        os.execv(command[0], command)  # noqa: S606 - no shell is the point
    except OSError as error:
        return fail(f"exec: {error}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

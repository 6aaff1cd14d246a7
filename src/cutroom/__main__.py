"""``python -m cutroom`` and the program ``cutroom``: the command line."""

from __future__ import annotations

import sys


def run() -> int:
    """The command line's exit code. Ctrl-C while it is still being loaded ends it without a trace, too."""
    try:
        from cutroom.cli.main import main

        return main()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(run())

"""Loads every test once: a file that cannot be loaded is found before any test runs, and what pytest compiles is kept.

Without it, each process of the first stage would compile all of them anew, and work out Hypothesis' tables of
characters besides.
"""

from __future__ import annotations

import contextlib
import io
import sys

import pytest


def main() -> int:
    """Print how many tests there are, or why they cannot be loaded."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = pytest.main(["--collect-only", "-qq", "-p", "no:randomly"])
    lines = [line for line in said.getvalue().splitlines() if line.strip()]
    if code:
        print("\n".join(lines))
        return int(code)
    print(f"{len(lines)} files with tests")
    _tabulate()
    return 0


def _tabulate() -> None:
    from hypothesis import strategies

    strategies.text().validate()


if __name__ == "__main__":
    sys.exit(main())

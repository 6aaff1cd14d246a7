"""The gauges see what they are there to see: each planted fault turns its gauge."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.launcher import ROOT

pytestmark = pytest.mark.slow

BRANCHES = "def f(x):\n" + "".join(f"    if x == {n}:\n        return {n}\n" for n in range(12))
FAULTS = {
    "longest file, lines": '"""D."""\n' + "x = 1\n" * 400,
    "functions over 40 lines": '"""D."""\ndef f():\n' + "    x = 1\n" * 41,
    "functions more complex than 10": f'"""D."""\n{BRANCHES}',
    "files without a docstring": "x = 1\n",
    "broad excepts outside boundaries": '"""D."""\ntry:\n    x = 1\nexcept (OSError, Exception):\n    x = 2\n',
    "import cycles": '"""D."""\nimport cutroom.b\n',
}


def plant(root: Path, text: str) -> None:
    package = root / "src" / "cutroom"
    package.mkdir(parents=True)
    (root / "run").write_text('"""The launcher."""\n')
    (package / "__init__.py").write_text('"""The package."""\n')
    (package / "b.py").write_text('"""D."""\nimport cutroom.a\n')
    (package / "a.py").write_text(text)


def failing(root: Path) -> list[str]:
    # In a process of its own, where no other package of that name was imported.
    code = "import pathlib, sys; from scripts import gauges; gauges.main(pathlib.Path(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", code, root], cwd=ROOT, capture_output=True, text=True, check=True)
    return [line[5:39].rstrip() for line in done.stdout.splitlines() if line.startswith("FAIL ")]


@pytest.mark.parametrize("gauge", FAULTS)
def test_each_fault_turns_its_gauge_and_no_other(tmp_path: Path, gauge: str) -> None:
    plant(tmp_path, FAULTS[gauge])
    assert failing(tmp_path) == [gauge]


def test_code_that_raises_on_is_no_broad_except(tmp_path: Path) -> None:
    plant(tmp_path, '"""D."""\ntry:\n    x = 1\nexcept BaseException:\n    x = 2\n    raise\n')
    assert failing(tmp_path) == []
